"""From an operator's message id to our part, in the embedded database; implements `interfaces.ReceiptIndex`.

The most recent entries are also in memory, for most receipts come soon after their message. Receipts that come before
the answer they belong to are few; they are all in memory and on disk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from twisted.internet.defer import Deferred, succeed

from jasminlike.journal import Batch, Journal
from jasminlike.message import envelope
from jasminlike.message.model import Receipt
from jasminlike.store.tables import DROP_EARLY, INDEX, KEEP_EARLY, PURGES

RECENT = 50_000
PURGE_ROWS = 5_000


class EmbeddedIndex:
    """Entries live `keep_seconds`; so do early receipts that nobody claims."""

    def __init__(self, journal: Journal, now: Callable[[], float], keep_seconds: float) -> None:
        self._journal = journal
        self._now = now
        self._keep = keep_seconds
        self._recent: dict[tuple[str, str], bytes] = {}
        self._early: dict[tuple[str, str], list[Receipt]] = {}
        self._places: dict[tuple[str, str], set[str]] = {}
        """(connector, id in the receipt) → the keys under which such receipts are kept."""
        journal.read_now(self._load)

    def _load(self, db: sqlite3.Connection) -> None:
        for connector, key, octets in db.execute("select connector, key, receipt from early_receipt order by row"):
            self._put_early(connector, key, envelope.decode(octets, Receipt))

    def _put_early(self, connector: str, key: str, receipt: Receipt) -> None:
        self._early.setdefault((connector, key), []).append(receipt)
        self._places.setdefault((connector, receipt.smsc_id), set()).add(key)

    def put(self, connector: str, key: str, entry: bytes) -> Batch:
        """Remembers an entry; an older one under the same key is replaced (operators use their ids again)."""
        recent = self._recent
        recent[connector, key] = entry
        if len(recent) > RECENT:
            del recent[next(iter(recent))]
        return self._journal.write(INDEX, (connector, key, entry, self._now()))

    def find(self, connector: str, keys: Sequence[str]) -> Deferred[list[bytes]]:
        """The entries under these keys, in their order.

        The disk is asked too unless the first key, the likeliest, is in memory: an entry of another key must not hide
        an older one.
        """
        recent = self._recent
        if keys and (connector, keys[0]) in recent:
            return succeed([recent[connector, key] for key in keys if (connector, key) in recent])

        def read(db: sqlite3.Connection) -> dict[str, bytes]:
            query = "select key, entry from receipt_index where connector=? and key=?"
            return dict(row for key in keys for row in db.execute(query, (connector, key)))

        def and_new(found: dict[str, bytes]) -> list[bytes]:
            """An answer may have come meanwhile; its entry is in memory at once."""
            found.update({key: recent[connector, key] for key in keys if (connector, key) in recent})
            return [found[key] for key in keys if key in found]

        return self._journal.read(read).addCallback(and_new)

    def keep_early(self, connector: str, key: str, receipt: Receipt) -> Batch:
        """Keeps a receipt whose message is not known yet."""
        self._put_early(connector, key, receipt)
        return self._journal.write(KEEP_EARLY, (connector, key, envelope.encode(receipt), self._now()))

    def take_early(self, connector: str, key: str) -> list[Receipt]:
        """The receipts kept under a key, once: those kept under other keys as well are gone from there too."""
        receipts = self._early.get((connector, key))
        if receipts is None:
            return []
        for receipt in list(receipts):
            for place in list(self._places.get((connector, receipt.smsc_id), ())):
                if self._forget(connector, place, receipt):
                    self._journal.write(DROP_EARLY, (connector, place, envelope.encode(receipt)))
        return receipts

    def _forget(self, connector: str, key: str, receipt: Receipt) -> bool:
        """Takes a receipt out from under one key, where it may not be."""
        left = [each for each in self._early[connector, key] if each != receipt]
        if len(left) == len(self._early[connector, key]):
            return False
        if left:
            self._early[connector, key] = left
        else:
            del self._early[connector, key]
        if all(each.smsc_id != receipt.smsc_id for each in left):
            places = self._places[connector, receipt.smsc_id]
            places.discard(key)
            if not places:
                del self._places[connector, receipt.smsc_id]
        return True

    @property
    def early(self) -> int:
        """How many ids have receipts that wait for their message."""
        return len(self._early)

    def purge(self) -> Deferred[int]:
        """Forgets what is older than the index keeps, some thousand rows at a time; fires with their number."""
        before = self._now() - self._keep

        def delete(db: sqlite3.Connection) -> int:
            return sum(db.execute(purge, (before, PURGE_ROWS)).rowcount for purge in PURGES)

        for (connector, key), receipts in list(self._early.items()):
            for receipt in [each for each in receipts if each.received_at < before]:
                self._forget(connector, key, receipt)
        return self._journal.run(delete)
