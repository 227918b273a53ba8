"""What clients are told: the one table from reasons to HTTP status codes and texts, and the replies made of it.

Codes and texts are those that Jasmin's clients parse. Where Jasmin has a defect, or loses a message without a word, we
answer differently:

| request | Jasmin | here |
|---|---|---|
| text longer than the parts allowed | cut off, 200 | 400, the parts needed and allowed are named |
| `content` not UTF-8 with coding 0 | 500 | 400 |
| `from` or `to` over 20 octets | 200, then dropped at the connector | 400, invalid value |
| `sdt` that is no SMPP time | 200, then dropped | 400, invalid value |
| `dlr-url` without a host or with blanks in it | 200, never called | 400, invalid value |
| `validity-period` over ten years | 500 | 400, invalid value |
| `custom_tlvs` that cannot be read | 200, sent without them | 400, what is wrong with them |
| `dlr=yes` | needs the dlr_level and dlr_method authorizations | they are needed to set those arguments only |
| a number in a JSON body | 500 for some arguments | taken as its digits |
| `application/json; charset=…` | body ignored | read |
| a URL's arguments beside a JSON body | ignored | the body's win, the others count |
| POST to /rate and /balance | 405 | as GET |
| POST of another Content-Type | body ignored | 415 |
| `;` in a value of a URL | ends the value | part of it |
| body larger than the limit | taken | 413 |
| the gateway is full or stopping | — | 503 with Retry-After |
| interceptors cannot run | 503, two texts | 400, the script failed |
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from jasminlike import errors
from jasminlike.errors import GatewayError, Reason

TEXT = b"text/plain"
TEXT_UTF8 = b"text/plain; charset=utf-8"
HTML = b"text/html"
JSON = b"application/json"

_SCRIPT_STATUS = range(100, 1000)


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished answer; `headers` holds what goes beside Content-Type and Content-Length."""

    status: int
    body: bytes
    content_type: bytes = TEXT
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a reason is answered: status, text (empty: the error's own), and the counter of `HttpStats` it raises."""

    status: int
    text: str = ""
    counter: str = ""


_CLIENT = Refusal(400)
_BROKEN = Refusal(500, "Cannot send submit_sm, check SMPPClientManagerPB log file for details", "server_error_count")
_BUSY = Refusal(503, counter="server_error_count")

REFUSALS: dict[Reason, Refusal] = {
    errors.AUTH_FAILED: Refusal(403, counter="auth_error_count"),
    errors.USER_DISABLED: Refusal(403, counter="auth_error_count"),
    errors.NOT_AUTHORIZED: _CLIENT,
    errors.VALUE_FILTER: _CLIENT,
    errors.BAD_ARGUMENT: _CLIENT,
    errors.BAD_TEXT: _CLIENT,
    errors.TOO_LONG: _CLIENT,
    errors.INTERCEPTOR_FAILED: Refusal(
        400, "Failed running interception script, check log for details", "interceptor_error_count"
    ),
    errors.INTERCEPTOR_REFUSED: Refusal(520, counter="interceptor_error_count"),
    errors.NO_ROUTE: Refusal(412, "No route found", "route_error_count"),
    errors.NO_CONNECTOR: Refusal(412, "Failover route has no bound connectors", "route_error_count"),
    errors.THROUGHPUT_EXCEEDED: Refusal(403, "User throughput exceeded", "throughput_error_count"),
    errors.NO_MONEY: Refusal(
        403, "Cannot charge submit_sm, check RouterPB log file for details", "charging_error_count"
    ),
    errors.QUEUE_FULL: _BUSY,
    errors.STOPPING: _BUSY,
    errors.STORE_FAILED: _BROKEN,
    errors.CONNECTOR_REMOVED: _BROKEN,
    errors.UNKNOWN_MESSAGE: Refusal(404),
}
"""A reason that is not here is none that a door should see: it is answered as an unknown error."""

RETRY_AFTER = ((b"Retry-After", b"5"),)


def refusal_of(error: GatewayError) -> tuple[int, str, str]:
    """Status, public text and counter for an error, by the table."""
    refusal = REFUSALS.get(error.reason)
    if refusal is None:
        return 500, f"Unknown error: {error.public}", "server_error_count"
    status = refusal.status
    if error.reason is errors.INTERCEPTOR_REFUSED:
        # A script chose the status; it travels in `where`, and is named in the text Jasmin's clients know.
        if error.where.isdigit() and int(error.where) in _SCRIPT_STATUS:
            status = int(error.where)
        return status, f"Interception specific error code {status}", refusal.counter
    return status, refusal.text or error.public, refusal.counter


def text_error(status: int, text: str) -> Reply:
    """An error as /send words it."""
    body = f'Error "{text}"'.encode("utf-8", "replace")
    return Reply(status, body, TEXT if body.isascii() else TEXT_UTF8, RETRY_AFTER if status == 503 else ())


def json_error(status: int, text: str) -> Reply:
    """An error as /rate and /balance word it: a JSON string."""
    return Reply(status, to_json(text), JSON, RETRY_AFTER if status == 503 else ())


def to_json(value: object) -> bytes:
    """JSON in ASCII, with a blank after each `:` and `,` as Jasmin writes it."""
    return json.dumps(value).encode("ascii")


def success(message_id: str) -> Reply:
    """What /send says when the message is stored."""
    return Reply(200, b'Success "%b"' % message_id.encode("ascii"), TEXT)


def phrase(status: int) -> str:
    """The words beside a status code; "Unknown" for the codes that scripts invent."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
