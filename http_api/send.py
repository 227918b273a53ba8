"""/send: one text to one number. Arguments become a `Submission`; the pipeline decides what becomes of it."""

from __future__ import annotations

import binascii
import re
import time
from collections.abc import Callable
from typing import Any, Protocol

from http_api import tlvs
from http_api.args import Args, Argument, Declaration, any_text, text_or_structure
from http_api.endpoint import Endpoint
from http_api.login import PASSWORD, USERNAME, verify
from http_api.replies import Reply, success, text_error
from jasminlike.accounts.model import User
from jasminlike.errors import BAD_ARGUMENT, BAD_TEXT, GatewayError
from jasminlike.interfaces import Logins
from jasminlike.message.model import HTTP, NO_RECEIPT, Address, ReceiptWish
from jasminlike.pipeline.submission import Accepted, Quote, Submission
from jasminlike.smpp import smpptime
from jasminlike.stats import Stats
from jasminlike.text import gsm7

LONGEST_ADDRESS = 20
"""Octets of an address (SMPP 3.4 §5.2.8, the NUL apart)."""

LONGEST_VALIDITY = 10 * 366 * 24 * 60
"""Minutes: ten years, so that the end is a time SMPP can write."""


class Intake(Protocol):
    """The way into the pipeline. Both raise `GatewayError` with a public text that is complete."""

    async def accept(self, submission: Submission) -> Accepted: ...
    async def quote(self, submission: Submission) -> Quote: ...


def _source(value: str) -> Any:
    try:
        octets = value.encode()
    except (UnicodeEncodeError, AttributeError):
        return None
    return octets if len(octets) <= LONGEST_ADDRESS and b"\0" not in octets else None


def _schedule(value: str) -> Any:
    try:
        return smpptime.parse(value.encode())
    except (smpptime.InvalidTime, UnicodeEncodeError, AttributeError):
        return None


def _minutes(value: str) -> Any:
    return _DIGITS(value) and (int(value) <= LONGEST_VALIDITY or None)


_URL = re.compile(r"(?i:https?)://[^\x00-\x20\x7f\ud800-\udfff/?#@:][^\x00-\x20\x7f\ud800-\udfff]*").fullmatch
_DIGITS = re.compile(r"[0-9]{1,9}").fullmatch

SEND = Declaration(
    Argument("to", re.compile(r"\+[0-9]{1,19}|[0-9]{1,20}").fullmatch, required=True),
    Argument("from", _source),
    Argument("coding", re.compile(r"[0-9]|10|13|14").fullmatch, default="0"),
    USERNAME,
    PASSWORD,
    Argument("priority", re.compile(r"[0-3]").fullmatch, default="0"),
    Argument("sdt", _schedule),
    Argument("validity-period", _minutes),
    Argument("dlr", re.compile(r"yes|no").fullmatch, default="no"),
    Argument("dlr-url", _URL),
    Argument("dlr-level", re.compile(r"[1-3]").fullmatch),
    Argument("dlr-method", re.compile(r"(?i:get|post)").fullmatch),
    Argument("tags", re.compile(r"[-a-zA-Z0-9,]*").fullmatch),
    Argument("content", any_text),
    Argument("hex-content", any_text),
    Argument("custom_tlvs", text_or_structure),
)

_GIVEN = {
    "from": "source_address",
    "priority": "priority",
    "validity-period": "validity_period",
    "sdt": "schedule_delivery_time",
    "hex-content": "hex_content",
    "dlr-level": "dlr_level",
    "dlr-method": "dlr_method",
}
_NOTHING_GIVEN: frozenset[str] = frozenset()


