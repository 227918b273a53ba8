"""The embedded database: one SQLite file, one writer thread, commits back to back, each taking what has gathered.

Broker and store of the embedded mode write through the same journal, so what they write in one turn of the reactor is
one transaction: a message is recorded, charged and queued, or none of it. While one commit runs the next batch
gathers; no timer delays a commit. `synchronous=FULL` makes a commit survive a loss of power.

Rows of one statement are written with one `executemany`, statements in the order of their rank, so within a batch
an insertion always precedes a deletion of the same row. Functions given to `run` come after the rows.

When a commit fails (disk full, an error of the disk), those who asked for something new are refused, and what must
not be lost (a deletion, an answer of an operator) is written again until it succeeds.
"""

from __future__ import annotations

import logging
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from jasminlike.errors import STORE_FAILED, GatewayError
from jasminlike.interfaces import Threads

T = TypeVar("T")
Row = tuple[Any, ...]
_log = logging.getLogger("jasminlike.journal")

RETRY_SECONDS = 0.5
MOST_BATCHES = 1000


class Statement:
    """A prepared way to write rows. `rank` orders statements within a commit; `must` rows outlive a failed commit."""

    __slots__ = ("must", "rank", "sql")

    def __init__(self, rank: int, sql: str, *, must: bool = False) -> None:
        self.rank, self.sql, self.must = rank, sql, must


class Batch:
    """What one turn of the reactor wants written; awaiting it returns when it is durable."""

    __slots__ = ("functions", "latest", "outcome", "rows", "waiters")

    def __init__(self) -> None:
        self.rows: dict[Statement, list[Row]] = {}
        self.latest: dict[tuple[Statement, Any], Row] = {}
        self.functions: list[tuple[Callable[[sqlite3.Connection], Any], Deferred[Any]]] = []
        self.waiters: list[Deferred[None]] = []
        self.outcome: GatewayError | bool = False

    def durable(self) -> Deferred[None]:
        """Fires when the batch is committed, fails with `GatewayError` STORE_FAILED when it was refused."""
        waiter: Deferred[None] = Deferred()
        if self.outcome is True:
            waiter.callback(None)
        elif self.outcome:
            waiter.errback(Failure(self.outcome))
        else:
            self.waiters.append(waiter)
        return waiter

    def __await__(self) -> Generator[Deferred[None], None, None]:
        if self.outcome is not True:
            yield from self.durable().__await__()


