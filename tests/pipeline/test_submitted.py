"""The operator took a part: what is written, told and charged before the delivery is done."""

from __future__ import annotations

import msgspec
import pytest
import pytest_twisted

from jasminlike.fate import Done
from jasminlike.message import envelope
from jasminlike.message.model import HTTP, SMPP, ReceiptWish, Tracked
from tests.pipeline.house import ALL, House, a_delivery, a_receipt, after


async def sent(house: House, part, smsc_id: str, **delivery) -> Done:
    fate = await after(house.submitted.sent(part, a_delivery(part, **delivery), smsc_id))
    assert isinstance(fate, Done)
    return fate


@pytest_twisted.ensureDeferred
async def test_it_is_recorded_and_indexed(house):
    part = await house.stored_part()
    await sent(house, part, "00AB12", redelivered=True)
    view = await house.records.find(part.message)
    [seen] = view.parts
    assert (view.state, view.final) == ("sent", False)
    assert (seen.smsc_id, seen.connector, seen.sent_at, seen.redelivered) == ("00AB12", "one", house.now, True)
    [entry] = await house.index.find("one", ["ab12"])
    tracked = envelope.decode(entry, Tracked)
    assert (tracked.message, tracked.smsc_id, tracked.destination.digits) == (part.message, "00AB12", "447700900123")
    assert await house.index.find("two", ["ab12"]) == []
    assert house.logged == [("sent", part.message, "00AB12", 1)]


@pytest.mark.parametrize(("registered", "smsc_id"), [(0, "12"), (0x10, "12"), (1, "")])
@pytest_twisted.ensureDeferred
async def test_without_a_receipt_to_come_sent_is_the_end(house, registered, smsc_id):
    part = await house.stored_part(registered_delivery=registered)
    await sent(house, part, smsc_id)
    view = await house.records.find(part.message)
    assert (view.state, view.final, view.ended_at) == ("sent", True, house.now)
    assert await house.index.find("one", ["12"]) == []


@pytest_twisted.ensureDeferred
async def test_level_1_is_told_with_the_last_part(house):
    first = await house.stored_part(total=2)
    second = msgspec.structs.replace(first, number=2)
    await sent(house, first, "1")
    assert house.told.notes == []
    await sent(house, second, "2")
    assert house.told.notes == [("answered", first.message, "ESME_ROK")]
    assert await house.got("told", 1) == [b"ESME_ROK"]


@pytest_twisted.ensureDeferred
async def test_who_asked_for_nothing_is_told_nothing(house):
    part = await house.stored_part(receipt=ReceiptWish(), registered_delivery=0)
    await sent(house, part, "1")
    assert house.told.notes == []


@pytest_twisted.ensureDeferred
async def test_the_rest_of_the_price_is_taken_on_the_answer(house):
    await house.ledger.set("u1", 1000, None)
    house.purses.of("u1").balance = 1000
    part = await house.stored_part(due_on_answer=300)
    await sent(house, part, "1")
    assert house.purses.of("u1").balance == 700
    assert await house.ledger.load() == [("u1", 700, None)]
    assert [entry[1:] for entry in await house.ledger.entries("u1")] == [(1000, 0, "set"), (-300, 0, "answered")]


@pytest_twisted.ensureDeferred
async def test_an_account_without_limits_is_charged_nothing(house):
    part = await house.stored_part(due_on_answer=300)
    await sent(house, part, "1")
    assert await house.ledger.entries("u1") == []


@pytest_twisted.ensureDeferred
async def test_a_receipt_that_came_before_the_answer(house):
    part = await house.stored_part()
    assert await house.receipts.handle(a_receipt("0000AB12"), "447700900123") is False
    assert house.stats.gateway.receipts_orphan_count == 1
    assert house.logged == [("receipt", "0000AB12", "")]
    await sent(house, part, "ab12")
    await house.durable()
    view = await house.records.find(part.message)
    assert (view.state, view.final, view.parts[0].smsc_id) == ("delivered", True, "ab12")
    assert house.told.notes == [("answered", part.message, "ESME_ROK"), ("ended", part.message, "DELIVRD")]
    assert house.index.early == 0


@pytest_twisted.ensureDeferred
async def test_an_early_receipt_is_matched_after_a_restart(house):
    part = await house.stored_part()
    await house.receipts.handle(a_receipt("77", "UNDELIV", error="011"), "447700900123")
    await house.restart()
    await sent(house, part, "77")
    await house.durable()
    view = await house.records.find(part.message)
    assert (view.state, view.error, view.reason) == ("undelivered", "011", "undeliv")
    await house.restart()
    assert house.index.early == 0


@pytest_twisted.ensureDeferred
async def test_an_early_receipt_belongs_to_one_message_alone(house):
    """Receipt 16 waits under 16 and, as its hexadecimal form, under 10: taken under one it is gone from both."""
    await house.receipts.handle(a_receipt("16"), "447700900123")
    first, second = await house.stored_part(), await house.stored_part()
    await sent(house, first, "16")
    await sent(house, second, "10")
    await house.durable()
    assert (await house.records.find(first.message)).state == "delivered"
    assert (await house.records.find(second.message)).state == "sent"
    assert house.index.early == 0


@pytest_twisted.ensureDeferred
async def test_a_doubtful_disk_loses_no_answer(house, broken_disk):
    """What the operator said is written when the disk works again, though the commit failed."""
    part = await house.stored_part(door=SMPP, receipt=ReceiptWish(registered_delivery=1))
    with broken_disk(house.engine.journal):
        fate = house.submitted.sent(part, a_delivery(part), "5")
        with pytest.raises(Exception, match="stored"):
            await after(fate)
    await house.broker.publish("other", [])
    await house.restart()
    assert (await house.records.find(part.message)).state == "sent"
    assert len(await house.index.find("one", ["5"])) == 1
    assert part.door != HTTP
    assert ALL.level == 3