class Send(Endpoint):
    """The endpoint. Its texts are Jasmin's: `Success "<id>"` and `Error "<why>"`."""

    declaration = SEND

    def __init__(self, intake: Intake, logins: Logins, stats: Stats, now: Callable[[], float] = time.time) -> None:
        super().__init__(stats, now)
        self._intake = intake
        self._logins = logins

    async def serve(self, args: Args, peer: str, now: float) -> Reply:
        """Stores the message; the reply goes out when it survives a crash."""
        payload = octets_of(args)
        logins = self._logins
        user = logins.cached(args["username"], args["password"]) or await verify(logins, args, peer)
        counters = self._stats.http_of(user.uid)
        counters.connects_count += 1
        counters.submit_sm_request_count += 1
        counters.last_activity_at = now
        accepted = await self._intake.accept(submission_of(args, payload, user))
        counters.qos_last_submit_sm_at = now
        http = self._stats.http
        http.success_count += 1
        http.last_success_at = now
        return success(accepted.id)

    def refuse(self, status: int, text: str) -> Reply:
        """`Error "…"`."""
        return text_error(status, text)


def octets_of(args: Args) -> bytes:
    """The octets of the text: GSM 03.38 for coding 0 ("?" for what it lacks), the client's own for all others.

    Raises `GatewayError` when there is no text, more than one, or one that cannot be read.
    """
    content = args.get("content")
    digits = args.get("hex-content")
    if content is None:
        if digits is None:
            raise GatewayError(BAD_ARGUMENT, "content or hex-content not present.", where="content")
        return _from_hex(digits)
    if digits is not None:
        raise GatewayError(
            BAD_ARGUMENT, "content and hex-content cannot be used both in same request.", where="content"
        )
    if args.get("coding", "0") == "0":
        octets, lost = gsm7.encode_lossy(content)
        if lost and any("\ud800" <= character <= "\udfff" for character in lost):
            raise GatewayError(BAD_TEXT, "Argument [content] is not valid UTF-8.", where="content")
        return octets
    try:
        return bytes(content.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError as problem:
        raise GatewayError(BAD_TEXT, "Argument [content] is not valid UTF-8.", where="content") from problem


def _from_hex(digits: str) -> bytes:
    try:
        return binascii.unhexlify(digits)
    except ValueError as problem:
        shown = digits.encode("utf-8", "replace")
        raise GatewayError(BAD_ARGUMENT, f"Invalid hex-content data: '{shown!r}'", where="hex-content") from problem


def submission_of(args: Args, payload: bytes, user: User) -> Submission:
    """The submission that checked arguments amount to."""
    source = args.get("from")
    submission = Submission(
        user=user,
        door=HTTP,
        destination=Address(args["to"]),
        source=Address(source) if source else None,
        payload=payload,
        data_coding=int(args.get("coding", 0)),
    )
    given = _GIVEN.keys() & args.keys()
    if given:
        _take_given(submission, args, given)
    if "dlr" in args or "dlr-url" in args or "dlr-level" in args:
        submission.receipt = _wish(args)
    if "tags" in args:
        submission.tags = [tag for tag in args["tags"].split(",") if tag]
    if "custom_tlvs" in args:
        submission.tlvs = tlvs.parse(args["custom_tlvs"])
    return submission


def _take_given(submission: Submission, args: Args, given: set[str]) -> None:
    """What the account needs an authorization for. An empty `from` is none, and no wish needs no method."""
    if not args.get("from"):
        given.discard("from")
    if "dlr-method" in given and args.get("dlr") != "yes" and not ("dlr-url" in args or "dlr-level" in args):
        given.discard("dlr-method")
    submission.given = frozenset(_GIVEN[name] for name in given)
    if "priority" in given:
        submission.priority = int(args["priority"])
    if "validity-period" in given:
        submission.validity_minutes = int(args["validity-period"])
    if "sdt" in given:
        submission.schedule = args["sdt"].encode("ascii")


def _wish(args: Args) -> ReceiptWish:
    """A URL or a level means that a receipt is wanted, whatever `dlr` says."""
    url = args.get("dlr-url", "")
    level = args.get("dlr-level")
    if args.get("dlr") != "yes" and not url and level is None:
        return NO_RECEIPT
    return ReceiptWish(level=int(level or 1), url=url, method=args.get("dlr-method", "POST").upper())
