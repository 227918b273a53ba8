"""The connections below SMPP: TLS, a far end that does not read, a stop that leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest_twisted
from twisted.internet.endpoints import connectProtocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from jasminlike.net.endpoints import ClientTls, client_endpoint
from jasminlike.simulator.settings import SimulatorSettings
from jasminlike.simulator.wire import Wire
from jasminlike.smpp.pdu import BindTransceiver
from tests.net.authority import Authority
from tests.simulator.conftest import World
from tests.simulator.esme import message


@pytest_twisted.ensureDeferred
async def test_the_port_can_speak_tls(world: World, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("127.0.0.1")
    simulator = await world.simulator(certificate_file=certificate, key_file=key, crumbs=True, clock=world.reactor)
    esme = world.esme()
    tls = ClientTls(trust_file=authority.file)
    await connectProtocol(client_endpoint(world.reactor, "127.0.0.1", simulator.port, tls=tls), esme.protocol)
    esme.protocol.request(BindTransceiver(system_id=b"esme"))
    await esme.until(lambda: esme.bound)
    esme.submit(message())
    assert (await esme.answered(1))[0].status == 0


@pytest_twisted.ensureDeferred
async def test_a_far_end_that_does_not_read_is_not_read_either(world: World) -> None:
    simulator = await world.simulator(answer_id="decimal-zeros")
    esme = world.esme(window=10_000_000)
    await esme.bind(simulator.port)
    line = simulator.sessions[0]
    esme.protocol.pause()
    sent = 0
    while line.protocol.reading:
        esme.submit(*[message(b"") for _ in range(1000)])
        sent += 1000
        before = simulator.counts.received
        await simulator.until(lambda before=before: simulator.counts.received > before or not line.protocol.reading)
    esme.protocol.resume()
    await esme.answered(sent)
    assert line.protocol.reading
    assert simulator.counts.accepted == sent


@pytest_twisted.ensureDeferred
async def test_a_stop_leaves_nothing_behind(world: World) -> None:
    simulator = await world.simulator(
        control_port=0, incoming_rate=5, answer_delay=1000, reorder_share=0.5, glue=100, half_open=True
    )
    await world.esme().connect(simulator.port)
    await simulator.until(lambda: bool(simulator.deaf))
    simulator.change(half_open=False)
    esme = await world.esme().connect(simulator.port)
    esme.protocol.request(BindTransceiver(system_id=b"esme"))
    await simulator.until(lambda: bool(simulator.sessions))
    await world.pass_time(0.2)
    await esme.until(lambda: esme.bound)
    esme.submit(*[message() for _ in range(10)])
    await simulator.until(lambda: simulator.counts.received == 10)
    await simulator.stop()
    assert world.clock.getDelayedCalls() == []
    assert (simulator.lines, simulator.deaf) == ({}, set())


class Cut(StringTransport):
    """Remembers every write apart."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)


def wire(**options: object) -> tuple[Wire, Cut, Clock]:
    transport, clock = Cut(), Clock()
    return Wire(transport, clock, SimulatorSettings.of(**options)), transport, clock


def test_a_plain_wire_writes_through() -> None:
    made, transport, clock = wire()
    made.write(b"one")
    made.write(b"two")
    assert transport.writes == [b"one", b"two"]
    assert clock.getDelayedCalls() == []
    made.loseConnection()
    assert transport.disconnecting


def test_a_glued_wire_closes_after_its_last_write() -> None:
    made, transport, clock = wire(glue=100)
    made.write(b"one")
    made.write(b"two")
    made.loseConnection()
    assert (transport.writes, transport.disconnecting) == ([], False)
    clock.advance(0.1)
    assert (transport.writes, transport.disconnecting) == ([b"onetwo"], True)


def test_crumbs_are_one_byte_each() -> None:
    made, transport, clock = wire(crumbs=True)
    made.write(b"abc")
    clock.advance(0)
    assert transport.writes == [b"a", b"b", b"c"]


def test_silence_begins_at_once_or_after_the_next_write() -> None:
    made, transport, _ = wire()
    made.mute(after_next=True)
    made.write(b"last")
    made.write(b"never")
    assert transport.writes == [b"last"]
    made, transport, _ = wire()
    made.mute(after_next=False)
    made.write(b"never")
    assert transport.writes == []


def test_garbage_goes_behind_the_next_write_or_at_once() -> None:
    made, transport, _ = wire()
    made.append(b"x", to_next=True)
    made.write(b"data")
    made.append(b"y", to_next=False)
    assert transport.writes == [b"datax", b"y"]


def test_a_change_of_options_keeps_the_order_of_what_is_held() -> None:
    made, transport, clock = wire(glue=100)
    made.write(b"one")
    made.change(SimulatorSettings())
    made.write(b"two")
    clock.advance(0.1)
    assert b"".join(transport.writes) == b"onetwo"