class Journal:
    """The one writer and the one reader of the embedded database.

    `path` is the file; its folder must exist. `reactor` runs the callbacks; `schema` is SQL that creates what is
    missing. `close` waits until everything handed in is written.
    """

    def __init__(self, path: Path, reactor: Threads, schema: str) -> None:
        self._path = path
        self._reactor = reactor
        self._gathering: Batch | None = None
        self._to_write: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._to_read: queue.SimpleQueue[tuple[Callable[[sqlite3.Connection], Any], Deferred[Any]] | None] = (
            queue.SimpleQueue()
        )
        self.failing = False
        """True while commits fail; new work should be refused."""
        self.commits = 0
        self.closed = False
        db = self._open()
        db.executescript(schema)
        db.close()
        self._threads = [
            threading.Thread(target=self._write_forever, name="journal-writer", daemon=True),
            threading.Thread(target=self._read_forever, name="journal-reader", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _open(self) -> sqlite3.Connection:
        if not self._path.exists():
            os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, cached_statements=256)
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=full")
        db.execute("pragma wal_autocheckpoint=4000")
        db.execute("pragma cache_size=-16000")
        db.execute("pragma temp_store=memory")
        db.execute("pragma busy_timeout=10000")
        return db

    # --- on the reactor's thread -----------------------------------------------------------------------------

    def _batch(self) -> Batch:
        batch = self._gathering
        if batch is None:
            batch = self._gathering = Batch()
            self._reactor.callLater(0, self._flush)
        return batch

    def _flush(self) -> None:
        if self._gathering is not None:
            batch, self._gathering = self._gathering, None
            self._to_write.put(batch)

    def write(self, statement: Statement, row: Row) -> Batch:
        """Adds a row to the batch that gathers now."""
        batch = self._gathering or self._batch()
        rows = batch.rows.get(statement)
        if rows is None:
            batch.rows[statement] = [row]
        else:
            rows.append(row)
        return batch

    def write_latest(self, statement: Statement, key: Any, row: Row) -> Batch:
        """Adds a row that replaces one of the same statement and key in this batch: only the last is written."""
        batch = self._gathering or self._batch()
        batch.latest[statement, key] = row
        return batch

    def gathering(self) -> Batch:
        """The batch that gathers now."""
        return self._gathering or self._batch()

    def run(self, function: Callable[[sqlite3.Connection], T]) -> Deferred[T]:
        """Calls `function` with the connection inside the next transaction; fires with its result once committed.

        What it raises undoes its own changes only and fails the Deferred.
        """
        done: Deferred[T] = Deferred()
        (self._gathering or self._batch()).functions.append((function, done))
        return done

    def read(self, function: Callable[[sqlite3.Connection], T]) -> Deferred[T]:
        """Calls `function` on the reader's thread; it sees all that was durable when this was called."""
        done: Deferred[T] = Deferred()
        self._to_read.put((function, done))
        return done

    def read_now(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Calls `function` on this thread with a connection of its own: for start-up alone."""
        db = self._open()
        try:
            return function(db)
        finally:
            db.close()

    def close(self) -> Deferred[None]:
        """Writes what has gathered, then ends both threads."""
        done: Deferred[None] = Deferred()
        self.closed = True
        self._flush()
        self._to_write.put(None)
        self._to_read.put(None)

        def join() -> None:
            for thread in self._threads:
                thread.join()
            self._reactor.callFromThread(done.callback, None)

        threading.Thread(target=join, name="journal-close", daemon=True).start()
        return done

    def _settled(self, batches: list[Batch], results: list[tuple[Deferred[Any], Any]]) -> None:
        for done, result in results:
            if isinstance(result, Failure):
                done.errback(result)
            else:
                done.callback(result)
        for batch in batches:
            batch.outcome = True
            for waiter in batch.waiters:
                waiter.callback(None)

    def _refused(self, batches: list[Batch], problem: GatewayError) -> None:
        for batch in batches:
            batch.outcome = problem
            waiters, batch.waiters = batch.waiters, []
            for waiter in waiters:
                waiter.errback(Failure(problem))
            for _function, done in batch.functions:
                done.errback(Failure(problem))

    # --- on the writer's thread ------------------------------------------------------------------------------

    def _write_forever(self) -> None:
        db = self._open()
        owed: dict[Statement, list[Row]] = {}
        ending = False
        while not ending:
            batches, ending = self._gather(wait=RETRY_SECONDS if owed else None)
            rows = _merge(owed, batches)
            if not rows and not any(batch.functions for batch in batches):
                self._reactor.callFromThread(self._settled, batches, [])
                continue
            try:
                results = _commit(db, rows, batches)
            except sqlite3.Error as problem:
                owed = {statement: kept for statement, kept in rows.items() if statement.must}
                self._failed(batches, problem)
                ending = ending and not owed
            else:
                owed = {}
                self.failing = False
                self.commits += 1
                if batches:
                    self._reactor.callFromThread(self._settled, batches, results)
        db.execute("pragma wal_checkpoint(truncate)")
        db.close()

    def _failed(self, batches: list[Batch], problem: sqlite3.Error) -> None:
        if not self.failing:
            _log.error("cannot write %s: %s; new messages are refused until it works again", self._path, problem)
        self.failing = True
        refusal = GatewayError(STORE_FAILED, detail=str(problem))
        self._reactor.callFromThread(self._refused, batches, refusal)

    def _gather(self, wait: float | None) -> tuple[list[Batch], bool]:
        batches: list[Batch] = []
        try:
            batch = self._to_write.get(timeout=wait)
            while batch is not None:
                batches.append(batch)
                if len(batches) >= MOST_BATCHES:
                    return batches, False
                batch = self._to_write.get_nowait()
        except queue.Empty:
            return batches, False
        return batches, True

    # --- on the reader's thread ------------------------------------------------------------------------------

    def _read_forever(self) -> None:
        db = self._open()
        db.execute("pragma query_only=on")
        while (asked := self._to_read.get()) is not None:
            function, done = asked
            try:
                result = function(db)
            except Exception:
                self._reactor.callFromThread(done.errback, Failure())
            else:
                self._reactor.callFromThread(done.callback, result)
        db.close()


def _merge(owed: dict[Statement, list[Row]], batches: list[Batch]) -> dict[Statement, list[Row]]:
    rows = {statement: list(kept) for statement, kept in owed.items()}
    latest: dict[tuple[Statement, Any], Row] = {}
    for batch in batches:
        for statement, added in batch.rows.items():
            if statement in rows:
                rows[statement] += added
            else:
                rows[statement] = list(added)
        latest.update(batch.latest)
    for (statement, _key), row in latest.items():
        rows.setdefault(statement, []).append(row)
    return rows


def _commit(
    db: sqlite3.Connection, rows: dict[Statement, list[Row]], batches: list[Batch]
) -> list[tuple[Deferred[Any], Any]]:
    results: list[tuple[Deferred[Any], Any]] = []
    db.execute("begin immediate")
    try:
        for statement in sorted(rows, key=lambda each: each.rank):
            db.executemany(statement.sql, rows[statement])
        for batch in batches:
            for function, done in batch.functions:
                results.append((done, _in_savepoint(db, function)))
        db.execute("commit")
    except BaseException:
        if db.in_transaction:
            db.execute("rollback")
        raise
    return results


def _in_savepoint(db: sqlite3.Connection, function: Callable[[sqlite3.Connection], Any]) -> Any:
    db.execute("savepoint one")
    try:
        result = function(db)
    except sqlite3.OperationalError:
        raise  # the disk, not the function: the whole commit fails
    except Exception:
        db.execute("rollback to one")
        result = Failure()
    db.execute("release one")
    return result
