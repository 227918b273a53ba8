"""One SMPP session without a socket: bytes and the time go in, events and bytes come out.

    session = Session("esme", window=100)
    session.opened(now)
    session.request(BindTransceiver(system_id=b"me", password=b"secret"), now)
    transport.write(session.data_to_send())
    for event in session.receive(data, now): ...

The holder of a session

- calls :meth:`receive` with what arrives and :meth:`tick` at :meth:`next_deadline`, and looks at the events of both;
- sends what :meth:`data_to_send` gives, best once per turn of its loop, after it has handled the events;
- closes the connection when :attr:`finished` is true and all is sent, and calls :meth:`closed` when it is gone.

What the session does by itself: numbers its requests and finds them again; answers enquire_link and unbind; asks a
silent far end for a sign of life; answers what it cannot read, does not know, or what this state does not permit
(SMPP 3.4 §2.3, §4.3). What it leaves to the holder: who may bind, what a message means, how fast to send.

A response is never answered with anything. Nothing the far end sends raises an exception here.
"""

from __future__ import annotations

from typing import Any, Final

from jasminlike.smpp import constants as c
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses as s
from jasminlike.smpp import tlv
from jasminlike.smpp.codec import decode_frame, encode
from jasminlike.smpp.counters import Counters
from jasminlike.smpp.errors import NotPermitted, PduError, WindowFull
from jasminlike.smpp.framer import Framer
from jasminlike.smpp.pdu import EnquireLink, EnquireLinkResp, GenericNack, Pdu, Unbind, UnbindResp
from jasminlike.smpp.states import BIND_MOVES, BINDING, BOUND, Move, Role, State, after, other, permitted
from jasminlike.smpp.timers import Deadlines, Due, Timers
from jasminlike.smpp.window import Window

# After reading was paused, what lies unread in the socket gets this long to be read before requests expire.
_READING_GRACE: Final = 5.0

_RESPONSELESS: Final = frozenset({c.ALERT_NOTIFICATION, c.OUTBIND})


