"""One connection of a client: what its session reports goes to the rooms that deal with it, and their answers back.

Back-pressure has two causes. A client with more requests under way than the gateway answers is not read until half of
them are answered; a client that does not read what we write is neither read nor written to, and cut when it stays so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twisted.logger import Logger

from jasminlike.accounts.model import User
from jasminlike.interfaces import Bound, Clock, Timer
from jasminlike.net.protocol import SmppProtocol
from jasminlike.smpp import constants as c
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses as s
from jasminlike.smpp.pdu import Pdu
from jasminlike.smpp.session import Session
from jasminlike.smpp.states import BINDING, State
from jasminlike.smpps.binds import Binds, Events
from jasminlike.smpps.thrower import Flight, Thrower
from jasminlike.stats import Stats, UserSmppsStats

MOST_UNDER_WAY = 1000
"""Requests of one session that may be under way; then it is not read until half of them are answered."""
DRAIN_SECONDS = 5.0
"""How long a session that is to end waits for the answers to what is under way."""
MOST_COMPLAINTS = 10
"""Lines of log about bad PDUs of one connection; the rest is counted."""

BUSY, UNREAD = "busy", "unread"
_KINDS = {State.BOUND_TX: "tx", State.BOUND_RX: "rx", State.BOUND_TRX: "trx"}
_TAKES_MAIL = frozenset({State.BOUND_RX, State.BOUND_TRX})

Handlers = Mapping[int, Callable[["Connection", Any], None]]
"""Command id of a request -> what deals with it, for every request that a client may make when it is bound."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What all connections of a server share. `patience`: seconds that a client may leave what we write unread;
    `server_id` is the system_id in answers to binds; `now` gives seconds since 1970."""

    binds: Binds
    handlers: Handlers
    thrower: Thrower
    stats: Stats
    log: Events
    clock: Clock
    now: Callable[[], float]
    patience: float
    server_id: bytes


class ServerProtocol(SmppProtocol):
    """The glove of a server's connection: also says when the far end is heard, and when it stops reading."""

    connection: Connection

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.connection.heard()

    def pauseProducing(self) -> None:
        super().pauseProducing()
        self.connection.unread()


