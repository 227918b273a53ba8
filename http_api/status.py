"""/status: what became of a message, for the account that sent it.

    GET /status?username=…&password=…&id=…

answers with JSON: the state of the message and of each part (accepted, scheduled, queued, sending, sent, delivered,
undelivered, expired, rejected, failed, canceled, unknown), the operators' ids, times in UTC, errors and reasons.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from http_api.args import Args, Argument, Declaration
from http_api.endpoint import Endpoint
from http_api.login import PASSWORD, USERNAME, identify
from http_api.replies import JSON, RETRY_AFTER, Reply, to_json
from jasminlike.errors import REASONS, UNKNOWN_MESSAGE, GatewayError
from jasminlike.interfaces import Logins, MessageView, PartView, Records
from jasminlike.stats import Stats

_ID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}").fullmatch


class Status(Endpoint):
    """The endpoint. A message of another account is as unknown as one that never was."""

    declaration = Declaration(USERNAME, PASSWORD, Argument("id", _ID, required=True))

    def __init__(self, records: Records, logins: Logins, stats: Stats, now: Callable[[], float] = time.time) -> None:
        super().__init__(stats, now)
        self._records = records
        self._logins = logins

    async def serve(self, args: Args, peer: str, now: float) -> Reply:
        """Looks the message up in the records."""
        user = await identify(self._logins, args, peer)
        counters = self._stats.http_of(user.uid)
        counters.connects_count += 1
        counters.last_activity_at = now
        view = await self._records.find(args["id"].lower())
        if view is None or view.user != user.uid:
            raise GatewayError(UNKNOWN_MESSAGE)
        return Reply(200, to_json(shown(view)), JSON)

    def refuse(self, status: int, text: str) -> Reply:
        """`{"error": …}`."""
        return Reply(status, to_json({"error": text}), JSON, RETRY_AFTER if status == 503 else ())


def moment(at: float | None) -> str | None:
    """Seconds since 1970 as ISO 8601 in UTC with milliseconds; None stays None, and 0.0 is none."""
    if not at:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _outcome(error: str, reason: str) -> dict[str, str | None]:
    known = REASONS.get(reason)
    return {
        "error": error or None,
        "reason": reason or None,
        "reason_text": known.text if known else None,
    }


def shown(view: MessageView) -> dict[str, Any]:
    """A message as JSON shows it; what did not happen yet is null."""
    return {
        "id": view.id,
        "state": view.state,
        "final": view.final,
        "from": view.source,
        "to": view.destination,
        "connector": view.connector,
        "accepted_at": moment(view.accepted_at),
        "ended_at": moment(view.ended_at),
        **_outcome(view.error, view.reason),
        "total": view.total,
        "parts": [_part(part) for part in view.parts],
    }


def _part(part: PartView) -> dict[str, Any]:
    return {
        "number": part.number,
        "state": part.state,
        "connector": part.connector,
        "smsc_id": part.smsc_id or None,
        "sent_at": moment(part.sent_at),
        "ended_at": moment(part.ended_at),
        **_outcome(part.error, part.reason),
        "redelivered": part.redelivered,
    }
