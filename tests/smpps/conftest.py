"""What the tests of this room share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from jasminlike.broker import embedded as embedded_broker
from jasminlike.broker import tables as broker_tables
from jasminlike.broker.embedded import EmbeddedBroker
from jasminlike.journal import Journal
from tests.fakes.logged import logged_errors  # noqa: F401
from tests.smpps.esme import Place


class Storage:
    """A journal and a broker on one folder; `restart` is what a crash and a new start are to the database."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "gateway.db"
        self.now = time.time
        self._open: tuple[Journal, EmbeddedBroker] | None = None

    def open(self) -> EmbeddedBroker:
        journal = Journal(self.path, reactor, broker_tables.SCHEMA)
        broker = EmbeddedBroker(journal, reactor, lambda: self.now())
        self._open = (journal, broker)
        return broker

    async def close(self) -> None:
        if self._open is not None:
            (journal, broker), self._open = self._open, None
            broker.close()
            await journal.close()

    async def restart(self) -> EmbeddedBroker:
        await self.close()
        return self.open()


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    monkeypatch.setattr(embedded_broker, "SWEEP_SECONDS", 0.02)
    made = Storage(tmp_path)
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.close()))


@pytest.fixture
def place() -> Iterator[Place]:
    """A server with stand-ins behind it."""
    made = Place()
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.close()))


@pytest.fixture
def durable(storage: Storage) -> Iterator[Place]:
    """A server whose mailboxes are on disk."""
    made = Place(broker=storage.open())
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.close()))
