"""Balances and every change of them, in the embedded database; implements `interfaces.Ledger`.

The sum of an account's entries equals its balance: setting a balance enters the difference.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed

from jasminlike.journal import Batch, Journal
from jasminlike.message import ids
from jasminlike.store.tables import ADD_TO_ACCOUNT, ADD_TO_ACCOUNT_CERTAIN, ENTER, ENTER_CERTAIN, ENTER_SET, SET_ACCOUNT

ACCEPTED = "accepted"


class EmbeddedLedger:
    """Amounts in millionths of the currency unit."""

    def __init__(self, journal: Journal, now: Callable[[], float]) -> None:
        self._journal = journal
        self._now = now

    def change(self, uid: str, balance: int, messages: int, why: str, message_id: str) -> Batch:
        """Adds to what an account has; unlimited quotas stay unlimited. Why "accepted": it falls with the commit."""
        message = ids.to_bytes(message_id) if message_id else None
        enter, add = (ENTER, ADD_TO_ACCOUNT) if why == ACCEPTED else (ENTER_CERTAIN, ADD_TO_ACCOUNT_CERTAIN)
        self._journal.write(enter, (uid, self._now(), balance, messages, why, message))
        return self._journal.write(add, (balance, messages, uid))

    def set(self, uid: str, balance: int | None, messages: int | None) -> Batch:
        """Sets what an account has; None = unlimited. It counts as made before the changes of the same turn."""
        self._journal.write(ENTER_SET, (uid, self._now(), balance, messages))
        return self._journal.write(SET_ACCOUNT, (uid, balance, messages))

    def load(self) -> Deferred[list[tuple[str, int | None, int | None]]]:
        """Every account's uid, balance and message count."""
        return succeed(self._journal.read_now(lambda db: db.execute("select * from account").fetchall()))

    def entries(self, uid: str) -> Deferred[list[tuple[float, int, int, str]]]:
        """(time, change of balance, change of messages, why) of an account, the oldest first."""
        query = "select at, balance, messages, why from ledger where uid=? order by row"
        return self._journal.read(lambda db: db.execute(query, (uid,)).fetchall())
