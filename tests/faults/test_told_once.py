"""What a crash may interrupt between an end and its telling: the end is told again, and otherwise once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted

from jasminlike.interfaces import PartChange
from jasminlike.journal import Journal
from jasminlike.message.ids import new_id
from jasminlike.message.model import Address, Message
from jasminlike.store import tables
from jasminlike.store.index import EmbeddedIndex
from jasminlike.store.records import EmbeddedRecords

AT = 1_800_000_000.0


@pytest_twisted.async_yield_fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    from twisted.internet import reactor

    database: Any = Journal(tmp_path / "gateway.db", reactor, tables.SCHEMA)
    yield database
    await database.close()


@pytest.fixture
def message() -> Message:
    return Message(new_id(AT), "acme", "httpapi", Address(), Address("33612345678"), b"Hello", created_at=AT)


def _delivered(message: Message) -> PartChange:
    return PartChange(message.id, 1, 1, "", AT, connector="north", smsc_id="1")


@pytest_twisted.ensureDeferred
async def test_an_end_is_news_until_its_telling_is_stored(journal: Journal, message: Message) -> None:
    records = EmbeddedRecords(journal)
    await records.add(message, 1, "north", 0)
    first = await records.conclude(_delivered(message), "receipt DELIVRD")
    assert (first.state, first.final, first.ended) == ("delivered", True, True)
    again = await records.conclude(_delivered(message), "receipt DELIVRD")
    assert (again.final, again.ended) == (True, False), "somebody is telling it already"

    after_a_crash = EmbeddedRecords(journal)
    repeated = await after_a_crash.conclude(_delivered(message), "receipt DELIVRD")
    assert repeated.ended, "nobody knows whether the client was told: it is told again"
    await after_a_crash.end(message.id, repeated.state, AT)
    assert not (await after_a_crash.conclude(_delivered(message), "receipt DELIVRD")).ended
    assert not (await EmbeddedRecords(journal).conclude(_delivered(message), "receipt DELIVRD")).ended


@pytest_twisted.ensureDeferred
async def test_an_answer_that_comes_while_its_receipt_is_looked_up_is_found(journal: Journal) -> None:
    index = EmbeddedIndex(journal, lambda: AT, 3600.0)
    looking = index.find("north", ["12", "c"])
    await index.put("north", "12", b"entry")
    assert await looking == [b"entry"]
