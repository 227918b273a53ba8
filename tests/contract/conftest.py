"""The implementations that every contract suite runs on."""

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
from jasminlike.store import tables as store_tables


class Embedded:
    """Brokers and journals on one folder; `restart` is what a crash and a new start are to the database."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "gateway.db"
        self.now = time.time
        self.opened: list[tuple[Journal, EmbeddedBroker]] = []

    def open(self) -> EmbeddedBroker:
        journal = Journal(self.path, reactor, broker_tables.SCHEMA + store_tables.SCHEMA)
        broker = EmbeddedBroker(journal, reactor, lambda: self.now())
        self.opened.append((journal, broker))
        return broker

    @property
    def journal(self) -> Journal:
        return self.opened[-1][0]

    async def close(self) -> None:
        while self.opened:
            journal, broker = self.opened.pop()
            broker.close()
            await journal.close()

    async def restart(self) -> EmbeddedBroker:
        """Nothing of the memory of the broker before remains."""
        await self.close()
        return self.open()


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Embedded]:
    monkeypatch.setattr(embedded_broker, "SWEEP_SECONDS", 0.02)
    made = Embedded(tmp_path)
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.close()))


@pytest.fixture
def broker(engine: Embedded) -> EmbeddedBroker:
    return engine.open()
