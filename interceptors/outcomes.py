"""What the statuses that a script set mean, at each door: the one table.

| a script sets | HTTP | SMPP | to the operator, for a message from a subscriber |
|---|---|---|---|
| nothing | goes on | goes on | goes on |
| `http_status` 200 | script failed | 255 | 255 |
| `http_status` N | N | 255 | 255 |
| `smpp_status` 0 | 520 | ESME_ROK, not sent | 8 |
| `smpp_status` N | 520 | N | N |

With both set, each door has its own.
"""

from __future__ import annotations

from typing import NamedTuple

from interceptors.contract import Answer
from jasminlike.errors import INTERCEPTOR_FAILED, INTERCEPTOR_REFUSED, Reason

UNKNOWN_ERROR = 255
SYSTEM_ERROR = 8
UNKNOWN_HTTP = 520
OK_HTTP = 200


class Verdict(NamedTuple):
    """Whether the script ends the message's way; without a reason, it is answered as if it had been sent."""

    ends: bool
    reason: Reason | None = None
    public: str = ""
    where: str = ""
    message_id: str = ""


GOES_ON = Verdict(False)


def _refused(status: int) -> Verdict:
    return Verdict(True, INTERCEPTOR_REFUSED, f"Interception specific error code {status}", str(status))


def of_submission(answer: Answer, http: bool) -> Verdict:
    """For a message that came over HTTP, or over SMPP."""
    smpp_status, http_status = answer.smpp_status, answer.http_status
    if smpp_status is None and http_status is None:
        return GOES_ON
    if http:
        status = UNKNOWN_HTTP if http_status is None else http_status
        return Verdict(True, INTERCEPTOR_FAILED) if status == OK_HTTP else _refused(status)
    if smpp_status == 0:
        return Verdict(True, message_id=answer.message_id)
    return _refused(UNKNOWN_ERROR if smpp_status is None else smpp_status)


def of_incoming(answer: Answer) -> Verdict:
    """For a message from a subscriber: the status goes to the operator."""
    if answer.smpp_status is None and answer.http_status is None:
        return GOES_ON
    if answer.smpp_status is None:
        return _refused(UNKNOWN_ERROR)
    return _refused(answer.smpp_status or SYSTEM_ERROR)
