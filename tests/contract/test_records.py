"""What every store of records promises: states by the table of lives, ends that stay, all of it found again."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from jasminlike.interfaces import PartChange, Records
from jasminlike.message.ids import new_id
from jasminlike.message.model import HTTP, Address, Message
from jasminlike.store.records import EmbeddedRecords


@pytest.fixture
def records(engine: Any) -> Records:
    engine.open()
    return EmbeddedRecords(engine.journal)


def a_message(**fields: Any) -> Message:
    settings: dict[str, Any] = {
        "id": new_id(),
        "user": "u1",
        "door": HTTP,
        "source": Address("Shop"),
        "destination": Address("447700900123"),
        "payload": b"\0hello",
        "data_coding": 8,
        "created_at": 1000.0,
        "tags": ("a", "b"),
    }
    return Message(**{**settings, **fields})


def step(message: Message, state: str = "", number: int = 1, total: int = 1, at: float = 1001.0, **more: Any) -> Any:
    return PartChange(message.id, number, total, state, at, **more)


async def added(records: Records, total: int = 1) -> Message:
    message = a_message()
    await records.add(message, total, "one", 0)
    return message


@pytest_twisted.ensureDeferred
async def test_an_accepted_message_is_queued(records):
    message = await added(records, 2)
    view = await records.find(message.id)
    assert (view.id, view.user, view.door, view.source, view.destination) == (
        message.id,
        "u1",
        HTTP,
        "Shop",
        "447700900123",
    )
    assert (view.state, view.final, view.accepted_at, view.ended_at) == ("queued", False, 1000.0, None)
    assert (view.total, view.data_coding, view.payload, view.connector) == (2, 8, b"\0hello", "one")
    assert [(part.number, part.state, part.connector, part.sent_at) for part in view.parts] == [
        (1, "queued", "one", None),
        (2, "queued", "one", None),
    ]


@pytest_twisted.ensureDeferred
async def test_what_is_not_there(records):
    assert await records.find(new_id()) is None
    with pytest.raises(ValueError, match="id"):
        await records.find("no id")


@pytest_twisted.ensureDeferred
async def test_steps_that_are_certain(records):
    message = await added(records)
    await records.change(step(message, "queued", error="ESME_RSYSERR", connector="one"))
    view = await records.find(message.id)
    assert (view.state, view.parts[0].error, view.parts[0].sent_at) == ("queued", "ESME_RSYSERR", None)
    await records.change(step(message, "sent", at=1002.0, connector="two", smsc_id="7", redelivered=True))
    view = await records.find(message.id)
    part = view.parts[0]
    assert (view.state, view.final, view.connector) == ("sent", False, "two")
    assert (part.state, part.connector, part.smsc_id, part.sent_at, part.error) == ("sent", "two", "7", 1002.0, "")
    assert part.redelivered is True


@pytest_twisted.ensureDeferred
async def test_sent_without_a_receipt_to_come_is_an_end(records):
    message = await added(records, 2)
    await records.change(step(message, "sent", 1, 2, final=True, at=1003.0))
    assert not (await records.find(message.id)).final
    await records.change(step(message, "sent", 2, 2, final=True, at=1004.0))
    view = await records.find(message.id)
    assert (view.state, view.final, view.ended_at) == ("sent", True, 1004.0)


@pytest_twisted.ensureDeferred
async def test_an_event_is_judged_by_the_table_of_lives(records):
    message = await added(records)
    whole = await records.conclude(step(message, smsc_id="7"), "receipt ENROUTE")
    assert (whole.state, whole.final, whole.ended) == ("sent", False, False)
    whole = await records.conclude(step(message, error="011", reason="undeliv", at=1005.0), "receipt UNDELIV")
    assert (whole.state, whole.final, whole.ended) == ("undelivered", True, True)
    view = await records.find(message.id)
    assert (view.state, view.ended_at, view.error, view.reason, view.parts[0].smsc_id) == (
        "undelivered",
        1005.0,
        "011",
        "undeliv",
        "7",
    )


@pytest_twisted.ensureDeferred
async def test_an_end_stays_and_is_told_once(records):
    message = await added(records)
    first = await records.conclude(step(message), "receipt DELIVRD")
    await records.end(message.id, first.state, 1001.0)
    second = await records.conclude(step(message, at=2000.0, error="x"), "receipt UNDELIV")
    assert (first.ended, second.ended, second.state, second.final) == (True, False, "delivered", True)
    await records.change(step(message, "sent", at=3000.0, smsc_id="7", error="x"))
    view = await records.find(message.id)
    assert (view.state, view.ended_at, view.error, view.parts[0].smsc_id) == ("delivered", 1001.0, "", "7")


@pytest_twisted.ensureDeferred
async def test_two_ends_at_once_are_told_once(records):
    message = await added(records)
    both = [records.conclude(step(message), "receipt DELIVRD") for _ in range(2)]
    assert sorted([(await each).ended for each in both]) == [False, True]


@pytest_twisted.ensureDeferred
async def test_an_end_that_was_not_told_is_told_after_a_restart(records, engine):
    message = await added(records)
    assert (await records.conclude(step(message), "receipt DELIVRD")).ended
    await engine.restart()
    again = EmbeddedRecords(engine.journal)
    assert (await again.conclude(step(message), "receipt DELIVRD")).ended
    await again.end(message.id, "delivered", 1001.0)
    assert not (await again.conclude(step(message), "receipt DELIVRD")).ended


@pytest_twisted.ensureDeferred
async def test_unknown_gives_way_to_a_receipt(records):
    message = await added(records)
    whole = await records.conclude(step(message, reason="in_doubt"), "in_doubt_failed")
    await records.end(message.id, whole.state, 1001.0)
    whole = await records.conclude(step(message, at=2000.0), "receipt DELIVRD")
    assert (whole.state, whole.final, whole.ended) == ("delivered", True, False)
    view = await records.find(message.id)
    assert (view.state, view.ended_at, view.reason) == ("delivered", 2000.0, "")


@pytest_twisted.ensureDeferred
async def test_a_message_of_parts_is_as_far_as_its_last(records):
    message = await added(records, 3)
    await records.change(step(message, "sent", 1, 3, smsc_id="1"))
    await records.change(step(message, "sent", 2, 3, smsc_id="2"))
    whole = await records.conclude(step(message, number=1, total=3), "receipt DELIVRD")
    assert (whole.state, whole.final) == ("queued", False)
    await records.change(step(message, "sent", 3, 3, smsc_id="3"))
    whole = await records.conclude(step(message, number=2, total=3, error="001"), "receipt UNDELIV")
    assert (whole.state, whole.final) == ("sent", False)
    whole = await records.conclude(step(message, number=3, total=3), "receipt DELIVRD")
    assert (whole.state, whole.final, whole.ended) == ("undelivered", True, True)
    view = await records.find(message.id)
    assert (view.state, view.error, [part.state for part in view.parts]) == (
        "undelivered",
        "001",
        ["delivered", "undelivered", "delivered"],
    )


@pytest_twisted.ensureDeferred
async def test_an_end_beside_parts_that_need_no_receipt(records):
    message = await added(records, 2)
    await records.change(step(message, "sent", 1, 2, final=True))
    whole = await records.conclude(step(message, number=2, total=2), "refused_final")
    assert (whole.state, whole.final, whole.ended) == ("rejected", True, True)


@pytest_twisted.ensureDeferred
async def test_a_message_nobody_recorded_ends_nothing(records):
    whole = await records.conclude(step(a_message()), "receipt DELIVRD")
    assert (whole.final, whole.ended) == (True, False)


@pytest_twisted.ensureDeferred
async def test_all_of_it_survives_a_restart(records, engine):
    message = await added(records)
    await records.conclude(step(message), "receipt DELIVRD")
    await engine.restart()
    view = await EmbeddedRecords(engine.journal).find(message.id)
    assert (view.state, view.payload) == ("delivered", b"\0hello")


@pytest_twisted.ensureDeferred
async def test_texts_need_not_be_kept(engine):
    engine.open()
    records = EmbeddedRecords(engine.journal, keep_texts=False)
    message = await added(records)
    assert (await records.find(message.id)).payload == b""
