"""Messages from subscribers: whole or in parts, none lost, none told twice."""

from __future__ import annotations

import pytest
import pytest_twisted

from jasminlike.errors import GatewayError
from jasminlike.interfaces import Outgoing
from jasminlike.message import envelope
from jasminlike.message.ids import new_id
from jasminlike.message.model import Address, Incoming
from jasminlike.pipeline import inbound
from jasminlike.pipeline.inbound import PARKED_TOPIC, PARTS_TOPIC
from jasminlike.text import concat
from tests.contract.test_broker import Taker
from tests.pipeline.house import House


def an_incoming(payload: bytes = b"hello", **fields) -> Incoming:
    settings = {
        "id": new_id(),
        "connector": "one",
        "source": Address("4917001"),
        "destination": Address("12345"),
        "payload": payload,
    }
    return Incoming(**{**settings, **fields})


def a_part(number: int, body: bytes, total: int = 3, reference: int = 7, **fields) -> Incoming:
    return an_incoming(concat.header(reference, total, number) + body, esm_class=0x40, **fields)


async def delivered(house: House, count: int = 1) -> list[Incoming]:
    return [envelope.decode(body, Incoming) for body in await house.got("mo.hook", count)]


@pytest_twisted.ensureDeferred
async def test_a_whole_message_goes_to_its_destination(house):
    mine = an_incoming(esm_class=0)
    await house.inbound.take(mine)
    assert await delivered(house) == [mine]
    assert house.logged == [("incoming", mine.id, (("http", "hook"),))]
    assert house.stats.gateway.incoming_count == 1
    [subject] = house.subjects
    assert (subject.connector, subject.source, subject.destination, subject.text) == (
        "one",
        "4917001",
        "12345",
        "hello",
    )


@pytest_twisted.ensureDeferred
async def test_what_no_route_takes_is_kept(house):
    house.incoming_to = None
    mine = an_incoming()
    await house.inbound.take(mine)
    await house.restart()
    [body] = await house.got(PARKED_TOPIC, 1)
    assert envelope.decode(body, Incoming) == mine


@pytest_twisted.ensureDeferred
async def test_what_is_not_stored_is_not_taken(house, broken_disk):
    with broken_disk(house.engine.journal), pytest.raises(GatewayError):
        await house.inbound.take(an_incoming())
    with broken_disk(house.engine.journal), pytest.raises(GatewayError):
        await house.inbound.take(a_part(1, b"a"))
    assert house.broker.depth() == 0


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
@pytest_twisted.ensureDeferred
async def test_parts_come_in_any_order(house, order):
    house.inbound.start()
    bodies = {1: b"one ", 2: b"two ", 3: b"three"}
    for number in order:
        await house.inbound.take(a_part(number, bodies[number], data_coding=3))
    [whole] = await delivered(house)
    assert (whole.payload, whole.joined, whole.incomplete, whole.part_of) == (b"one two three", True, False, None)
    assert (whole.esm_class, whole.data_coding) == (0, 3)
    await house.durable()
    assert house.broker.depth(PARTS_TOPIC) == 0


@pytest_twisted.ensureDeferred
async def test_parts_by_sar(house):
    house.inbound.start()
    for number, body in ((2, b"b"), (1, b"a")):
        await house.inbound.take(an_incoming(body), (300, 2, number))
    [whole] = await delivered(house)
    assert (whole.payload, whole.joined) == (b"ab", True)


@pytest_twisted.ensureDeferred
async def test_senders_and_references_are_not_mixed(house):
    house.inbound.start()
    await house.inbound.take(a_part(1, b"a", 2))
    await house.inbound.take(a_part(2, b"B", 2, source=Address("other")))
    await house.inbound.take(a_part(2, b"C", 2, reference=8))
    assert house.broker.depth("mo.hook") == 0
    await house.inbound.take(a_part(2, b"b", 2))
    [whole] = await delivered(house)
    assert whole.payload == b"ab"


@pytest_twisted.ensureDeferred
async def test_a_part_that_comes_twice_is_taken_once(house):
    house.inbound.start()
    for number, body in ((1, b"a"), (1, b"a"), (2, b"b"), (2, b"b"), (1, b"a")):
        await house.inbound.take(a_part(number, body, 2))
    [whole] = await delivered(house)
    assert whole.payload == b"ab"
    await house.durable()
    assert (house.broker.depth("mo.hook"), house.broker.depth(PARTS_TOPIC)) == (0, 0)