class Connection:
    """The listener of one protocol. `gone` is called once, when the connection is lost."""

    failures = Logger()

    def __init__(self, session: Session, rooms: Rooms, gone: Callable[[Connection], None]) -> None:
        self.protocol = ServerProtocol(session, rooms.clock, self)
        self.protocol.connection = self
        self.session = session
        self.flights: set[Flight] = set()
        self.leaving = False
        self.peer = ""
        self._rooms = rooms
        self._stats = rooms.stats
        self._handlers = rooms.handlers
        self._gone = gone
        self._user: User | None = None
        self._counters: UserSmppsStats | None = None
        self._bound: Bound | None = None
        self._under_way = 0
        self._holds: set[str] = set()
        self._timer: Timer | None = None
        self._stalled: Timer | None = None
        self._cut = ""
        self._complaints = 0
        self._elinks = 0

    # --- asked -----------------------------------------------------------------------------------------------

    @property
    def user(self) -> User:
        """The account; only while a session is or was bound."""
        assert self._user is not None
        return self._user

    @property
    def counters(self) -> UserSmppsStats:
        """The counters of the account."""
        assert self._counters is not None
        return self._counters

    @property
    def bound(self) -> Bound:
        """What the console shows."""
        assert self._bound is not None
        return self._bound

    @property
    def username(self) -> str:
        """The account's name."""
        return self.user.username

    @property
    def binding(self) -> bool:
        """Whether a bind waits for its answer."""
        return not self.leaving and self.session.state in BINDING

    @property
    def ready(self) -> bool:
        """Whether it may be sent a mail now."""
        return not self.leaving and self.protocol.writable and self.session.room > 0

    # --- for the rooms ---------------------------------------------------------------------------------------

    def respond(self, request: Pdu, response: Pdu) -> bool:
        """Answers a request; False when it is too late."""
        return self.protocol.respond(request, response)

    def refuse(self, request: Pdu, status: int) -> bool:
        """Answers a request with a status; False when it is too late."""
        return self.protocol.refuse(request, status)

    def deliver(self, pdu: Pdu, flight: Flight) -> None:
        """Sends a mail; raises as `SmppProtocol.request` does."""
        self.protocol.request(pdu, flight)
        self.flights.add(flight)

    def began(self, count: int) -> None:
        """So many requests more are under way."""
        self._under_way += count
        if self._under_way >= MOST_UNDER_WAY:
            self._hold(BUSY)

    def ended(self, count: int) -> None:
        """So many are answered."""
        self._under_way -= count
        if self._under_way <= MOST_UNDER_WAY // 2:
            self._release(BUSY)
        if self.leaving and not self._under_way:
            self._drained()

    def entered(self, request: e.BindPdu, user: User) -> None:
        """The bind is accepted: answers it, and mail may come."""
        self.respond(request, request.response(s.ESME_ROK, system_id=self._rooms.server_id))
        now = self._rooms.now()
        self._user = user
        self._counters = counters = self._stats.smpps_of(user.uid)
        self._bound = Bound(request.name, self.peer, now)
        counters.bind_count += 1
        counters.last_activity_at = now
        kind = self._kind
        self._count(f"bind_{kind}_count", 1)
        self._count(f"bound_{kind}_count", 1)
        self._rooms.log("bound", request.name, username=user.username, peer=self.peer)
        if self.session.state in _TAKES_MAIL:
            self._rooms.thrower.up(self)

    def changed(self, user: User) -> None:
        """The account has new settings; they hold from the next request on."""
        self._user = user

    @property
    def _kind(self) -> str:
        bound_as = self.session.bound_as
        assert bound_as is not None
        return _KINDS[bound_as]

    def _count(self, name: str, by: int) -> None:
        counters = self._stats.smpps
        setattr(counters, name, getattr(counters, name) + by)

    # --- the end ---------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Ends the session in good order: what is under way is answered, then unbind; new requests are refused."""
        if self.leaving:
            return
        self.leaving = True
        if not self.session.bound:
            self.protocol.close("the gateway ended the connection")
        elif self._under_way:
            self._timer = self._rooms.clock.callLater(DRAIN_SECONDS, self._drained)
        else:
            self._drained()

    def cut(self, why: str) -> None:
        """Ends the session now: takes no more, answers what is under way, and does not wait for the client."""
        self._cut = why
        if self.leaving:
            self._drained()
        else:
            self.leave()

    def _drained(self) -> None:
        self._cancel_timer()
        if self.session.bound:
            self.protocol.unbind()
        if self._cut:
            self.protocol.close(self._cut)

    def _cancel_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    # --- back-pressure ---------------------------------------------------------------------------------------

    def _hold(self, why: str) -> None:
        self._holds.add(why)
        self.protocol.pause()

    def _release(self, why: str) -> None:
        if why in self._holds:
            self._holds.discard(why)
            if not self._holds:
                self.protocol.resume()

    def unread(self) -> None:
        """The client does not read what we write."""
        self._hold(UNREAD)
        if self._stalled is None and self._rooms.patience:
            self._stalled = self._rooms.clock.callLater(
                self._rooms.patience, self.protocol.abort, "the client does not read"
            )

    def _reads_again(self) -> None:
        if self._stalled is not None and self._stalled.active():
            self._stalled.cancel()
        self._stalled = None

    # --- told by the protocol --------------------------------------------------------------------------------

    def on_connected(self, protocol: SmppProtocol) -> None:
        """A client is there; it binds now."""
        self.peer = protocol.peer
        self._count("connect_count", 1)
        self._count("connected_count", 1)

    def heard(self) -> None:
        """Something came; enquire_links are answered by the session, here they are counted."""
        counters, smpps = self.session.counters, self._stats.smpps
        smpps.last_received_pdu_at = counters.last_received_at
        smpps.last_sent_pdu_at = max(smpps.last_sent_pdu_at, counters.last_sent_at)
        new = counters.enquire_links_received - self._elinks
        if new:
            self._elinks += new
            smpps.elink_count += new
            smpps.last_received_elink_at = counters.last_enquire_link_received_at
            if self._counters is not None:
                self._counters.elink_count += new

    def on_events(self, protocol: SmppProtocol, events: list[e.Event]) -> None:
        """What happened in the session, in order."""
        for event in events:
            if type(event) is e.Received:
                pdu = event.pdu
                try:
                    self._handlers[pdu.command_id](self, pdu)
                except Exception:
                    self.failures.failure("a {name} of {user} failed", name=pdu.name, user=self.username)
                    self.refuse(pdu, s.ESME_RSYSERR)
            else:
                self._other(event)

    def _other(self, event: e.Event) -> None:
        match event:
            case e.Answered(flight, command, pdu) | e.AnsweredLate(flight, command, pdu):
                self._answered(flight, command, pdu)
            case e.BindRequested(pdu):
                self._rooms.binds.bind(self, pdu)
            case e.TimedOut():
                self._complain("no-answer", "a mail was not answered in time")
                self.cut("a mail was not answered in time")
            case e.Unbound():
                self._count("unbind_count", 1)
                if self._counters is not None:
                    self._counters.unbind_count += 1
            case e.LinkDead(_cause, reason):
                self._complain("link-dead", reason)
            case e.BadPdu(reason, command):
                self._complain("bad-pdu", reason, command=f"0x{command:08X}")
            case e.Refused(pdu, status):
                self._complain("refused", f"{pdu.name} is not permitted now", status=s.name(status))
            case e.Inactive(seconds):
                self._complain("inactive", f"no message for {seconds:g} s")
            case e.Unsolicited(pdu):
                self._complain("unsolicited", pdu.name)

    def _answered(self, flight: Flight, command: int, pdu: Pdu) -> None:
        status = pdu.status
        if not status and pdu.command_id == c.GENERIC_NACK:
            status = s.ESME_RUNKNOWNERR
        if not status and command == c.DELIVER_SM:
            self._stats.smpps.deliver_sm_count += 1
            self.counters.deliver_sm_count += 1
        elif not status:
            self._stats.smpps.data_sm_count += 1
            self.counters.data_sm_count += 1
        self._rooms.thrower.answered(self, flight, status)

    def _complain(self, type: str, message: str, **params: object) -> None:
        self._complaints += 1
        if self._complaints <= MOST_COMPLAINTS:
            username = "" if self._user is None else self._user.username
            self._rooms.log(type, message, level="warning", username=username, peer=self.peer, **params)

    def on_writable(self, protocol: SmppProtocol) -> None:
        """The client reads again."""
        self._reads_again()
        self._release(UNREAD)
        if self._user is not None and self.session.state in _TAKES_MAIL:
            self._rooms.thrower.ready(self)

    def on_lost(self, protocol: SmppProtocol, reason: str, in_doubt: list[e.InDoubt]) -> None:
        """The connection is gone. What was under way is stored all the same; what was not answered goes elsewhere."""
        self.leaving = True
        self._cancel_timer()
        self._reads_again()
        self._count("connected_count", -1)
        self._count("disconnect_count", 1)
        if self._user is not None:
            self._count(f"bound_{self._kind}_count", -1)
            self._rooms.binds.left(self)
            if self.session.bound_as in _TAKES_MAIL:
                self._rooms.thrower.down(self)
            self._rooms.log(
                "lost",
                reason,
                username=self._user.username,
                peer=self.peer,
                in_doubt=len(in_doubt),
                complaints=self._complaints,
            )
        self._gone(self)
