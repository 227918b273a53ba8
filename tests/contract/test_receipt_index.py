"""What every receipt index promises: entries by connector and key, early receipts once."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from jasminlike.store import index as embedded
from jasminlike.store.index import EmbeddedIndex
from tests.pipeline.house import a_receipt

DAY = 86400.0


class Opened:
    """An index whose time a test moves, and the same after a restart."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.now = 1_000_000.0
        engine.open()
        self.index = self.make()

    def make(self) -> EmbeddedIndex:
        return EmbeddedIndex(self.engine.journal, lambda: self.now, DAY)

    async def restart(self) -> EmbeddedIndex:
        await self.engine.restart()
        self.index = self.make()
        return self.index


@pytest.fixture
def opened(engine: Any) -> Opened:
    return Opened(engine)


@pytest_twisted.ensureDeferred
async def test_entries_are_found_in_the_order_of_the_keys(opened):
    index = opened.index
    await index.put("one", "a", b"A")
    await index.put("one", "b", b"B")
    await index.put("two", "a", b"other")
    for _ in range(2):
        assert await index.find("one", ["b", "none", "a"]) == [b"B", b"A"]
        assert await index.find("one", ["none", "a", "b"]) == [b"A", b"B"]
        assert await index.find("two", ["a"]) == [b"other"]
        assert await index.find("three", ["a"]) == []
        assert await index.find("one", []) == []
        index = await opened.restart()


@pytest_twisted.ensureDeferred
async def test_an_id_that_is_used_again_means_the_newer(opened):
    await opened.index.put("one", "a", b"old")
    await opened.index.put("one", "a", b"new")
    assert await opened.index.find("one", ["a"]) == [b"new"]
    assert await (await opened.restart()).find("one", ["a"]) == [b"new"]


@pytest_twisted.ensureDeferred
async def test_what_is_in_memory_does_not_hide_what_is_on_disk(opened):
    await opened.index.put("one", "16", b"old")
    index = await opened.restart()
    index.put("one", "10", b"new")
    assert await index.find("one", ["16", "10"]) == [b"old", b"new"]


@pytest_twisted.ensureDeferred
async def test_more_than_memory_holds(opened, monkeypatch):
    monkeypatch.setattr(embedded, "RECENT", 2)
    for number in range(5):
        await opened.index.put("one", str(number), b"%d" % number)
    assert await opened.index.find("one", ["0", "4"]) == [b"0", b"4"]


@pytest_twisted.ensureDeferred
async def test_early_receipts_are_handed_out_once(opened):
    index = opened.index
    first, second = a_receipt("7"), a_receipt("7", "ENROUTE")
    await index.keep_early("one", "7", first)
    await index.keep_early("one", "7", second)
    assert (index.early, index.take_early("two", "7"), index.take_early("one", "8")) == (1, [], [])
    assert index.take_early("one", "7") == [first, second]
    assert index.take_early("one", "7") == []
    index = await opened.restart()
    assert index.take_early("one", "7") == []


@pytest_twisted.ensureDeferred
async def test_they_survive_a_restart(opened):
    mine = a_receipt("7")
    await opened.index.keep_early("one", "7", mine)
    index = await opened.restart()
    assert index.take_early("one", "7") == [mine]


@pytest_twisted.ensureDeferred
async def test_one_kept_under_two_keys_is_handed_out_once(opened):
    """Also from the disk; another receipt under one of the keys stays."""
    mine, other = a_receipt("16"), a_receipt("10")
    for receipt, keys in ((mine, ("16", "10")), (other, ("10", "a"))):
        for key in keys:
            await opened.index.keep_early("one", key, receipt)
    index = await opened.restart()
    assert index.take_early("one", "16") == [mine]
    await opened.engine.journal.gathering().durable()
    index = await opened.restart()
    assert index.take_early("one", "10") == [other]
    assert (index.take_early("one", "a"), index.early) == ([], 0)


@pytest_twisted.ensureDeferred
async def test_the_same_receipt_twice(opened):
    mine = a_receipt("7")
    await opened.index.keep_early("one", "7", mine)
    await opened.index.keep_early("one", "7", mine)
    assert opened.index.take_early("one", "7") == [mine, mine]
    assert opened.index.early == 0


@pytest_twisted.ensureDeferred
async def test_what_is_old_is_forgotten(opened):
    index = opened.index
    await index.put("one", "old", b"x")
    await index.keep_early("one", "e1", a_receipt("e1", received_at=opened.now))
    opened.now += DAY / 2
    await index.put("one", "young", b"y")
    await index.keep_early("one", "e2", a_receipt("e2", received_at=opened.now))
    assert await index.purge() == 0
    opened.now += DAY / 2 + 1
    assert await index.purge() == 2
    assert index.early == 1
    index = await opened.restart()
    assert await index.find("one", ["old", "young"]) == [b"y"]
    assert (index.take_early("one", "e1"), len(index.take_early("one", "e2"))) == ([], 1)
