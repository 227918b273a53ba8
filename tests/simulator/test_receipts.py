"""Receipts in their forms, as the ESME gets them."""

from __future__ import annotations

import pytest
import pytest_twisted

from jasminlike.smpp import tlv
from tests.simulator.conftest import World
from tests.simulator.esme import Esme, message


async def receipt(world: World, text: bytes = b"hello", **options: object) -> object:
    simulator = await world.simulator(id_start=5, **options)
    esme: Esme = await world.bound(simulator)
    esme.submit(message(text, receipt=1 if not options.get("always_receipts") else 0))
    await esme.answered(1)
    await world.pass_time(1)
    return (await esme.delivered(1))[0]


@pytest_twisted.ensureDeferred
async def test_the_text_is_complete(world: World) -> None:
    pdu = await receipt(world, b"a text of more than twenty characters")
    assert pdu.short_message == (  # type: ignore[attr-defined]
        b"id:5 sub:001 dlvrd:001 submit date:2701150800 done date:2701150800 stat:DELIVRD err:000 "
        b"text:a text of more than "
    )


@pytest.mark.parametrize(
    ("form", "text", "tags"),
    [
        ("both", True, [tlv.RECEIPTED_MESSAGE_ID, tlv.MESSAGE_STATE]),
        ("text", True, []),
        ("tlv", False, [tlv.RECEIPTED_MESSAGE_ID, tlv.MESSAGE_STATE]),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_receipt_says_it_in_text_in_tlvs_or_both(world: World, form: str, text: bool, tags: list[int]) -> None:
    pdu = await receipt(world, receipt_form=form)
    assert bool(pdu.short_message) is text  # type: ignore[attr-defined]
    assert [tag for tag, _ in pdu.tlvs] == tags  # type: ignore[attr-defined]


@pytest.mark.parametrize(("option", "esm_class"), [("right", 4), ("forgotten", 0)])
@pytest_twisted.ensureDeferred
async def test_the_esm_class_can_be_forgotten(world: World, option: str, esm_class: int) -> None:
    pdu = await receipt(world, receipt_esm_class=option)
    assert pdu.esm_class == esm_class  # type: ignore[attr-defined]


@pytest_twisted.ensureDeferred
async def test_receipts_can_come_unasked(world: World) -> None:
    pdu = await receipt(world, always_receipts=True)
    assert pdu.esm_class == 4  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("state", "stat", "number", "err"),
    [
        ("UNDELIV", b"UNDELIV", 5, b"001"),
        ("EXPIRED/045", b"EXPIRED", 3, b"045"),
        ("REJECTD/0", b"REJECTD", 8, b"000"),
        ("VANISHED/E7", b"VANISHED", 7, b"0E7"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_failure_has_its_state_and_error(
    world: World, state: str, stat: bytes, number: int, err: bytes
) -> None:
    pdu = await receipt(world, receipt_states=state)
    assert b" dlvrd:000 " in pdu.short_message  # type: ignore[attr-defined]
    assert b" stat:" + stat + b" err:" + err + b" " in pdu.short_message  # type: ignore[attr-defined]
    assert pdu.tlv(tlv.MESSAGE_STATE) == bytes((number,))  # type: ignore[attr-defined]
    expected = b"\x03" + int(err).to_bytes(2, "big") if err.isdigit() and int(err) else None
    assert pdu.tlv(tlv.NETWORK_ERROR_CODE) == expected  # type: ignore[attr-defined]


@pytest_twisted.ensureDeferred
async def test_states_come_in_their_shares(world: World) -> None:
    simulator = await world.simulator(receipt_states="DELIVRD:90,UNDELIV:8,EXPIRED:2")
    esme = await world.bound(simulator)
    esme.submit(*[message() for _ in range(1000)])
    await esme.answered(1000)
    states = [each.final_state for each in simulator.messages]
    assert 860 < states.count("DELIVRD") < 940
    assert 50 < states.count("UNDELIV") < 110
    assert 5 < states.count("EXPIRED") < 40


@pytest_twisted.ensureDeferred
async def test_a_thousand_receipts_need_one_delayed_call(world: World) -> None:
    simulator = await world.simulator(receipt_delay="100-5000")
    esme = await world.bound(simulator)
    await world.pass_time(0)
    esme.submit(*[message() for _ in range(1000)])
    await esme.answered(1000)
    assert len(simulator.agenda) == 1000
    calls = world.clock.getDelayedCalls()
    assert len(calls) == 2  # that of the receipts, and that of the session's timers


@pytest_twisted.ensureDeferred
async def test_the_text_of_a_part_is_quoted_without_its_header_and_the_reference_comes_back(world: World) -> None:
    simulator = await world.simulator()
    esme = await world.bound(simulator)
    part = message(b"\x05\x00\x03\x07\x02\x01first half", esm_class=0x40)
    part.add_tlv("user_message_reference", 513)
    esme.submit(part)
    await esme.answered(1)
    await world.pass_time(1)
    pdu = (await esme.delivered(1))[0]
    assert pdu.short_message.endswith(b" text:first half")
    assert pdu.tlv(tlv.USER_MESSAGE_REFERENCE) == b"\x02\x01"
