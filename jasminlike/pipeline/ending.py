"""The end of a part that will not be delivered: recorded with its reason, told to the client.

The message's final state comes from the table of lives; a client is told once, when the last part has ended.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred

from jasminlike.errors import Reason
from jasminlike.fate import Done, Fate
from jasminlike.interfaces import Delivery, Notices, PartChange, Records, Stored, Whole
from jasminlike.message.model import HTTP, Part, Receipt, Tracked
from jasminlike.stats import Stats

_RECEIPT_STATES = {
    "delivered": "DELIVRD",
    "undelivered": "UNDELIV",
    "expired": "EXPIRED",
    "rejected": "REJECTD",
    "failed": "UNDELIV",
    "canceled": "DELETED",
    "unknown": "UNKNOWN",
}


def tracked(part: Part, smsc_id: str = "") -> Tracked:
    """What must be remembered of a part to tell its client later."""
    return Tracked(
        part.message,
        part.number,
        part.total,
        part.user,
        part.door,
        part.connector,
        part.source,
        part.destination,
        part.receipt,
        part.created_at,
        smsc_id,
    )


class Ending:
    """Ends parts. `event` is the lifecycle's, `error` the operator's word for what went wrong, if it gave one."""

    def __init__(self, records: Records, notices: Notices, stats: Stats) -> None:
        self._records = records
        self._notices = notices
        self._stats = stats

    def end(self, part: Part, delivery: Delivery, event: str, reason: Reason, error: str, now: float) -> Deferred[Fate]:
        """Fires with the fate of the delivery that carried the part, once its end is durable."""
        change = PartChange(
            part.message,
            part.number,
            part.total,
            "",
            now,
            connector=part.connector,
            error=error,
            reason=reason.code,
            final=True,
            redelivered=delivery.redelivered,
        )
        concluded = self._records.conclude(change, event)
        return concluded.addCallback(lambda whole: self._told(part, whole, error, now))

    def _told(self, part: Part, whole: Whole, error: str, now: float) -> Fate:
        if not whole.ended:
            return Done()
        count_end(self._stats, whole.state)
        entry = tracked(part)
        receipt = Receipt(part.connector, "", receipt_state(whole.state), error=error, received_at=now)
        writes: list[Stored | None] = [self._records.end(part.message, whole.state, now)]
        if part.door == HTTP and part.receipt.level != 2:
            named = error.startswith(("ESME_", "0x"))
            writes.append(self._notices.answered(entry, error if named else "ESME_RUNKNOWNERR"))
        if part.door != HTTP or part.receipt.level > 1:
            writes.append(self._notices.ended(entry, receipt))
        return Done(tuple(write for write in writes if write is not None))


def receipt_state(state: str) -> str:
    """The word of a receipt for a message's final state."""
    return _RECEIPT_STATES.get(state, "UNKNOWN")


def count_end(stats: Stats, state: str) -> None:
    """Counts a message that reached a final state."""
    name = state + "_count"
    if hasattr(stats.gateway, name):
        setattr(stats.gateway, name, getattr(stats.gateway, name) + 1)