class Session:
    """``role`` is ours: "esme" binds, "smsc" is bound to.

    ``window``: how many of our requests may wait for a response at a time. ``max_pdu``: the longest PDU taken from the
    far end, in octets. ``remember``: how many expired requests are kept for a late response.
    """

    def __init__(
        self,
        role: Role,
        *,
        window: int = 10,
        timers: Timers | None = None,
        max_pdu: int = c.MAX_PDU,
        interface_version: int = c.VERSION_34,
        remember: int = 10_000,
    ) -> None:
        self.role: Role = role
        self.timers = timers or Timers()
        self.window = Window(window, self.timers.response, remember)
        self.counters = Counters()
        self.interface_version = interface_version
        self.bind_request: e.BindPdu | None = None
        """The bind request of this session, once one passed: its system_id, system_type, address_range …"""
        self.peer_version: int | None = None
        """The interface_version the far end named, None while or if it named none."""
        self.bound_as: State | None = None
        """BOUND_TX, BOUND_RX or BOUND_TRX once bound, also while unbinding and after."""
        self._state = State.OPEN
        self._framer = Framer(max_pdu)
        self._deadlines = Deadlines(self.timers)
        self._out: list[bytes] = []
        self._silent = 0
        self._dead = False
        self._now = 0.0
        self._may_send: frozenset[int] = frozenset()
        self._may_receive: frozenset[int] = frozenset()

    # -- what can be asked

    @property
    def state(self) -> State:
        return self._state

    @property
    def bound(self) -> bool:
        """Whether messages may be exchanged now, in one direction or both."""
        return self._state in BOUND

    @property
    def finished(self) -> bool:
        """Whether the connection should be closed once all is sent."""
        return self._state is State.CLOSED

    @property
    def outstanding(self) -> int:
        """How many of our requests wait for a response."""
        return len(self.window)

    @property
    def room(self) -> int:
        """How many requests may be sent now before WindowFull."""
        return self.window.room if self._may_send else 0

    def may_send(self, command_id: int) -> bool:
        """Whether this kind of message may be sent in the present state, room in the window aside."""
        return command_id in self._may_send

    @property
    def has_data(self) -> bool:
        """Whether :meth:`data_to_send` would give anything."""
        return bool(self._out)

    def data_to_send(self) -> bytes:
        """Everything gathered since the last call, joined; b"" when nothing is."""
        out = self._out
        if not out:
            return b""
        self.counters.sent += len(out)
        self.counters.last_sent_at = self._now
        data = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        return data

    def next_deadline(self) -> float | None:
        """When to call :meth:`tick` next; None: only when something else happened."""
        if self._state is State.CLOSED:
            return None
        first, second = self.window.first_deadline(), self._deadlines.next()
        if first is None:
            return second
        return first if second is None else min(first, second)

    # -- the connection

    def opened(self, now: float) -> None:
        """The connection is there: session_init runs."""
        self._now = now
        self._deadlines.started(now)

    def closed(self, now: float) -> list[e.InDoubt]:
        """The connection is gone: what became of these requests of ours is not known. A second call gives nothing."""
        self._now = now
        self._move(Move.LOST)
        self._deadlines.stop()
        self._out.clear()
        return [
            e.InDoubt(context, command, sequence, sent_at)
            for sequence, (context, command, sent_at, _) in self.window.drain()
        ]

    def hold_reading(self, now: float) -> None:
        """The holder stops reading: from now on neither silence nor missing responses are held against the far end."""
        self._now = now
        self._deadlines.hold(now)
        self.window.spare_until(None)

    def resume_reading(self, now: float) -> None:
        """The holder reads again."""
        self._now = now
        self._deadlines.release(now)
        self.window.spare_until(now + _READING_GRACE)

    # -- in

    def receive(self, data: bytes, now: float) -> list[e.Event]:
        """Take bytes from the far end; what they mean, in order. Never raises for anything the far end did."""
        events: list[e.Event] = []
        if self._dead:
            return events
        self._now = now
        self._deadlines.received(now)
        framer, take, counters = self._framer, self.window.take, self.counters
        frames = framer.feed(data)
        counters.received += len(frames)
        counters.last_received_at = now
        for frame in frames:
            try:
                pdu = decode_frame(frame)
            except PduError as error:
                self._bad(error, now, events)
                continue
            command = pdu.command_id
            if command & c.RESPONSE:
                waiting = take(pdu.sequence, command)
                if waiting is None:
                    self._other_response(pdu, now, events)
                    continue
                self._silent = 0
                events.append(e.Answered(waiting[0], waiting[1], pdu, waiting[2]))
            elif command in self._may_receive:
                events.append(e.Received(pdu))
            else:
                self._other_request(pdu, now, events)
                continue
            self._deadlines.traffic_at = now
        if framer.lost is not None:
            self._die(e.STREAM, framer.lost, events)
        elif framer.pending or frames:
            self._deadlines.half_pdu(now if framer.pending else None)
        return events

    def tick(self, now: float) -> list[e.Event]:
        """Act on what is due at ``now``."""
        events: list[e.Event] = []
        if self._state is State.CLOSED:
            return events
        self._now = now
        for sequence, (context, command, sent_at, _) in self.window.expire(now):
            self._silent += 1
            events.append(e.TimedOut(context, command, sequence, sent_at))
        limit = self.timers.silent_responses
        if limit and self._silent >= limit:
            self._die(e.TIMEOUTS, f"{self._silent} requests in a row were not answered", events)
        while (due := self._deadlines.due(now)) is not None:
            self._act(due, now, events)
        return events

    # -- out

    def request(self, pdu: Pdu, now: float, context: Any = None) -> int:
        """Send a request of ours; its sequence number, which is also written into the PDU.

        Raises WindowFull, NotPermitted (wrong state or side), EncodeError (a field does not fit); nothing is sent then.
        """
        command = pdu.command_id
        self._now = now
        if command not in self._may_send or command in _RESPONSELESS:
            return self._control(pdu, now)
        window = self.window
        if len(window.outstanding) >= window.size:
            raise WindowFull(f"{window.size} requests wait for their responses")
        pdu.sequence = sequence = window.next_sequence()
        self._out.append(encode(pdu))
        window.add(sequence, command, context, now)
        self._deadlines.traffic_at = now
        return sequence

    def respond(self, request: Pdu, response: Pdu) -> bool:
        """Send the response to a request of the far end; its sequence number is written into the response.

        False when the session is over and nobody would get it. A bind_resp moves the session: with status 0 it is
        bound, and sc_interface_version is added where the far end is of 3.4 or later (§4.1.2). Raises ValueError when
        the response is not that request's, NotPermitted when it answers a bind that does not wait, EncodeError.
        """
        command = response.command_id
        if command != request.command_id | c.RESPONSE and command != c.GENERIC_NACK:
            raise ValueError(f"{response.name} does not answer {request.name}")
        if self._state is State.CLOSED:
            return False
        response.sequence = request.sequence
        if request.command_id in BIND_MOVES:
            self._answer_bind(request, response)
        else:
            self._out.append(encode(response))
        return True

    def refuse(self, request: Pdu, status: int) -> bool:
        """Answer a request with a command_status and nothing else; as :meth:`respond`."""
        return self.respond(request, request.response(status))

    def enquire_link(self, now: float) -> None:
        """Ask the far end for a sign of life now; after enquire_link_response of silence the link is held dead."""
        self._control(EnquireLink(), now)

    def unbind(self, now: float) -> None:
        """Ask to end the session. Responses still arrive until the far end agrees; new requests are not permitted."""
        self._control(Unbind(), now)

    # -- moves

    def _move(self, move: Move) -> None:
        to = after(self._state, move)
        if to is None:
            raise NotPermitted(f"{move.value} is not permitted while {self._state.value}")
        self._state = to
        if to in BOUND:
            self.bound_as = to
            self._deadlines.bound(self._now)
        elif to is State.CLOSED:
            self._deadlines.stop()
        self._may_send = permitted(self.role, to)
        # Requests that were on their way when an unbind went out are still taken, as what we were bound as.
        meant = self.bound_as if to is State.UNBINDING and self.bound_as is not None else to
        self._may_receive = permitted(other(self.role), meant)

    def _die(self, cause: str, reason: str, events: list[e.Event]) -> None:
        self._dead = True
        if self._state is not State.CLOSED:
            self._move(Move.LOST)
            events.append(e.LinkDead(cause, reason))

    def _control(self, pdu: Pdu, now: float) -> int:
        """Send what is not subject to the window: binds, outbind, unbind, enquire_link, alert_notification."""
        command, role = pdu.command_id, self.role
        move = BIND_MOVES.get(command)
        permitted_here = (
            (move is not None and role == "esme" and after(self._state, move) is not None)
            or (command == c.OUTBIND and role == "smsc" and self._state is State.OPEN)
            or (command == c.UNBIND and self._state not in (State.UNBINDING, State.CLOSED))
            or (command == c.ENQUIRE_LINK and self._state is not State.CLOSED)
            or command in self._may_send
        )
        if not permitted_here:
            raise NotPermitted(f"{pdu.name} is not permitted to an {role} while {self._state.value}")
        self._now = now
        pdu.sequence = sequence = self.window.next_sequence()
        self._out.append(encode(pdu))
        if command not in _RESPONSELESS:
            self.window.control[sequence] = command
        if move is not None:
            self.bind_request = pdu  # type: ignore[assignment]
            self._deadlines.started(now)
            self._move(move)
        elif command == c.OUTBIND:
            self._move(Move.OUTBIND)
        elif command == c.UNBIND:
            self._move(Move.UNBIND)
            self._deadlines.unbinding(now)
        elif command == c.ENQUIRE_LINK:
            self._deadlines.enquired(now)
            self.counters.enquire_links_sent += 1
            self.counters.last_enquire_link_sent_at = now
        return sequence

    def _answer_bind(self, request: Pdu, response: Pdu) -> None:
        if self._state not in BINDING or self.role != "smsc" or request is not self.bind_request:
            raise NotPermitted(f"{response.name} answers a bind that does not wait for it")
        accepted = response.status == s.ESME_ROK and response.command_id != c.GENERIC_NACK
        if accepted and (self.peer_version or 0) >= c.VERSION_34 and response.tlv(tlv.SC_INTERFACE_VERSION) is None:
            response.add_tlv(tlv.SC_INTERFACE_VERSION, self.interface_version)
        self._out.append(encode(response))
        self._move(Move.ACCEPTED if accepted else Move.REFUSED)

    # -- the unusual

    def _bad(self, error: PduError, now: float, events: list[e.Event]) -> None:
        """A PDU that cannot be read: answer it if it is a request, learn from it what can be if it is a response."""
        self.counters.bad += 1
        partial, answer = error.partial, None
        if error.command_id & c.RESPONSE:
            events.append(e.BadPdu(error.reason, error.command_id, error.sequence, None))
            if partial is None:
                return
            # Its status and sequence number are known, so the request it ends need not wait for its timeout.
            waiting = self.window.take(error.sequence, error.command_id)
            if waiting is None:
                self._other_response(partial, now, events)
            else:
                self._silent = 0
                events.append(e.Answered(waiting[0], waiting[1], partial, waiting[2]))
            return
        if self._state is not State.CLOSED and (partial is None or partial.response_class is not None):
            answer = error.answer
            reply: Pdu = GenericNack() if partial is None else partial.response()
            reply.status, reply.sequence = answer, error.sequence
            self._out.append(encode(reply))
        events.append(e.BadPdu(error.reason, error.command_id, error.sequence, answer))

    def _other_response(self, pdu: Pdu, now: float, events: list[e.Event]) -> None:
        """A response to link control, to a request that expired, or to nothing."""
        window, sequence, command = self.window, pdu.sequence, pdu.command_id
        control = window.take_control(sequence, command)
        if control is not None:
            self._control_answered(control, pdu, events)
            return
        waiting = window.take_late(sequence, command)
        if waiting is not None:
            self._silent = 0
            self._deadlines.traffic_at = now
            events.append(e.AnsweredLate(waiting[0], waiting[1], pdu, waiting[2]))
            return
        known = sequence in window.outstanding or sequence in window.tombstones or sequence in window.control
        events.append(e.Unsolicited(pdu, duplicate=window.was_ours(sequence) and not known))

    def _control_answered(self, control: int, pdu: Pdu, events: list[e.Event]) -> None:
        if control in BIND_MOVES and self._state in BINDING:
            if pdu.status == s.ESME_ROK and pdu.command_id != c.GENERIC_NACK:
                version = pdu.tlv(tlv.SC_INTERFACE_VERSION)
                self.peer_version = version[-1] if version else None
                self._move(Move.ACCEPTED)
                events.append(e.Bound(pdu, self._state))
            else:
                self._deadlines.started(self._now)
                self._move(Move.REFUSED)
                events.append(e.BindRefused(pdu))
        elif control == c.UNBIND and self._state is State.UNBINDING:
            self._move(Move.UNBOUND)
            events.append(e.Unbound(by_peer=False))

    def _other_request(self, pdu: Pdu, now: float, events: list[e.Event]) -> None:
        """Link control from the far end, or a request this state or side does not permit."""
        command = pdu.command_id
        if self._state is State.CLOSED:
            events.append(e.Refused(pdu, s.ESME_RINVBNDSTS))
        elif command == c.ENQUIRE_LINK:
            self.counters.enquire_links_received += 1
            self.counters.last_enquire_link_received_at = now
            self._out.append(encode(EnquireLinkResp(sequence=pdu.sequence)))
        elif command == c.UNBIND:
            self._out.append(encode(UnbindResp(sequence=pdu.sequence)))
            self._move(Move.UNBIND)
            self._move(Move.UNBOUND)
            events.append(e.Unbound(by_peer=True))
        elif command in BIND_MOVES and self.role == "smsc" and after(self._state, BIND_MOVES[command]) is not None:
            self.bind_request = pdu  # type: ignore[assignment]
            self.peer_version = self.bind_request.interface_version  # type: ignore[union-attr]
            self._move(BIND_MOVES[command])
            events.append(e.BindRequested(self.bind_request))  # type: ignore[arg-type]
        elif command == c.OUTBIND and self.role == "esme" and self._state is State.OPEN:
            self._move(Move.OUTBIND)
            events.append(e.OutbindReceived(pdu))  # type: ignore[arg-type]
        else:
            self._refuse_request(pdu, events)

    def _refuse_request(self, pdu: Pdu, events: list[e.Event]) -> None:
        rebinding = pdu.command_id in BIND_MOVES and (self._state in BOUND or self._state in BINDING)
        status = s.ESME_RALYBND if rebinding else s.ESME_RINVBNDSTS
        if pdu.response_class is not None:
            self._out.append(encode(pdu.response(status)))
        events.append(e.Refused(pdu, status))

    def _act(self, due: Due, now: float, events: list[e.Event]) -> None:
        timers = self.timers
        if due is Due.ENQUIRE:
            self.enquire_link(now)
        elif due is Due.SILENT:
            waited = timers.enquire_link_response
            self._die(e.SILENCE, f"an enquire_link was followed by {waited:g} s of silence", events)
        elif due is Due.NOT_BOUND:
            self._die(e.NOT_BOUND, f"not bound within {timers.session_init:g} s", events)
        elif due is Due.INACTIVE:
            events.append(e.Inactive(timers.inactivity))
            self.unbind(now)
        elif due is Due.NOT_UNBOUND:
            self._die(e.NOT_UNBOUND, f"the unbind was not answered within {timers.unbind:g} s", events)
        else:
            held = self._framer.pending
            self._die(e.HALF_PDU, f"a PDU stopped after {held} octets for {timers.partial_pdu:g} s", events)
