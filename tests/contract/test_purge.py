"""What is older than it is kept goes, the rest stays."""

from __future__ import annotations

import time

import pytest_twisted

from jasminlike.interfaces import PartChange
from jasminlike.message import ids
from jasminlike.message.model import HTTP, Address, Message
from jasminlike.store.records import EmbeddedRecords


def message(at: float) -> Message:
    return Message(ids.new_id(at), "u", HTTP, Address(), Address("33612"), b"text", created_at=at)


@pytest_twisted.ensureDeferred
async def test_old_records_are_forgotten_with_their_parts(engine):
    engine.open()
    records = EmbeddedRecords(engine.journal, keep_seconds=100.0)
    now = time.time()
    old, recent = message(now - 101), message(now - 99)
    for each in (old, recent):
        await records.add(each, 1, "c", 0)
        await records.change(PartChange(each.id, 1, 1, "sent", now, smsc_id="7", final=True))
    assert await records.purge(now) == 1
    assert await records.find(old.id) is None
    kept = await records.find(recent.id)
    assert kept is not None and kept.state == "sent"
    parts = await engine.journal.read(lambda db: db.execute("select count(*) from part").fetchone()[0])
    assert parts == 1
    assert await records.purge(now) == 0
