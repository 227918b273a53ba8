"""The glove: what it writes, when, how it keeps time, and how connections end."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure

from jasminlike.net.protocol import SmppProtocol
from jasminlike.smpp import events as e
from jasminlike.smpp.codec import decode, encode
from jasminlike.smpp.errors import NotPermitted, WindowFull
from jasminlike.smpp.framer import Framer
from jasminlike.smpp.pdu import (
    BindTransceiver,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    Pdu,
    SubmitSm,
    SubmitSmResp,
    Unbind,
    UnbindResp,
)
from jasminlike.smpp.session import Session
from jasminlike.smpp.timers import Timers


class Wire(StringTransport):
    """A transport that keeps each write apart and tells the protocol when it was cut."""

    nodelay = False

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.protocol: Any = None

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.nodelay = bool(enabled)

    def getPeer(self) -> Any:
        class Peer:
            host = "192.0.2.7"

        return Peer()

    def said(self) -> list[Pdu]:
        """Everything written since the last call."""
        frames = Framer().feed(b"".join(self.writes))
        self.writes.clear()
        return [decode(frame) for frame in frames]


class Listener:
    """Keeps what it was told; ``react`` is called with each event."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.react: Any = lambda protocol, event: None

    def on_connected(self, protocol: SmppProtocol) -> None:
        self.told.append("connected")

    def on_events(self, protocol: SmppProtocol, events: list[e.Event]) -> None:
        for event in events:
            self.told.append(event)
            self.react(protocol, event)

    def on_writable(self, protocol: SmppProtocol) -> None:
        self.told.append("writable")

    def on_lost(self, protocol: SmppProtocol, reason: str, in_doubt: list[e.InDoubt]) -> None:
        self.told.append(("lost", reason, in_doubt))

    def kinds(self) -> list[Any]:
        return [type(item) if not isinstance(item, (str, tuple)) else item for item in self.told]


class Line:
    """A protocol on a wire with a clock, bound unless told otherwise."""

    def __init__(self, *, bound: bool = True, **options: Any) -> None:
        self.clock, self.wire, self.listener = Clock(), Wire(), Listener()
        options.setdefault("timers", Timers(enquire_link=30, enquire_link_response=10, response=60))
        self.session = Session("esme", **options)
        self.protocol = SmppProtocol(self.session, self.clock, self.listener)
        self.wire.protocol = self.protocol
        self.protocol.makeConnection(self.wire)
        if bound:
            sequence = self.protocol.request(BindTransceiver())
            self.clock.advance(0)
            self.hear(BindTransceiver(sequence=sequence).response())
            self.wire.writes.clear()
            self.listener.told.clear()

    def hear(self, *pdus: Pdu) -> None:
        self.protocol.dataReceived(b"".join(map(encode, pdus)))

    def lose(self, reason: Exception | None = None) -> None:
        self.protocol.connectionLost(Failure(reason or ConnectionDone()))


@pytest.fixture
def logged() -> Any:
    """The failures logged during the test."""
    failures: list[Any] = []

    def keep(event: Any) -> None:
        if "log_failure" in event:
            failures.append(event["log_failure"])

    globalLogPublisher.addObserver(keep)
    yield failures
    globalLogPublisher.removeObserver(keep)


def test_a_new_connection_has_no_delay_and_a_producer():
    line = Line(bound=False)
    assert line.wire.nodelay
    assert line.wire.producer is line.protocol
    assert line.wire.streaming
    assert line.listener.told == ["connected"]
    assert line.protocol.peer == "192.0.2.7"


def test_what_the_listener_sends_on_connecting_leaves_in_that_turn():
    line = Line(bound=False)
    fresh = Wire()
    protocol = SmppProtocol(Session("esme"), line.clock, line.listener)
    line.listener.on_connected = lambda protocol: protocol.request(BindTransceiver())  # type: ignore[method-assign]
    protocol.makeConnection(fresh)
    assert len(fresh.writes) == 1


def test_everything_of_one_turn_leaves_in_one_write():
    line = Line(window=100)
    for _ in range(50):
        line.protocol.request(SubmitSm())
    assert line.wire.writes == []
    line.clock.advance(0)
    assert len(line.wire.writes) == 1
    assert len(line.wire.said()) == 50
    line.clock.advance(0)
    assert line.wire.writes == []


def test_answers_made_while_events_are_told_leave_in_one_write_at_once():
    line = Line()
    line.listener.react = lambda protocol, event: protocol.respond(event.pdu, event.pdu.response())
    line.hear(*(DeliverSm(sequence=number) for number in (1, 2, 3)), EnquireLink(sequence=4))
    assert len(line.wire.writes) == 1
    # enquire_link is answered by the session itself, before the listener hears of the rest
    assert line.wire.said() == [EnquireLinkResp(sequence=4), *(DeliverSmResp(sequence=number) for number in (1, 2, 3))]