@pytest_twisted.ensureDeferred
async def test_parts_survive_a_crash(house):
    house.inbound.start()
    await house.inbound.take(a_part(3, b"c"))
    await house.inbound.take(a_part(1, b"a"))
    await house.restart()
    house.inbound.start()
    await house.inbound.take(a_part(2, b"b"))
    [whole] = await delivered(house)
    assert whole.payload == b"abc"
    await house.restart()
    assert house.broker.depth() == 0


@pytest_twisted.ensureDeferred
async def test_what_never_came_is_missed_after_its_time(house, caplog):
    house.inbound.start()
    await house.inbound.take(a_part(3, b"c"))
    await house.inbound.take(a_part(1, b"a"))
    for _ in range(59):
        house.clock.advance(1)
    assert house.broker.depth("mo.hook") == 0
    house.clock.advance(2)
    [whole] = await delivered(house)
    assert (whole.payload, whole.joined, whole.incomplete) == (b"ac", True, True)
    assert "parts (2,) never came" in caplog.text
    await house.durable()
    assert house.broker.depth() == 0


@pytest_twisted.ensureDeferred
async def test_a_failure_after_joining_loses_nothing(house, monkeypatch, caplog):
    plan, failures = house.plan_incoming, [True]

    def broken(subject):
        if failures:
            failures.pop()
            raise KeyError("a bug")
        return plan(subject)

    monkeypatch.setattr(house, "plan_incoming", broken)
    house.inbound.start()
    await house.inbound.take(a_part(1, b"a", 2))
    await house.inbound.take(a_part(2, b"b", 2))
    house.now += 5
    [whole] = await delivered(house)
    assert whole.payload == b"ab"
    assert "a bug" in caplog.text
    await house.durable()
    assert (house.broker.depth(), house.broker.parked) == (0, 0)


@pytest_twisted.ensureDeferred
async def test_a_failure_that_stays_sets_the_parts_aside(house, monkeypatch):
    monkeypatch.setattr(inbound, "TRIES", 2)
    tries = []

    def broken(subject):
        tries.append(subject)
        raise KeyError("a bug")

    monkeypatch.setattr(house, "plan_incoming", broken)
    house.inbound.start()
    await house.inbound.take(a_part(1, b"a", 2))
    await house.inbound.take(a_part(2, b"b", 2))
    while house.broker.parked < 2:
        house.now += 5
        await house.swept()
    assert len(tries) == 2
    assert house.broker.depth() == 0


@pytest_twisted.ensureDeferred
async def test_a_joined_message_that_is_not_stored_comes_again(house, broken_disk, monkeypatch):
    breaking, throw = broken_disk(house.engine.journal), house.told.incoming
    failures = [True]

    def incoming(message, destinations):
        if failures:
            failures.pop()
            breaking.__enter__()
            house.engine.journal.gathering().durable().addErrback(lambda _f: breaking.__exit__(None, None, None))
        return throw(message, destinations)

    monkeypatch.setattr(house.told, "incoming", incoming)
    house.inbound.start()
    await house.inbound.take(a_part(1, b"a", 2))
    await house.inbound.take(a_part(2, b"b", 2))
    taker = Taker()
    house.broker.consume("mo.hook", taker, 5)
    while not taker.got:
        house.now += 5
        await house.swept()
    assert envelope.decode(taker.bodies[0], Incoming).payload == b"ab"
    await house.durable()
    await house.restart()
    assert house.broker.depth() == 0


@pytest_twisted.ensureDeferred
async def test_a_part_of_no_message_is_passed_on_by_itself(house):
    """Queued as a part by a version that read its header otherwise."""
    house.inbound.start()
    mine = an_incoming(b"\x05\x00\x03\x01\x00\x00text", esm_class=0x40)
    await house.broker.publish(PARTS_TOPIC, [Outgoing(envelope.encode((mine, None)))])
    assert (await delivered(house))[0] == mine


@pytest_twisted.ensureDeferred
async def test_after_a_stop_nothing_is_joined(house):
    house.inbound.start()
    house.inbound.stop()
    await house.inbound.take(a_part(1, b"a", 2))
    await house.inbound.take(a_part(2, b"b", 2))
    assert house.broker.depth(PARTS_TOPIC) == 2
    assert not house.clock.getDelayedCalls()
