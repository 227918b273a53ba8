"""Messages of subscribers: at a rate, by templates, in parts."""

from __future__ import annotations

import pytest
import pytest_twisted

from jasminlike.simulator.incoming import compose
from jasminlike.smpp.errors import EncodeError
from jasminlike.smpp.pdu import DeliverSm, message_octets
from jasminlike.text import codings
from jasminlike.text.join import Joiner, fragment_of
from tests.simulator.conftest import World

LONG = "Все счастливые семьи похожи друг на друга. " * 6


def joined(pdus: list[DeliverSm]) -> str:
    """The text that a receiver makes of the parts, in the order in which they came."""
    joiner = Joiner()
    for pdu in pdus:
        numbers = [pdu.tlv(tag) for tag in (0x020C, 0x020E, 0x020F)]
        sar = tuple(int.from_bytes(each, "big") for each in numbers) if all(numbers) else None  # type: ignore[arg-type]
        fragment = fragment_of("key", pdu.short_message, udhi=bool(pdu.esm_class & 0x40), sar=sar)  # type: ignore[arg-type]
        assert fragment is not None
        for message in joiner.add(fragment, 0.0).joined:
            assert message.complete
            return codings.display(message.payload, pdu.data_coding)
    raise AssertionError("parts are missing")


@pytest.mark.parametrize("long", ["udh", "udh16", "sar"])
@pytest.mark.parametrize("order", ["forward", "backward", "shuffled"])
def test_a_long_text_goes_in_parts_in_any_order(long: str, order: str) -> None:
    pdus = compose("491701", "12345", LONG, long=long, order=order, reference=0x1234)
    assert len(pdus) == 4
    assert joined(pdus) == LONG
    sent = [pdu.short_message[-20:] for pdu in pdus]
    in_order = [pdu.short_message[-20:] for pdu in compose("491701", "12345", LONG, long=long, reference=0x1234)]
    assert (sent == in_order) is (order == "forward")
    assert (sent == in_order[::-1]) is (order == "backward")
    header = {"udh": b"\x05\x00\x03\x34\x04", "udh16": b"\x06\x08\x04\x12\x34\x04"}.get(long)
    if header:
        assert all(pdu.short_message.startswith(header) for pdu in pdus)


def test_a_long_text_can_go_as_one_payload() -> None:
    (pdu,) = compose("491701", "12345", LONG, long="payload")
    assert (pdu.short_message, pdu.esm_class) == (b"", 0)
    assert codings.display(message_octets(pdu), pdu.data_coding) == LONG


def test_octets_go_as_they_are() -> None:
    (pdu,) = compose("Shop", "12345", b"\x00\xff", data_coding=4)
    assert (pdu.short_message, pdu.data_coding, pdu.source_addr_ton) == (b"\x00\xff", 4, 5)
    with pytest.raises(ValueError, match="data_coding"):
        compose("1", "2", b"\x00")


def test_what_cannot_be_sent_is_refused_at_once() -> None:
    with pytest.raises(EncodeError, match="source_addr"):
        compose("4" * 30, "12345", "hello")
    with pytest.raises(codings.NotEncodable):
        compose("4917", "12345", "Привет", data_coding=0)


@pytest_twisted.ensureDeferred
async def test_messages_come_at_a_rate_and_by_templates(world: World) -> None:
    simulator = await world.simulator(
        incoming_rate=4, incoming_count=6, incoming_from="49{n:04d}", incoming_to="55{n}", incoming_text="yes {n}|no"
    )
    await world.pass_time(10)
    esme = await world.bound(simulator)
    assert simulator.counts.incoming == 0  # nobody was there to receive, and no debt grew
    for count in (1, 2, 3, 4, 5, 6):
        await world.pass_time(0.25)
        await esme.delivered(count)
        assert len(esme.deliveries) == count
    await world.pass_time(10)
    assert not simulator.incoming.running
    seen = [(pdu.source_addr, pdu.destination_addr, pdu.short_message) for pdu in esme.deliveries]
    assert seen[:2] == [(b"490001", b"551", b"yes 1"), (b"490002", b"552", b"no")]
    assert seen[-1] == (b"490006", b"556", b"no")
    await simulator.until(lambda: simulator.counts.incoming_answered == 6)


@pytest_twisted.ensureDeferred
async def test_a_high_rate_needs_few_looks(world: World) -> None:
    simulator = await world.simulator(incoming_rate=1000, deliver_window=10_000)
    esme = await world.bound(simulator)
    for _ in range(10):
        await world.pass_time(0.02)
    assert len(await esme.delivered(200)) == 200
    simulator.change(incoming_rate=0)
    await world.pass_time(1)
    assert simulator.counts.incoming == 200


@pytest_twisted.ensureDeferred
async def test_a_message_goes_to_whom_it_is_for_or_waits(world: World) -> None:
    simulator = await world.simulator()
    one = await world.bound(simulator, system_id="one")
    assert simulator.send_incoming("4917", "12345", "for two", system_id="two") == 1
    two = await world.bound(simulator, system_id="two")
    await world.pass_time(0)
    assert [pdu.short_message for pdu in await two.delivered(1)] == [b"for two"]
    for _ in range(4):
        simulator.send_incoming("4917", "12345", "for anybody")
    await world.pass_time(0)
    await one.delivered(2)
    await two.delivered(3)


@pytest_twisted.ensureDeferred
async def test_all_parts_of_a_message_go_to_one_system_id(world: World) -> None:
    simulator = await world.simulator()
    esmes = [await world.bound(simulator, system_id=name) for name in ("one", "two", "three")]
    for _ in range(6):
        assert simulator.send_incoming("4917", "12345", LONG, order="shuffled") == 4
    await world.pass_time(0)
    for esme in esmes:
        await esme.until(lambda esme=esme: len(esme.deliveries) % 4 == 0 and esme.deliveries)
    assert sum(len(esme.deliveries) for esme in esmes) == 24
    assert all(joined(esme.deliveries[:4]) == LONG for esme in esmes)


@pytest_twisted.ensureDeferred
async def test_everything_waits_while_nobody_is_bound_up_to_the_limit(world: World) -> None:
    simulator = await world.simulator(mailbox=3)
    for n in range(5):
        simulator.send_incoming("4917", "12345", str(n))
    assert (simulator.post.waiting(), simulator.counts.deliveries_dropped) == (3, 2)
    esme = await world.bound(simulator)
    await world.pass_time(0)
    assert [pdu.short_message for pdu in await esme.delivered(3)] == [b"0", b"1", b"2"]
