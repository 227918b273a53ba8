"""An operator's receipt finds its message, changes its state and is passed on to the client who asked for it.

A receipt whose message is not known is kept: it may have come before the answer it belongs to. The operator's receipt
is answered only when what it says, or the receipt itself, is durable.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred

from jasminlike.interfaces import Notices, PartChange, ReceiptIndex, Records, Stored, Whole, all_stored
from jasminlike.message import envelope
from jasminlike.message.model import HTTP, Receipt, Tracked
from jasminlike.pipeline.ending import count_end, receipt_state
from jasminlike.pipeline.receipt_ids import IdRule, canonical
from jasminlike.stats import Stats


class ReceiptEvents(Protocol):
    """The log of messages."""

    def receipt(self, receipt: Receipt, message: str) -> None: ...


class Receipts:
    """`rule_of` gives what is known of a connector's ids (it lives as long as the connector)."""

    def __init__(
        self,
        records: Records,
        index: ReceiptIndex,
        notices: Notices,
        stats: Stats,
        events: ReceiptEvents,
        rule_of: Callable[[str], IdRule],
    ) -> None:
        self._records = records
        self._index = index
        self._notices = notices
        self._stats = stats
        self._events = events
        self._rule_of = rule_of

    def handle(self, receipt: Receipt, destination: str) -> Deferred[bool]:
        """Fires when the receipt's effect is durable: True when its message was found.

        `destination` is the number the message went to as the receipt gives it (its source address); it tells apart
        two messages whose ids look alike in different number bases.
        """
        return Deferred.fromCoroutine(self._handle(receipt, destination))

    async def _handle(self, receipt: Receipt, destination: str) -> bool:
        keys = self._rule_of(receipt.connector).candidates(receipt.smsc_id)
        found = await self._index.find(receipt.connector, keys)
        entry = _matching([envelope.decode(octets, Tracked) for octets in found], destination)
        if entry is None:
            self._stats.gateway.receipts_orphan_count += 1
            self._events.receipt(receipt, "")
            await all_stored([self._index.keep_early(receipt.connector, key, receipt) for key in keys[:2]])
            return False
        self._stats.gateway.receipts_matched_count += 1
        self._events.receipt(receipt, entry.message)
        change = PartChange(
            entry.message,
            entry.number,
            entry.total,
            "",
            receipt.received_at,
            connector=receipt.connector,
            smsc_id=entry.smsc_id,
            error=receipt.error if receipt.error.strip("0") else "",
            reason="" if receipt.state == "DELIVRD" else receipt.state.lower(),
        )
        whole = await self._records.conclude(change, "receipt " + receipt.state)
        await all_stored(self._tell(entry, receipt, whole))
        return True

    def _tell(self, entry: Tracked, receipt: Receipt, whole: Whole) -> list[Stored]:
        """A message of one part passes every receipt on but repeated final ones; of several, the end of the whole."""
        writes: list[Stored] = []
        if whole.ended:
            count_end(self._stats, whole.state)
            writes.append(self._records.end(entry.message, whole.state, receipt.received_at))
        if whole.final and not whole.ended:
            return writes
        if entry.door == HTTP and entry.total > 1:
            if not whole.ended:
                return writes
            receipt = Receipt(
                receipt.connector,
                receipt.smsc_id,
                receipt_state(whole.state),
                receipt.error,
                receipt.sub,
                receipt.dlvrd,
                receipt.submit_date,
                receipt.done_date,
                receipt.text,
                receipt.received_at,
            )
        notice = self._notices.ended(entry, receipt)
        return writes if notice is None else [*writes, notice]


def _matching(entries: list[Tracked], destination: str) -> Tracked | None:
    """The entry that went to this number; without one, the first."""
    wanted = canonical(destination.lstrip("+"))
    for entry in entries:
        if canonical(entry.destination.digits.lstrip("+")) == wanted:
            return entry
    return entries[0] if entries else None
