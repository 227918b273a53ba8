"""Mailboxes: receipts and incoming messages for SMPP clients, stored until the client is bound and has taken them.

Publishing is all that happens here; `thrower.py` hands the mail out. Which receipts a client gets is decided by the
receipt bits of its registered_delivery (SMPP 3.4 §5.2.17; 3, reserved there, means success only as in SMPP 5.0):

| bits | the operator took it | the operator refused it for good | receipt |
|---|---|---|---|
| 0 | – | – | – |
| 1 | ACCEPTD, if that is switched on | UNDELIV | every state |
| 2 | ACCEPTD, if that is switched on | UNDELIV | all but DELIVRD, ACCEPTD and ENROUTE |
| 3 | – | – | DELIVRD |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed

from jasminlike import topics
from jasminlike.fate import DONE, Fate, Park
from jasminlike.interfaces import Broker, Delivery, Outgoing, Stored
from jasminlike.message import envelope
from jasminlike.message.model import Incoming, Receipt, Tracked
from jasminlike.smpp import constants as c
from jasminlike.smpps.binds import Events
from jasminlike.smpps.mail import EXPIRED, Mail, ReceiptMail

PREFIX = topics.mailbox("")
REFUSED_ERROR = "099"
"""`err` of a receipt for a message that the operator refused; the number is the one Jasmin's clients know."""

_PROGRESS = frozenset({"ACCEPTD", "ENROUTE"})
_PLAIN_ERROR = re.compile(r"[!-~]+").fullmatch


class Users(Protocol):
    """What is needed of the catalogue."""

    def get(self, kind: str, key: str) -> Any | None: ...


class Mailbox:
    """Stores mail for accounts, named by their usernames. `lifetime` in seconds, 0 = mail waits for ever.

    `receiving` says whether an account has a session now that takes mail.
    """

    def __init__(
        self,
        broker: Broker,
        lifetime: float,
        receiving: Callable[[str], bool],
        log: Events,
        now: Callable[[], float],
    ) -> None:
        self._broker = broker
        self._lifetime = lifetime
        self._receiving = receiving
        self._log = log
        self._now = now
        broker.on_expired(PREFIX, self._expired)

    def put_receipt(self, username: str, receipt: ReceiptMail) -> Stored:
        """Durable when awaited."""
        return self._put(username, Mail(self._ends(), receipt=receipt))

    def put_incoming(self, username: str, incoming: Incoming) -> Stored:
        """Durable when awaited."""
        return self._put(username, Mail(self._ends(), incoming=incoming))

    def incoming(self, incoming: Incoming, ids: Sequence[str]) -> Stored:
        """For the first of these accounts that has a session which takes mail, else for the first of all."""
        chosen = next((each for each in ids if self._receiving(each)), ids[0])
        return self.put_incoming(chosen, incoming)

    def depth(self, username: str) -> int:
        """How much mail waits for an account or is under way to it."""
        return self._broker.depth(topics.mailbox(username))

    def _ends(self) -> float:
        return self._now() + self._lifetime if self._lifetime else 0.0

    def _put(self, username: str, mail: Mail) -> Stored:
        outgoing = Outgoing(envelope.encode(mail), expires_at=mail.expires_at)
        return self._broker.publish(topics.mailbox(username), [outgoing])

    def _expired(self, delivery: Delivery) -> Deferred[Fate]:
        try:
            msgid = envelope.decode(delivery.body, Mail).name
        except envelope.UnknownEnvelope as problem:
            return succeed(Park(f"unreadable: {problem}"))
        username = delivery.topic.removeprefix(PREFIX)
        self._log(EXPIRED, "not fetched in time", level="warning", username=username, msgid=msgid)
        return succeed(DONE)


class MailboxNotices:
    """Implements `interfaces.Notices` for messages that came over SMPP."""

    def __init__(self, mailbox: Mailbox, users: Users, tell_answers: bool, now: Callable[[], float]) -> None:
        self._mailbox = mailbox
        self._users = users
        self._tell_answers = tell_answers
        self._now = now

    def answered(self, tracked: Tracked, status: str) -> Stored | None:
        """The operator took the message (ESME_ROK) or refused it for good."""
        bits = tracked.receipt.registered_delivery & c.RECEIPT_MASK
        if bits not in (c.RECEIPT_ALWAYS, c.RECEIPT_ON_FAILURE):
            return None
        if status != "ESME_ROK":
            return self._receipt(tracked, "UNDELIV", REFUSED_ERROR, self._now())
        return self._receipt(tracked, "ACCEPTD", "000", self._now()) if self._tell_answers else None

    def ended(self, tracked: Tracked, receipt: Receipt) -> Stored | None:
        """A receipt of the operator's, or one made for a message that ended without."""
        if not wanted(tracked.receipt.registered_delivery, receipt.state):
            return None
        error = receipt.error if _PLAIN_ERROR(receipt.error) else "000"
        return self._receipt(tracked, receipt.state, error, receipt.received_at or self._now())

    def incoming(self, incoming: Incoming, username: str) -> Stored:
        """A subscriber's message for an account."""
        return self._mailbox.put_incoming(username, incoming)

    def _receipt(self, tracked: Tracked, state: str, error: str, done_at: float) -> Stored | None:
        user = self._users.get("user", tracked.user)
        if user is None:
            return None  # the account is gone, and nobody else may read its mail
        return self._mailbox.put_receipt(
            user.username,
            ReceiptMail(
                tracked.message, tracked.source, tracked.destination, state, error, tracked.accepted_at, done_at
            ),
        )


def wanted(registered_delivery: int, state: str) -> bool:
    """Whether a client that asked so gets a receipt of this state."""
    bits = registered_delivery & c.RECEIPT_MASK
    if state == "ENROUTE" and bits:
        return bits == c.RECEIPT_ALWAYS or bool(registered_delivery & c.INTERMEDIATE_NOTIFICATION)
    if bits == c.RECEIPT_ON_FAILURE:
        return state != "DELIVRD" and state not in _PROGRESS
    if bits == c.RECEIPT_MASK:
        return state == "DELIVRD"
    return bits == c.RECEIPT_ALWAYS
