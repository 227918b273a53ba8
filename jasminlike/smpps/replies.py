"""What SMPP clients are told: the one table from reasons to command_status.

The numbers are those that Jasmin's clients know. Two differ: an error of the gateway itself is ESME_RSYSERR, which
clients try again, where Jasmin answers ESME_RUNKNOWNERR; and a gateway that is full or stopping says ESME_RMSGQFUL.
"""

from __future__ import annotations

from jasminlike import errors
from jasminlike.errors import GatewayError
from jasminlike.smpp import statuses as s

STATUSES: dict[str, int] = {
    errors.AUTH_FAILED.code: s.ESME_RINVPASWD,
    errors.USER_DISABLED.code: s.ESME_RINVPASWD,
    errors.NOT_AUTHORIZED.code: s.ESME_RINVSYSID,
    errors.VALUE_FILTER.code: s.ESME_RSYSERR,
    errors.BAD_ARGUMENT.code: s.ESME_RSUBMITFAIL,
    errors.BAD_TEXT.code: s.ESME_RSUBMITFAIL,
    errors.BAD_PART.code: s.ESME_RSUBMITFAIL,
    errors.TOO_LONG.code: s.ESME_RINVMSGLEN,
    errors.INTERCEPTOR_FAILED.code: s.ESME_RSYSERR,
    errors.INTERCEPTOR_REFUSED.code: s.ESME_RUNKNOWNERR,
    errors.NO_ROUTE.code: s.ESME_RINVDSTADR,
    errors.NO_CONNECTOR.code: s.ESME_RSUBMITFAIL,
    errors.CONNECTOR_REMOVED.code: s.ESME_RSUBMITFAIL,
    errors.THROUGHPUT_EXCEEDED.code: s.ESME_RTHROTTLED,
    errors.NO_MONEY.code: s.ESME_RSYSERR,
    errors.QUEUE_FULL.code: s.ESME_RMSGQFUL,
    errors.STORE_FAILED.code: s.ESME_RMSGQFUL,
    errors.STOPPING.code: s.ESME_RMSGQFUL,
    errors.EXPIRED_IN_QUEUE.code: s.ESME_RINVEXPIRY,
    errors.UNKNOWN_MESSAGE.code: s.ESME_RINVMSGID,
    errors.INTERNAL.code: s.ESME_RSYSERR,
}
"""Reason code -> command_status; a reason that is not here is answered with ESME_RUNKNOWNERR."""

OF_A_VALUE: dict[str, int] = {
    "to": s.ESME_RINVDSTADR,
    "from": s.ESME_RINVSRCADR,
    "priority": s.ESME_RINVPRTFLG,
    "content": s.ESME_RSYSERR,
    "validity": s.ESME_RINVEXPIRY,
    "sdt": s.ESME_RINVSCHED,
}
"""Where the fault lies -> command_status, for values that are wrong or outside what the account may send."""

_VALUES = frozenset({errors.VALUE_FILTER.code, errors.BAD_ARGUMENT.code})


class Refused(Exception):
    """A PDU whose values cannot be taken; `status` answers it."""

    def __init__(self, status: int) -> None:
        super().__init__(s.name(status))
        self.status = status


def status_of(error: GatewayError) -> int:
    """The command_status of an error; never ESME_ROK."""
    code = error.reason.code
    if code in _VALUES and error.where in OF_A_VALUE:
        return OF_A_VALUE[error.where]
    if code == errors.INTERCEPTOR_REFUSED.code and error.where.isdecimal() and int(error.where):
        # A script chose the status; one that SMPP does not know is answered as Jasmin does.
        chosen = int(error.where)
        return chosen if chosen in s.NAMES else s.ESME_RSYSERR
    return STATUSES.get(code, s.ESME_RUNKNOWNERR)
