"""May this account send this? Authorizations first, then value filters, in the order Jasmin's clients know.

The texts of refusals are what those clients see behind `Error "…"`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from jasminlike.errors import NOT_AUTHORIZED, VALUE_FILTER, GatewayError
from jasminlike.message.model import HTTP
from jasminlike.pipeline.submission import Submission

_REFUSALS = {
    "set_dlr_level": "Setting dlr level not authorized",
    "http_set_dlr_method": "Setting dlr method not authorized",
    "set_source_address": "Setting source address not authorized",
    "set_priority": "Setting priority not authorized",
    "set_validity_period": "Setting validity period not authorized",
    "set_schedule_delivery_time": "Setting schedule delivery time not authorized",
    "set_hex_content": "Setting hex content not authorized",
}
_NEEDS = {
    "dlr_level": "set_dlr_level",
    "dlr_method": "http_set_dlr_method",
    "source_address": "set_source_address",
    "priority": "set_priority",
    "validity_period": "set_validity_period",
    "schedule_delivery_time": "set_schedule_delivery_time",
    "hex_content": "set_hex_content",
}

compiled = lru_cache(maxsize=10_000)(re.compile)


def permit(submission: Submission, parts: int) -> None:
    """Refuses with `NOT_AUTHORIZED` or `VALUE_FILTER`; `where` names what was refused."""
    user = submission.user
    authorization = user.mt_authorization
    http = submission.door == HTTP
    if not (authorization.http_send if http else authorization.smpps_send):
        raise _refusal(user.username, "Cannot send MT messages", "http_send" if http else "smpps_send")
    if http and parts > 1 and not authorization.http_long_content:
        raise _refusal(user.username, "Long content not authorized", "http_long_content")
    if submission.given:
        for what, needed in _NEEDS.items():
            if what in submission.given and not getattr(authorization, needed):
                raise _refusal(user.username, _REFUSALS[needed], needed)
    filter_values(submission)


def filter_values(submission: Submission) -> None:
    """Every value the client gave must match its filter from the start; `.*` costs nothing."""
    user = submission.user
    filters = user.mt_valuefilter
    given = submission.given
    if filters.destination_address != ".*":
        _match(user.username, filters.destination_address, submission.destination.digits, "to", "destination address")
    if filters.source_address != ".*" and submission.source is not None and submission.source.digits:
        _match(user.username, filters.source_address, submission.source.digits, "from", "source address")
    if "priority" in given:
        _match(user.username, filters.priority, str(submission.priority), "priority", "priority")
    if submission.validity_minutes is not None:
        _match(user.username, filters.validity_period, str(submission.validity_minutes), "validity", "validity_period")
    if filters.content != ".*" and "hex_content" not in given:
        _match(user.username, filters.content, submission.payload.decode("latin-1"), "content", "content")


def _match(username: str, pattern: str, value: str, where: str, what: str) -> None:
    if compiled(pattern, re.DOTALL).match(value) is None:
        raise GatewayError(
            VALUE_FILTER, f"Value filter failed for user [{username}] ({what} filter mismatch).", where=where
        )


def _refusal(username: str, text: str, where: str) -> GatewayError:
    return GatewayError(NOT_AUTHORIZED, f"Authorization failed for user [{username}] ({text}).", where=where)
