"""One SMPP session without a socket: bytes and the time go in, events and bytes come out.

    session = Session("esme", window=100)
    session.opened(now)
    session.request(BindTransceiver(system_id=b"me", password=b"secret"), now)
    transport.write(session.data_to_send())
    for event in session.receive(data, now): ...

The holder of a session

- calls :meth:`receive` with what arrives and :meth:`tick` at :meth:`next_deadline`, and looks at the events of both;
- sends what :meth:`data_to_send` gives, best once per turn of its loop, after it has handled the events;
- closes the connection when ``finished`` is true and all is sent, and calls :meth:`closed` when it is gone.

What the session does by itself: numbers its requests and finds them again; answers enquire_link and unbind; asks a
silent far end for a sign of life; answers what it cannot read, does not know, or what this state does not permit
(SMPP 3.4 §2.3, §4.3). What it leaves to the holder: who may bind, what a message means, how fast to send.

A response is never answered with anything. Nothing the far end sends raises an exception here.
"""

from __future__ import annotations

from typing import Any, Final

from jasminlike.smpp import constants as c
from jasminlike.smpp import events as e
from jasminlike.smpp.codec import decode_frame, encode
from jasminlike.smpp.errors import PduError, WindowFull
from jasminlike.smpp.link import RESPONSELESS, Link
from jasminlike.smpp.pdu import GenericNack, Pdu
from jasminlike.smpp.states import BIND_MOVES, Move, Role, State
from jasminlike.smpp.timers import Timers
from jasminlike.smpp.window import Window

# After reading was paused, what lies unread in the socket gets this long to be read before requests expire.
_READING_GRACE: Final = 5.0


class Session(Link):
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
        timers = timers or Timers()
        super().__init__(role, Window(window, timers.response, remember), timers, max_pdu, interface_version)
        self._silent = 0

    # -- what can be asked

    @property
    def outstanding(self) -> int:
        """How many of our requests wait for a response."""
        return len(self.window)

    @property
    def room(self) -> int:
        """How many requests may be sent now before WindowFull; 0 when none is permitted."""
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

    def closed(self, now: float) -> list[e.InDoubt]:
        """The connection is gone: what became of these requests of ours is not known. A second call gives nothing."""
        self._now = now
        self._move(Move.LOST)
        self._out.clear()
        return [
            e.InDoubt(context, command, sequence, sent_at)
            for sequence, (context, command, sent_at, _) in self.window.drain()
        ]

    def hold_reading(self, now: float) -> None:
        """The holder stops reading: from now on neither silence nor missing responses are held against the far end."""
        self._now = now
        self._deadlines.hold()
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
        framer, counters, deadlines = self._framer, self.counters, self._deadlines
        self._now = now
        deadlines.received(now)
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
                self._response(pdu, now, events)
            elif command in self._may_receive:
                deadlines.traffic_at = now
                events.append(e.Received(pdu))
            else:
                self._other_request(pdu, now, events)
        if framer.lost is not None:
            self._die(e.STREAM, framer.lost, events)
            return events
        if frames:
            deadlines.whole_pdus()
        if framer.pending:
            deadlines.half_pdu(now)
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

        ``context`` comes back with the event that ends the request; link control (bind, unbind …) has none. Raises
        WindowFull, NotPermitted (wrong state or side), EncodeError (a field does not fit); nothing is sent then.
        """
        command = pdu.command_id
        if command not in self._may_send or command in RESPONSELESS:
            return self._control(pdu, now)
        window = self.window
        if len(window.outstanding) >= window.size:
            raise WindowFull(f"{window.size} requests wait for their responses")
        self._now = now
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

    # -- responses and what cannot be read

    def _response(self, pdu: Pdu, now: float, events: list[e.Event]) -> None:
        window, sequence, command = self.window, pdu.sequence, pdu.command_id
        waiting = window.take(sequence, command)
        if waiting is not None:
            self._silent = 0
            self._deadlines.traffic_at = now
            events.append(e.Answered(waiting[0], waiting[1], pdu, waiting[2]))
            return
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

    def _bad(self, error: PduError, now: float, events: list[e.Event]) -> None:
        """A PDU that cannot be read: answer it if it is a request, learn from it what can be if it is a response."""
        self.counters.bad += 1
        partial, answer = error.partial, None
        is_response = bool(error.command_id & c.RESPONSE)
        answerable = partial is None or partial.response_class is not None
        if not is_response and answerable and self._state is not State.CLOSED:
            answer = error.answer
            reply: Pdu = GenericNack() if partial is None else partial.response()
            reply.status, reply.sequence = answer, error.sequence
            self._out.append(encode(reply))
        events.append(e.BadPdu(error.reason, error.command_id, error.sequence, answer))
        if is_response and partial is not None:
            # Its status and sequence number are known, so the request it ends need not wait for its timeout.
            self._response(partial, now, events)
