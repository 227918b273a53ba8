"""The operator took a part: remember its id, record it as sent, tell the client who asked for level 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred

from jasminlike.accounts.billing import Purses
from jasminlike.fate import DONE, Done, Fate
from jasminlike.interfaces import Delivery, Ledger, Notices, PartChange, ReceiptIndex, Records, Stored
from jasminlike.message import envelope
from jasminlike.message.model import Part, Receipt
from jasminlike.pipeline.ending import tracked
from jasminlike.pipeline.receipt_ids import canonical

RECEIPT_BITS = 0x03
"""The bits of registered_delivery that ask for the SMSC's delivery receipt (SMPP 3.4 §5.2.17)."""


class SendEvents(Protocol):
    """The log of messages."""

    def sent(self, part: Part, smsc_id: str, attempt: int) -> None: ...


class EarlyReceipts(Protocol):
    """Handles receipts that came before the answer."""

    def handle(self, receipt: Receipt, destination: str) -> Deferred[bool]: ...


class Submitted:
    """Carries out what follows an `ESME_ROK`."""

    def __init__(
        self,
        records: Records,
        index: ReceiptIndex,
        notices: Notices,
        purses: Purses,
        ledger: Ledger,
        early: EarlyReceipts,
        events: SendEvents,
        now: Callable[[], float],
    ) -> None:
        self._records = records
        self._index = index
        self._notices = notices
        self._purses = purses
        self._ledger = ledger
        self._early = early
        self._events = events
        self._now = now

    def sent(self, part: Part, delivery: Delivery, smsc_id: str) -> Fate:
        """The delivery is done once what is written here is durable."""
        awaits_receipt = bool(part.registered_delivery & RECEIPT_BITS) and smsc_id != ""
        writes: list[Stored] = [
            self._records.change(
                PartChange(
                    part.message,
                    part.number,
                    part.total,
                    "sent",
                    self._now(),
                    connector=part.connector,
                    smsc_id=smsc_id,
                    final=not awaits_receipt,
                    redelivered=delivery.redelivered,
                )
            )
        ]
        if awaits_receipt:
            self._expect_receipt(part, smsc_id, writes)
        if part.due_on_answer:
            taken = self._purses.add(part.user, -part.due_on_answer, 0)
            if taken != (0, 0):
                writes.append(self._ledger.change(part.user, *taken, "answered", part.message))
        if part.receipt.level and part.number == part.total:
            notice = self._notices.answered(tracked(part, smsc_id), "ESME_ROK")
            if notice is not None:
                writes.append(notice)
        self._events.sent(part, smsc_id, delivery.attempt)
        return Done(tuple(writes)) if writes else DONE

    def _expect_receipt(self, part: Part, smsc_id: str, writes: list[Stored]) -> None:
        key = canonical(smsc_id)
        writes.append(self._index.put(part.connector, key, envelope.encode(tracked(part, smsc_id))))
        for receipt in self._index.take_early(part.connector, key):
            self._early.handle(receipt, part.destination.digits)
