"""The life of a session: connecting, binding, staying alive, unbinding. Messages are ``session``'s business.

Link control is what the far end and we say about the session itself: bind, outbind, unbind, enquire_link and their
responses. It never waits for room in the window, and what it changes is changed through the one table in ``states``.
"""

from __future__ import annotations

from typing import Any, Final

from jasminlike.smpp import constants as c
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses as s
from jasminlike.smpp import tlv
from jasminlike.smpp.codec import encode
from jasminlike.smpp.counters import Counters
from jasminlike.smpp.errors import NotPermitted
from jasminlike.smpp.framer import Framer
from jasminlike.smpp.pdu import EnquireLink, EnquireLinkResp, Pdu, Unbind, UnbindResp
from jasminlike.smpp.states import BIND_MOVES, BINDING, BOUND, Move, Role, State, after, other, permitted
from jasminlike.smpp.timers import Deadlines, Due, Timers
from jasminlike.smpp.window import Window

RESPONSELESS: Final = frozenset({c.ALERT_NOTIFICATION, c.OUTBIND})
"""Requests to which SMPP has no response."""


class Link:
    """State, timers and link control of one side of a session. Made and used through ``Session``."""

    def __init__(self, role: Role, window: Window, timers: Timers, max_pdu: int, interface_version: int) -> None:
        self.role: Role = role
        self.window = window
        self.timers = timers
        self.counters = Counters()
        self.interface_version = interface_version
        self.bind_request: e.BindPdu | None = None
        """The bind request of this session, once one passed: its system_id, system_type, address_range …"""
        self.peer_version: int | None = None
        """The interface_version the far end named, None while or if it named none."""
        self.bound_as: State | None = None
        """BOUND_TX, BOUND_RX or BOUND_TRX once bound, also while unbinding and after."""
        self.end: e.LinkDead | e.Unbound | None = None
        """How the session ended, once it did in either way."""
        self._state = State.OPEN
        self._framer = Framer(max_pdu)
        self._deadlines = Deadlines(timers)
        self._out: list[bytes] = []
        self._now = 0.0
        self._enquired = 0
        self._may_send: frozenset[int] = frozenset()
        self._may_receive: frozenset[int] = frozenset()

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

    def opened(self, now: float) -> None:
        """The connection is there: session_init runs."""
        self._now = now
        self._deadlines.started(now)

    def enquire_link(self, now: float) -> None:
        """Ask the far end for a sign of life now; after enquire_link_response of silence the link is held dead."""
        self._control(EnquireLink(), now)

    def unbind(self, now: float) -> None:
        """Ask to end the session. Responses still arrive until the far end agrees; new requests are not permitted."""
        self._control(Unbind(), now)

    # -- the state

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

    def _finish(self, end: e.LinkDead | e.Unbound, events: list[e.Event]) -> None:
        self.end = end
        events.append(end)

    def _die(self, cause: str, reason: str, events: list[e.Event]) -> None:
        if self._state is not State.CLOSED:
            self._move(Move.LOST)
            self._finish(e.LinkDead(cause, reason), events)

    # -- our link control

    def _may_control(self, command: int) -> bool:
        move = BIND_MOVES.get(command)
        if move is not None:
            return self.role == "esme" and after(self._state, move) is not None
        if command == c.OUTBIND:
            return self.role == "smsc" and self._state is State.OPEN
        if command == c.UNBIND:
            return self._state not in (State.UNBINDING, State.CLOSED)
        if command == c.ENQUIRE_LINK:
            return self._state is not State.CLOSED
        return command in self._may_send

    def _control(self, pdu: Pdu, now: float) -> int:
        """Send what is not subject to the window: binds, outbind, unbind, enquire_link, alert_notification."""
        command = pdu.command_id
        if not self._may_control(command):
            raise NotPermitted(f"{pdu.name} is not permitted to an {self.role} while {self._state.value}")
        self._now = now
        pdu.sequence = sequence = self.window.next_sequence()
        self._out.append(encode(pdu))
        if command not in RESPONSELESS:
            self.window.control[sequence] = command
        if isinstance(pdu, e.BindPdu):
            self.bind_request = pdu
            self._deadlines.started(now)
            self._move(BIND_MOVES[command])
        elif command == c.OUTBIND:
            self._move(Move.OUTBIND)
        elif command == c.UNBIND:
            self._move(Move.UNBIND)
            self._deadlines.unbinding(now)
        elif command == c.ENQUIRE_LINK:
            # Only the last one is waited for: a far end that lives but never answers them must not fill the memory.
            self.window.control.pop(self._enquired, None)
            self._enquired = sequence
            self._deadlines.enquired(now)
            self.counters.enquire_links_sent += 1
            self.counters.last_enquire_link_sent_at = now
        return sequence

    def _answer_bind(self, request: Pdu, response: Pdu) -> None:
        if self._state not in BINDING or self.role != "smsc" or request is not self.bind_request:
            raise NotPermitted(f"{response.name} answers a bind that does not wait for it")
        accepted = response.status == s.ESME_ROK and response.command_id != c.GENERIC_NACK
        # An ESME of before 3.4 does not expect optional parameters (§1.7).
        if accepted and (self.peer_version or 0) >= c.VERSION_34 and response.tlv(tlv.SC_INTERFACE_VERSION) is None:
            response.add_tlv(tlv.SC_INTERFACE_VERSION, self.interface_version)
        self._out.append(encode(response))
        self._move(Move.ACCEPTED if accepted else Move.REFUSED)

    # -- the far end's

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
            self._finish(e.Unbound(by_peer=False), events)

    def _other_request(self, pdu: Any, now: float, events: list[e.Event]) -> None:
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
            self._finish(e.Unbound(by_peer=True), events)
        elif command in BIND_MOVES and self.role == "smsc" and after(self._state, BIND_MOVES[command]) is not None:
            self.bind_request = pdu
            self.peer_version = pdu.interface_version
            self._move(BIND_MOVES[command])
            events.append(e.BindRequested(pdu))
        elif command == c.OUTBIND and self.role == "esme" and self._state is State.OPEN:
            self._move(Move.OUTBIND)
            events.append(e.OutbindReceived(pdu))
        else:
            self._refuse_request(pdu, events)

    def _refuse_request(self, pdu: Pdu, events: list[e.Event]) -> None:
        rebinding = pdu.command_id in BIND_MOVES and (self._state in BOUND or self._state in BINDING)
        status = s.ESME_RALYBND if rebinding else s.ESME_RINVBNDSTS
        if pdu.response_class is not None:
            self._out.append(encode(pdu.response(status)))
        events.append(e.Refused(pdu, status))

    # -- time

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
