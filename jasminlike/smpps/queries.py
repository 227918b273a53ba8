"""What clients ask about messages they sent: query_sm from the records; cancel_sm and replace_sm are too late.

A message is on its way to an operator from the moment it is stored, and cannot be called back or changed. SMPP has an
answer for that, and clients of gateways know it.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from jasminlike.accounts.model import User
from jasminlike.interfaces import MessageView
from jasminlike.smpp import constants as c
from jasminlike.smpp import smpptime
from jasminlike.smpp import statuses as s
from jasminlike.smpp.pdu import CancelSm, Pdu, QuerySm, QuerySmResp, ReplaceSm

STATES = {
    "delivered": c.STATE_DELIVERED,
    "undelivered": c.STATE_UNDELIVERABLE,
    "failed": c.STATE_UNDELIVERABLE,
    "expired": c.STATE_EXPIRED,
    "rejected": c.STATE_REJECTED,
    "canceled": c.STATE_DELETED,
    "unknown": c.STATE_UNKNOWN,
    "sent": c.STATE_ACCEPTED,
}
"""message_state of a message that ended (SMPP 3.4 §5.2.28); "sent" ends where no receipt was asked for."""


class Finds(Protocol):
    """What is asked of the records."""

    def find(self, message_id: str) -> Deferred[MessageView | None]: ...


class Asker(Protocol):
    """A bound session, as its questions see it."""

    @property
    def user(self) -> User: ...
    def respond(self, request: Pdu, response: Pdu) -> object: ...
    def refuse(self, request: Pdu, status: int) -> object: ...
    def began(self, count: int) -> None: ...
    def ended(self, count: int) -> None: ...


class Queries:
    """One for all sessions."""

    log = Logger()

    def __init__(self, records: Finds) -> None:
        self._records = records

    def query_sm(self, client: Asker, pdu: QuerySm) -> None:
        """The state of the account's own message. ESME_RINVMSGID when it has no such message, ESME_RQUERYFAIL when
        the source address given is not the message's (SMPP 3.4 §4.8.1)."""
        client.began(1)
        maybeDeferred(self._records.find, pdu.message_id.decode("latin-1").lower()).addCallbacks(
            self._found, self._failed, callbackArgs=(client, pdu), errbackArgs=(client, pdu)
        )

    def _found(self, view: MessageView | None, client: Asker, pdu: QuerySm) -> None:
        if view is None or view.user != client.user.uid:
            client.refuse(pdu, s.ESME_RINVMSGID)
        elif pdu.source_addr and pdu.source_addr.decode("latin-1") != view.source:
            client.refuse(pdu, s.ESME_RQUERYFAIL)
        else:
            client.respond(pdu, answer(view))
        client.ended(1)

    def _failed(self, failure: Failure, client: Asker, pdu: QuerySm) -> None:
        if failure.check(ValueError):
            client.refuse(pdu, s.ESME_RINVMSGID)
        else:
            self.log.failure("a message could not be looked up", failure)
            client.refuse(pdu, s.ESME_RQUERYFAIL)
        client.ended(1)

    def cancel_sm(self, client: Asker, pdu: CancelSm) -> None:
        """Too late: it is on its way."""
        client.refuse(pdu, s.ESME_RCANCELFAIL)

    def replace_sm(self, client: Asker, pdu: ReplaceSm) -> None:
        """Too late: it is on its way."""
        client.refuse(pdu, s.ESME_RREPLACEFAIL)


def answer(view: MessageView) -> QuerySmResp:
    """The query_sm_resp of what the records know; error_code is the operator's when it fits one octet."""
    ended = view.ended_at if view.final else None
    error = int(view.error) if view.error.isdecimal() else 0
    return QuerySmResp(
        message_id=view.id.encode("ascii"),
        final_date=smpptime.absolute(ended) if ended else b"",
        message_state=STATES.get(view.state, c.STATE_UNKNOWN) if view.final else c.STATE_ENROUTE,
        error_code=error if error <= 255 else 0,
    )
