"""The socket of a session: order, pauses, time-outs, what is not printed."""

from __future__ import annotations

import pytest
from twisted.internet.testing import StringTransport

from jcli.shell import Shell
from jcli.terminal import Terminal
from tests.fakes.console import Room


class Desk:
    """A terminal on a transport of strings; `typed` sends and gives what came back with plain ends of lines."""

    def __init__(self, room: Room, login: bool = False, idle: float = 100.0) -> None:
        self.room = room
        self.gone: list[Terminal] = []
        self.transport = StringTransport()
        shell = Shell(room.house if login else room.open, "127.0.0.1")
        self.terminal = Terminal(shell, room.clock, idle, self.gone.append, login_timeout=10.0)
        self.terminal.makeConnection(self.transport)
        self.read()

    def read(self) -> str:
        text = self.transport.value().decode("utf-8", "ignore").replace("\r\r\r\n", "\n")
        self.transport.clear()
        return text

    def typed(self, data: bytes) -> str:
        self.terminal.dataReceived(data)
        while any(call.time <= self.room.clock.seconds() for call in self.room.clock.getDelayedCalls()):
            self.room.clock.advance(0)
        return self.read()


@pytest.fixture
def desk(room: Room) -> Desk:
    return Desk(room)


def test_output_never_overtakes_input(desk: Desk) -> None:
    desk.room.store.hold()
    assert desk.typed(b"group -a\rgid g\rok\rgroup -l\r").endswith("> ok\n"), "what follows waits for the store"
    desk.room.store.release()
    assert desk.typed(b"") == (
        "Successfully added Group [g]\njcli : group -l\n#Group id        \n#g               \nTotal Groups: 1\njcli : "
    )


def test_reading_stops_while_much_waits(desk: Desk) -> None:
    desk.room.store.hold()
    desk.typed(b"group -a\rgid g\rok\r")
    desk.typed(b"\r" * 70_000)
    assert desk.transport.producerState == "paused"
    desk.room.store.release()
    desk.typed(b"")
    assert desk.transport.producerState == "producing"


def test_who_does_not_log_in_is_sent_away(room: Room) -> None:
    desk = Desk(room, login=True)
    desk.typed(b"jcliadmin\r")
    room.clock.advance(9)
    assert not desk.transport.disconnecting
    room.clock.advance(2)
    assert desk.transport.disconnecting
    assert "idle" in desk.read()


def test_who_types_nothing_is_sent_away(desk: Desk) -> None:
    room = desk.room
    desk.typed(b"g")
    room.clock.advance(99)
    desk.typed(b"r")
    room.clock.advance(99)
    assert not desk.transport.disconnecting
    room.clock.advance(2)
    assert desk.transport.disconnecting


def test_an_idle_time_of_zero_is_for_ever(room: Room) -> None:
    desk = Desk(room, idle=0)
    room.clock.advance(10_000_000)
    assert not desk.transport.disconnecting
    assert room.clock.getDelayedCalls() == []


def test_a_lost_connection_leaves_no_timer(desk: Desk) -> None:
    from twisted.internet.error import ConnectionDone
    from twisted.python.failure import Failure

    desk.terminal.connectionLost(Failure(ConnectionDone()))
    assert desk.room.clock.getDelayedCalls() == []
    assert desk.gone == [desk.terminal]


def test_stored_texts_do_not_command_the_terminal(desk: Desk) -> None:
    desk.room.setup("filter -a\nfid f\ntype TagFilter\ntag \x1b]0;title\x07\nok")
    shown = desk.typed(b"filter -s f\r")
    assert "has tag = \ufffd]0;title\ufffd" in shown and "\x07" not in shown


def test_an_interrupt_leaves_a_dialogue(desk: Desk) -> None:
    assert desk.typed(b"group -a\rgid x").endswith("> gid x")
    assert desk.typed(b"\xff\xf4") == "\njcli : "
    assert desk.typed(b"group -l\r").endswith("Total Groups: 0\njcli : ")


def test_the_password_is_not_echoed(room: Room) -> None:
    desk = Desk(room, login=True)
    desk.typed(b"jcliadmin\r")
    assert desk.typed(b"jclip\x08\x08pwd") == ""
    assert desk.typed(b"\x15jclipwd\r").startswith("\nWelcome to")
    assert "jclipwd" not in desk.typed(b"\x1b[A" * 3), "nor does the history know it"


def test_octets_that_are_no_text_are_refused(desk: Desk) -> None:
    assert "not valid UTF-8" in desk.typed(b"group -r \xc3\x28\r")
    assert "Unknown Group: \u0433\u0440" in desk.typed("group -r \u0433\u0440\r".encode())


def test_who_has_just_logged_in_may_be_as_silent_as_anybody(room: Room) -> None:
    desk = Desk(room, login=True)
    desk.typed(b"jcliadmin\rjclipwd\r")
    room.clock.advance(50)
    assert "idle" not in desk.read()
    room.clock.advance(51)
    assert "idle" in desk.read()