def test_answers_made_later_gather_too():
    line = Line()
    line.hear(DeliverSm(sequence=1), DeliverSm(sequence=2))
    first, second = (event.pdu for event in line.listener.told)
    assert line.protocol.respond(first, first.response())
    assert line.protocol.refuse(second, 0x64)
    line.clock.advance(0)
    assert len(line.wire.writes) == 1
    assert line.wire.said() == [DeliverSmResp(sequence=1), DeliverSmResp(sequence=2, status=0x64)]


def test_what_the_session_refuses_is_raised_to_the_caller():
    line = Line(window=1)
    with pytest.raises(NotPermitted):
        line.protocol.request(DeliverSm())
    line.protocol.request(SubmitSm())
    with pytest.raises(WindowFull):
        line.protocol.request(SubmitSm())


def test_an_answer_brings_the_context_back():
    line = Line()
    sequence = line.protocol.request(SubmitSm(), "context")
    line.hear(SubmitSmResp(sequence=sequence))
    assert line.listener.told[0].context == "context"


def test_no_empty_list_of_events_is_told():
    line = Line()
    line.hear(EnquireLink(sequence=1))
    assert line.listener.told == []


# -- time


def test_one_delayed_call_however_much_waits():
    line = Line(window=100)
    for _ in range(100):
        line.protocol.request(SubmitSm())
    line.clock.advance(0)
    assert len(line.clock.getDelayedCalls()) == 1


def test_timers_of_the_session_are_kept():
    line = Line()
    line.clock.advance(30)
    assert isinstance(line.wire.said()[0], EnquireLink)
    line.clock.advance(9)
    assert not line.wire.disconnected
    line.clock.advance(1)
    assert line.listener.kinds() == [e.LinkDead]
    # A far end that went silent gets no farewell.
    assert line.wire.disconnected


def test_traffic_puts_the_enquire_link_off():
    line = Line()
    for _ in range(10):
        line.clock.advance(20)
        line.hear(EnquireLink(sequence=1))
    line.wire.writes.clear()
    line.clock.advance(29)
    assert line.wire.writes == []
    line.clock.advance(1)
    assert isinstance(line.wire.said()[0], EnquireLink)


def test_a_nearer_deadline_pulls_the_delayed_call_nearer():
    line = Line(timers=Timers(enquire_link=1000, response=5))
    line.protocol.request(SubmitSm(), "slow")
    line.clock.advance(0)
    line.clock.advance(5)
    assert line.listener.kinds() == [e.TimedOut]


def test_a_session_that_never_binds_is_closed():
    line = Line(bound=False, timers=Timers(session_init=3))
    line.clock.advance(3)
    assert line.listener.kinds() == ["connected", e.LinkDead]
    assert line.wire.disconnecting


# -- the end


def test_when_the_far_end_closes_what_waited_is_in_doubt_and_nothing_is_left_to_call():
    line = Line()
    line.protocol.request(SubmitSm(), "a")
    line.lose()
    ((_, reason, in_doubt),) = line.listener.told
    assert reason == "the far end closed the connection"
    assert [doubt.context for doubt in in_doubt] == ["a"]
    assert line.clock.getDelayedCalls() == []


def test_a_lost_connection_says_why():
    line = Line()
    line.lose(ConnectionLost("reset by peer"))
    assert "reset by peer" in line.listener.told[0][1]


def test_close_sends_what_is_gathered_and_lets_go_of_the_producer():
    line = Line()
    line.protocol.request(SubmitSm())
    line.protocol.close("stopped by the operator")
    assert len(line.wire.said()) == 1
    assert line.wire.disconnecting
    assert line.wire.producer is None
    line.lose()
    assert line.listener.told[0][1] == "stopped by the operator"
    assert line.clock.getDelayedCalls() == []


def test_a_far_end_that_does_not_take_the_farewell_is_cut():
    line = Line()
    line.protocol.close("stopped")
    line.protocol.close("again")
    line.clock.advance(4.9)
    assert not line.wire.disconnected
    line.clock.advance(0.1)
    assert line.wire.disconnected


def test_abort_cuts_at_once():
    line = Line()
    line.protocol.abort("stopped")
    assert line.wire.disconnected
    line.lose(ConnectionLost())
    assert line.listener.told[0][1] == "stopped"
    line.protocol.abort("again")
    line.protocol.close("again")


