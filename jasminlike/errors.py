"""Why something was refused or failed: one `Reason` per cause, one exception that carries it.

A reason is named by a code that never changes (doors, records and the directory of reasons are keyed by it). Each
door has a table from codes to its own answers; nothing else in the product decides what a client is told.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A cause: `code` for machines, `text` for people, and whether trying again later may help."""

    code: str
    temporary: bool
    text: str


AUTH_FAILED = Reason("auth_failed", False, "Authentication failure")
USER_DISABLED = Reason("user_disabled", False, "The account or its group is disabled")
NOT_AUTHORIZED = Reason("not_authorized", False, "The account may not do this")
VALUE_FILTER = Reason("value_filter", False, "A value is outside what the account may send")
BAD_ARGUMENT = Reason("bad_argument", False, "An argument is missing or wrong")
BAD_TEXT = Reason("bad_text", False, "The text cannot be read in the coding given")
TOO_LONG = Reason("too_long", False, "The text needs more parts than are allowed")
INTERCEPTOR_FAILED = Reason("interceptor_failed", False, "The interception script failed")
INTERCEPTOR_REFUSED = Reason("interceptor_refused", False, "The interception script refused the message")
NO_ROUTE = Reason("no_route", False, "No route found")
NO_CONNECTOR = Reason("no_connector", True, "Failover route has no bound connectors")
THROUGHPUT_EXCEEDED = Reason("throughput_exceeded", True, "User throughput exceeded")
NO_MONEY = Reason("no_money", False, "The balance or the message count does not suffice")
QUEUE_FULL = Reason("queue_full", True, "The gateway holds as many messages as it may")
STORE_FAILED = Reason("store_failed", True, "The message could not be stored")
STOPPING = Reason("stopping", True, "The gateway is stopping")
EXPIRED_IN_QUEUE = Reason("expired_in_queue", False, "The validity period ended while the message waited")
CONNECTOR_REMOVED = Reason("connector_removed", False, "The connector the message waited for was removed")
SMSC_REJECTED = Reason("smsc_rejected", False, "The operator refused the message")
RETRIES_EXHAUSTED = Reason("retries_exhausted", False, "The operator refused the message as often as may be tried")
IN_DOUBT = Reason("in_doubt", True, "The operator did not answer; the message may have been sent")
BAD_PART = Reason("bad_part", False, "A part of the message cannot be written to the wire")
CANCELED = Reason("canceled", False, "Canceled before it was sent")
RECEIPT_TIMEOUT = Reason("receipt_timeout", False, "No receipt came in time")
UNKNOWN_MESSAGE = Reason("unknown_message", False, "No message has this id")
INTERNAL = Reason("internal", True, "An error of the gateway itself")

REASONS: dict[str, Reason] = {reason.code: reason for reason in list(globals().values()) if isinstance(reason, Reason)}


class GatewayError(Exception):
    """A refusal on its way to a door.

    `public` is what the client may read (the reason's text unless a better one is given); `detail` is for the log
    alone; `where` names the argument, field or key at fault, when there is one.
    """

    def __init__(self, reason: Reason, public: str = "", *, detail: str = "", where: str = "") -> None:
        super().__init__(public or reason.text)
        self.reason = reason
        self.public = public or reason.text
        self.detail = detail
        self.where = where


class SettingError(Exception):
    """A setting that cannot be used; `path` is its dotted name, the text says what is wrong and what would do."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(f"{path}: {text}")
        self.path = path
        self.text = text
