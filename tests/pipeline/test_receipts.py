"""Receipts find their message, change its state, and the client is told once."""

from __future__ import annotations

import msgspec
import pytest
import pytest_twisted

from jasminlike.errors import GatewayError
from jasminlike.message.model import HTTP, SMPP, Address, ReceiptWish
from jasminlike.pipeline.receipt_ids import IdRule
from tests.pipeline.house import House, a_delivery, a_receipt, after

TO = "447700900123"


async def sent(house: House, smsc_id: str, **fields):
    part = await house.stored_part(**fields)
    await after(house.submitted.sent(part, a_delivery(part), smsc_id))
    house.told.notes.clear()
    house.logged.clear()
    return part


@pytest.mark.parametrize(
    ("answered", "in_receipt"),
    [("1a2b", "1A2B"), ("0001A2B", "1a2b"), ("1A2B", "6699"), ("6699", "1A2B"), ("6699", "00006699"), ("x-1", "X-1")],
)
@pytest_twisted.ensureDeferred
async def test_every_form_of_an_id_finds_its_message(house, answered, in_receipt):
    part = await sent(house, answered)
    assert await house.receipts.handle(a_receipt(in_receipt), TO) is True
    view = await house.records.find(part.message)
    assert (view.state, view.final, view.ended_at) == ("delivered", True, 1_800_000_100.0)
    assert view.parts[0].smsc_id == answered
    assert house.told.notes == [("ended", part.message, "DELIVRD")]
    assert house.logged == [("receipt", in_receipt, part.message)]
    assert (house.stats.gateway.receipts_matched_count, house.stats.gateway.delivered_count) == (1, 1)


@pytest_twisted.ensureDeferred
async def test_it_finds_it_after_a_restart(house):
    part = await sent(house, "1A2B")
    await house.restart()
    assert await house.receipts.handle(a_receipt("6699"), TO) is True
    assert (await house.records.find(part.message)).state == "delivered"


@pytest_twisted.ensureDeferred
async def test_equal_ids_of_two_operators_do_not_collide(house):
    mine = await sent(house, "7")
    other = await sent(house, "7", connector="two")
    await house.receipts.handle(a_receipt("7", connector="two"), TO)
    assert (await house.records.find(mine.message)).state == "sent"
    assert (await house.records.find(other.message)).state == "delivered"


@pytest_twisted.ensureDeferred
async def test_the_destination_tells_candidates_apart(house):
    """A receipt 10 may mean the answer 10 or, in hexadecimal, 16."""
    ten = await sent(house, "10", destination=Address("111"))
    sixteen = await sent(house, "16", destination=Address("222"))
    await house.receipts.handle(a_receipt("10"), "+00222")
    assert (await house.records.find(ten.message)).state == "sent"
    assert (await house.records.find(sixteen.message)).state == "delivered"
    await house.receipts.handle(a_receipt("10", "UNDELIV"), "somebody else")
    assert (await house.records.find(ten.message)).state == "undelivered"


@pytest_twisted.ensureDeferred
async def test_one_that_is_only_on_disk_is_not_hidden_by_a_recent_one(house):
    old = await sent(house, "16", destination=Address("222"))
    await house.restart()
    recent = await sent(house, "22", destination=Address("111"))
    await house.receipts.handle(a_receipt("16"), "222")
    assert (await house.records.find(old.message)).state == "delivered"
    assert (await house.records.find(recent.message)).state == "sent"


@pytest_twisted.ensureDeferred
async def test_a_setting_of_the_operator_goes_first(house):
    house.rules["one"] = IdRule(fixed=1)
    hexadecimal = await sent(house, "10", destination=Address("111"))
    decimal = await sent(house, "16", destination=Address("222"))
    await house.receipts.handle(a_receipt("16"), "")
    assert (await house.records.find(hexadecimal.message)).state == "delivered"
    assert (await house.records.find(decimal.message)).state == "sent"