def test_unbind_ends_in_good_order():
    line = Line()
    line.protocol.unbind()
    line.clock.advance(0)
    (unbind,) = line.wire.said()
    assert isinstance(unbind, Unbind)
    line.hear(unbind.response())
    assert line.listener.told == [e.Unbound(by_peer=False)]
    assert line.wire.disconnecting
    line.lose()
    assert line.listener.told[1][1] == "unbound"


def test_the_far_ends_unbind_is_answered_before_closing():
    line = Line()
    line.hear(Unbind(sequence=5))
    assert line.wire.said() == [UnbindResp(sequence=5)]
    assert line.wire.disconnecting
    line.lose()
    assert line.listener.told == [e.Unbound(by_peer=True), ("lost", "unbound by the far end", [])]


def test_a_stream_that_is_not_smpp_is_closed_with_its_reason():
    line = Line()
    line.protocol.dataReceived(b"GET / HTTP/1.1\r\n\r\n")
    line.lose()
    assert line.listener.kinds()[0] is e.LinkDead
    assert line.listener.told[1][1] == "the far end speaks HTTP, not SMPP"


def test_after_the_loss_answers_are_too_late_and_nothing_is_written():
    line = Line()
    line.hear(DeliverSm(sequence=1))
    pdu = line.listener.told[0].pdu
    line.lose()
    assert line.protocol.respond(pdu, pdu.response()) is False
    line.protocol.pause()
    line.protocol.resume()
    line.clock.advance(100)
    assert line.wire.writes == []
    assert line.clock.getDelayedCalls() == []


@pytest.mark.parametrize("where", ["on_connected", "on_events", "on_writable"])
def test_a_listener_that_fails_costs_the_connection_and_is_logged(logged: list[Any], where: str) -> None:
    line = Line()
    if where == "on_connected":
        listener, wire = Listener(), Wire()
        listener.on_connected = broken  # type: ignore[method-assign]
        SmppProtocol(Session("esme"), line.clock, listener).makeConnection(wire)
    else:
        wire = line.wire
        setattr(line.listener, where, broken)
        if where == "on_events":
            line.hear(DeliverSm(sequence=1))
        else:
            line.protocol.pauseProducing()
            line.protocol.resumeProducing()
    assert wire.disconnected
    assert [failure.type for failure in logged] == [ZeroDivisionError]


def broken(*_: Any) -> None:
    raise ZeroDivisionError


def test_a_listener_that_fails_at_the_end_is_logged(logged: list[Any]) -> None:
    line = Line()
    line.listener.on_lost = broken  # type: ignore[method-assign]
    line.lose()
    assert len(logged) == 1


# -- back-pressure


def test_pausing_stops_reading_and_the_silence_that_follows_is_not_the_far_ends():
    line = Line()
    line.protocol.request(SubmitSm(), "a")
    line.protocol.pause()
    line.protocol.pause()
    assert not line.protocol.reading
    assert line.wire.producerState == "paused"
    line.clock.advance(1)
    line.clock.advance(500)
    assert line.listener.told == []
    assert not line.wire.disconnected
    line.protocol.resume()
    line.protocol.resume()
    assert line.protocol.reading
    assert line.wire.producerState == "producing"
    line.clock.advance(5)
    assert line.listener.kinds() == [e.TimedOut]


def test_a_far_end_that_does_not_read_is_seen():
    line = Line()
    line.protocol.pauseProducing()
    assert not line.protocol.writable
    line.protocol.resumeProducing()
    assert line.protocol.writable
    assert line.listener.told == ["writable"]


def test_what_a_listener_sends_when_writable_again_leaves_at_once():
    line = Line()
    line.listener.on_writable = lambda protocol: protocol.request(SubmitSm())  # type: ignore[method-assign]
    line.protocol.pauseProducing()
    line.protocol.resumeProducing()
    assert len(line.wire.writes) == 1


def test_a_transport_that_goes_away_takes_nothing_more():
    line = Line()
    line.protocol.stopProducing()
    assert not line.protocol.writable


def test_a_transport_without_nagle_needs_no_switch_for_it():
    line = Line()
    plain = StringTransport()
    SmppProtocol(Session("esme"), line.clock, line.listener).makeConnection(plain)
    assert plain.producer is not None


def test_a_transport_that_goes_on_while_closing_wakes_nobody():
    line = Line()
    line.protocol.pauseProducing()
    line.protocol.close("stopped")
    line.protocol.resumeProducing()
    assert line.listener.told == []


def test_a_connection_that_is_cut_within_a_turn_is_told_once():
    line = Line()
    line.listener.react = lambda protocol, event: line.lose()
    line.hear(DeliverSm(sequence=1))
    assert [item[0] for item in line.listener.told if isinstance(item, tuple)] == ["lost"]
    assert line.wire.writes == []
