"""The control port, over real TCP."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.protocols.basic import LineReceiver

from jasminlike.simulator.smsc import Simulator
from jasminlike.smpp import statuses as s
from tests.simulator.conftest import World
from tests.simulator.esme import message


class Operator(LineReceiver):
    """Asks, and reads the answers."""

    delimiter = b"\n"

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._waiting: Deferred[str] | None = None
        self.lost: Deferred[None] = Deferred()

    def lineReceived(self, line: bytes) -> None:
        self._lines.append(line.decode())
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting.callback(self._lines.pop(0))

    def connectionLost(self, *arguments: Any) -> None:
        self.lost.callback(None)

    async def line(self) -> str:
        if self._lines:
            return self._lines.pop(0)
        self._waiting = Deferred()
        return await self._waiting

    async def ask(self, command: str) -> str:
        self.sendLine(command.encode())
        return await self.line()


async def operator(world: World, simulator: Simulator) -> Operator:
    endpoint = TCP4ClientEndpoint(world.reactor, "127.0.0.1", simulator.control_port)
    return await connectProtocol(endpoint, Operator())


@pytest_twisted.ensureDeferred
async def test_there_is_no_control_port_unless_asked_for(world: World) -> None:
    simulator = await world.simulator()
    assert simulator.control_port == 0


@pytest_twisted.ensureDeferred
async def test_figures_options_reset(world: World) -> None:
    simulator = await world.simulator(control_port=0, password="secret")
    esme = await world.bound(simulator)
    esme.submit(message(), message(to=b""))
    await esme.answered(2)
    asking = await operator(world, simulator)
    stats = json.loads(await asking.ask("stats"))
    assert (stats["sessions"], stats["received"], stats["accepted"]) == (1, 2, 1)
    assert stats["refused"] == {"ESME_RINVDSTADR": 1}
    options = json.loads(await asking.ask("options\r"))
    assert (options["receipt_delay"], options["window_status"]) == ("500", "ESME_RMSGQFUL")
    assert options["password"] == "***"
    assert await asking.ask("reset") == "ok"
    assert json.loads(await asking.ask("stats"))["received"] == 0


@pytest_twisted.ensureDeferred
async def test_options_are_set(world: World) -> None:
    simulator = await world.simulator(control_port=0)
    asking = await operator(world, simulator)
    assert await asking.ask("set error-share 100%") == "ok"
    assert await asking.ask("set incoming_text  two words|three") == "ok"
    assert simulator.settings.incoming_text == "two words|three"
    esme = await world.bound(simulator)
    esme.submit(message())
    assert (await esme.answered(1))[0].status == s.ESME_RSYSERR
    assert await asking.ask("set error_share 7") == (
        "error: error_share: 7 is not a share: it goes from 0 to 1, or from 0% to 100%"
    )
    assert await asking.ask("set port 7") == "error: port: cannot be changed while the simulator runs"
    assert await asking.ask("set colour red") == "error: colour: there is no such option"
    assert await asking.ask("set") == "error: set needs an option and a value"


@pytest_twisted.ensureDeferred
async def test_messages_of_subscribers_are_sent(world: World) -> None:
    simulator = await world.simulator(control_port=0)
    esme = await world.bound(simulator)
    asking = await operator(world, simulator)
    assert await asking.ask("mo 3") == "ok"
    await world.pass_time(0)
    await esme.delivered(3)
    assert await asking.ask("mo 5 10") == "ok"
    await world.pass_time(0.25)
    await esme.delivered(5)
    await world.pass_time(0.25)
    await esme.delivered(8)
    assert await asking.ask("send esme 4917 12345 Grüße aus der Ferne") == "ok 1"
    await world.pass_time(0)
    assert (await esme.delivered(9))[-1].short_message == b"Gr\x7e\x1ee aus der Ferne"
    assert (await asking.ask("send * 4917 12345 " + "long " * 40)).startswith("ok 2")
    await world.pass_time(0)
    await esme.delivered(11)


@pytest.mark.parametrize(
    "command",
    ["mo", "mo many", "mo 0", "mo 1 -5", "mo 1 inf", "mo 1 2 3", "send esme 1 2", "send * 1 12345678901234567890123 x"],
)
@pytest_twisted.ensureDeferred
async def test_nonsense_gets_an_error_and_the_port_lives(world: World, command: str) -> None:
    simulator = await world.simulator(control_port=0)
    asking = await operator(world, simulator)
    assert (await asking.ask(command)).startswith("error: ")
    asking.sendLine(b"")
    assert await asking.ask("dance") == "error: there is no command dance; help lists them"
    assert await asking.ask("help") == "commands: drop, dump, help, mo, options, quit, reset, send, set, stats"


@pytest_twisted.ensureDeferred
async def test_connections_are_cut(world: World) -> None:
    simulator = await world.simulator(control_port=0)
    esme = await world.bound(simulator)
    asking = await operator(world, simulator)
    assert await asking.ask("drop") == "ok 1"
    await esme.until(lambda: esme.lost is not None)


@pytest_twisted.ensureDeferred
async def test_a_dump_has_every_message_and_later_commands_wait_for_its_end(world: World) -> None:
    simulator = await world.simulator(control_port=0, keep=-1)
    esme = await world.bound(simulator)
    esme.submit(*[message(b"%d" % n) for n in range(999)], message("Привет".encode("utf-16-be"), data_coding=8))
    await esme.answered(1000)
    asking = await operator(world, simulator)
    asking.sendLine(b"dump")
    asking.sendLine(b"drop")
    lines = [json.loads(await asking.line()) for _ in range(1000)]
    assert await asking.line() == "end"
    assert await asking.line() == "ok 1"
    assert [line["text"] for line in lines] == [*map(str, range(999)), "Привет"]
    assert lines[0]["message_id"] == simulator.messages[0].message_id
    assert (lines[0]["source"], lines[0]["destinations"], lines[0]["system_id"]) == ("Shop", ["336111"], "esme")


@pytest_twisted.ensureDeferred
async def test_quit_ends_the_connection(world: World) -> None:
    simulator = await world.simulator(control_port=0)
    asking = await operator(world, simulator)
    asking.sendLine(b"quit")
    await asking.lost
    await simulator.until(lambda: not simulator.controls)