@pytest_twisted.ensureDeferred
async def test_a_receipt_that_comes_twice_tells_nobody_twice(house):
    part = await sent(house, "7")
    assert await house.receipts.handle(a_receipt("7"), TO)
    assert await house.receipts.handle(a_receipt("7", "UNDELIV"), TO)
    assert house.told.notes == [("ended", part.message, "DELIVRD")]
    assert (await house.records.find(part.message)).state == "delivered"
    assert (house.stats.gateway.delivered_count, house.stats.gateway.undelivered_count) == (1, 0)


@pytest_twisted.ensureDeferred
async def test_news_on_the_way_are_passed_on_and_end_nothing(house):
    part = await sent(house, "7", door=SMPP, receipt=ReceiptWish(registered_delivery=0x11))
    await house.receipts.handle(a_receipt("7", "ENROUTE"), TO)
    await house.receipts.handle(a_receipt("7", "SKIPPED"), TO)
    assert (await house.records.find(part.message)).final is False
    await house.receipts.handle(a_receipt("7", "EXPIRED"), TO)
    assert [note[2] for note in house.told.notes] == ["ENROUTE", "SKIPPED", "EXPIRED"]
    assert (await house.records.find(part.message)).state == "expired"


@pytest_twisted.ensureDeferred
async def test_errors_of_zeros_are_none(house):
    part = await sent(house, "7")
    await house.receipts.handle(a_receipt("7", error="000"), TO)
    view = await house.records.find(part.message)
    assert (view.error, view.reason) == ("", "")


@pytest.mark.parametrize(
    ("states", "end"),
    [(("DELIVRD", "DELIVRD"), "DELIVRD"), (("DELIVRD", "UNDELIV"), "UNDELIV"), (("EXPIRED", "DELIVRD"), "EXPIRED")],
)
@pytest_twisted.ensureDeferred
async def test_of_several_parts_the_client_hears_once(house, states, end):
    first = await sent(house, "1", total=2)
    second = msgspec.structs.replace(first, number=2)
    await after(house.submitted.sent(second, a_delivery(second), "2"))
    house.told.notes.clear()
    await house.receipts.handle(a_receipt("2", states[0]), TO)
    assert house.told.notes == []
    assert (await house.records.find(first.message)).final is False
    await house.receipts.handle(a_receipt("1", states[1]), TO)
    await house.receipts.handle(a_receipt("2", states[0]), TO)
    assert house.told.notes == [("ended", first.message, end)]
    assert (await house.records.find(first.message)).final is True


@pytest_twisted.ensureDeferred
async def test_a_receipt_before_the_record_of_the_answer_is_not_undone_by_it(house):
    part = await sent(house, "7")
    await house.receipts.handle(a_receipt("7"), TO)
    await after(house.submitted.sent(part, a_delivery(part, attempt=2), "7"))
    assert (await house.records.find(part.message)).state == "delivered"


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_stored_is_not_answered(house, broken_disk):
    part = await sent(house, "7")
    with broken_disk(house.engine.journal), pytest.raises(GatewayError):
        await house.receipts.handle(a_receipt("7"), TO)
    with broken_disk(house.engine.journal), pytest.raises(GatewayError):
        await house.receipts.handle(a_receipt("unknown"), TO)
    assert house.told.notes == []
    await house.receipts.handle(a_receipt("7"), TO)
    assert house.told.notes == [("ended", part.message, "DELIVRD")]
    assert part.door == HTTP


@pytest.mark.parametrize("restarted", [False, True])
@pytest_twisted.ensureDeferred
async def test_one_whose_notice_could_not_be_stored_is_told_when_it_comes_again(
    house, broken_disk, monkeypatch, restarted
):
    part = await sent(house, "7")
    told, breaking = house.told.ended, broken_disk(house.engine.journal)

    def ended(tracked, receipt):
        breaking.__enter__()
        return told(tracked, receipt)

    with monkeypatch.context() as patched:
        patched.setattr(house.told, "ended", ended)
        with pytest.raises(GatewayError):
            await house.receipts.handle(a_receipt("7"), TO)
    breaking.__exit__(None, None, None)
    before = house.broker.depth("told")
    if restarted:
        await house.restart()
    await house.receipts.handle(a_receipt("7"), TO)
    await house.receipts.handle(a_receipt("7"), TO)
    assert house.broker.depth("told") == before + 1
    assert (await house.records.find(part.message)).state == "delivered"
