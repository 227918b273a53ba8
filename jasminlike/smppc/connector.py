"""One connector to an SMSC: connects, binds, sends, receives, and comes back after every loss.

The life of the uplink stands in `states.py`; sending in `sender.py`; what the SMSC sends us in `receiver.py`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from jasminlike import topics
from jasminlike.interfaces import Broker, Clock, Consumer, Timer
from jasminlike.net.protocol import SmppProtocol
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses
from jasminlike.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter, Pdu
from jasminlike.smpp.session import Session
from jasminlike.smpp.states import State
from jasminlike.smpp.timers import Timers
from jasminlike.smppc import states
from jasminlike.smppc.receiver import Receiver
from jasminlike.smppc.sender import Flight, Sender
from jasminlike.smppc.settings import ConnectorSettings
from jasminlike.stats import SmppcStats

FIRST_DELAY = 0.5
STOP_SECONDS = 3.0
"""How long a stop waits for answers to what is in flight, and again for the answer to unbind."""
_BINDS: dict[str, type[BindTransceiver] | type[BindTransmitter] | type[BindReceiver]] = {
    "transceiver": BindTransceiver,
    "transmitter": BindTransmitter,
    "receiver": BindReceiver,
}

Connect = Callable[[ConnectorSettings, SmppProtocol], "Deferred[object]"]
"""Opens the connection for a protocol; fails with a reason that an operator can read."""


class LinkEvents(Protocol):
    """The log of operations."""

    def __call__(self, type: str, message: str, /, *, level: str = "info", **params: object) -> None: ...


class Connector:
    """Runs one connector's uplink. `start` and `stop` may be called at any time."""

    def __init__(
        self,
        settings: ConnectorSettings,
        broker: Broker,
        sender: Sender,
        receiver: Receiver,
        connect: Connect,
        stats: SmppcStats,
        log: LinkEvents,
        clock: Clock,
    ) -> None:
        self.settings = settings
        self.sender = sender
        self.state = states.STOPPED
        self._broker = broker
        self._receiver = receiver
        self._connect = connect
        self._stats = stats
        self._log = log
        self._clock = clock
        self._protocol: SmppProtocol | None = None
        self._attempt: Deferred[object] | None = None
        self._consumer: Consumer | None = None
        self._timer: Timer | None = None
        self._failures = 0
        self._waiters: list[Deferred[None]] = []

    # --- asked -----------------------------------------------------------------------------------------------

    @property
    def bound(self) -> bool:
        """Whether messages can go out now."""
        return self.state == states.BOUND

    @property
    def session_state(self) -> str:
        """The state as the console shows it, in Jasmin's words."""
        if self._protocol is None:
            return "NONE"
        names = {
            State.BOUND_TX: "BOUND_TX",
            State.BOUND_RX: "BOUND_RX",
            State.BOUND_TRX: "BOUND_TRX",
            State.UNBINDING: "UNBIND_PENDING",
            State.CLOSED: "UNBOUND",
        }
        kind = {"transceiver": "TRX", "transmitter": "TX", "receiver": "RX"}[self.settings.bind]
        return names.get(
            self._protocol.session.state, f"BIND_{kind}_PENDING" if self.state == states.BINDING else "OPEN"
        )

    # --- commands --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Connects, and keeps connected, until `stop`."""
        if self.state != states.STOPPED:
            return
        self._stats.starts_count += 1
        self._failures = 0
        if self._consumer is None and self.settings.bind != "receiver":
            self._consumer = self._broker.consume(
                topics.submit(self.settings.cid), self.sender.handle, self.settings.window
            )
            self.sender.attach(self._consumer)
        self._happened("start")
        self._open()

    def stop(self) -> Deferred[None]:
        """Takes no more from the queue, waits a little for answers, unbinds; fires when the connection is gone."""
        if self.state == states.STOPPED:
            return succeed(None)
        if not self._waiters:
            self._stats.stops_count += 1
            self._cancel_timer()
            self._happened("stop")
            self._end()
        waiting: Deferred[None] = Deferred()
        self._waiters.append(waiting)
        if self.state == states.STOPPED:
            self._finished()
        return waiting

    def _end(self) -> None:
        consumer, self._consumer = self._consumer, None
        if self.state == states.STOPPED:
            if consumer is not None:
                consumer.stop()
        elif self._protocol is None:
            if consumer is not None:
                consumer.stop()
            if self._attempt is not None:
                self._attempt.cancel()
        elif consumer is None:
            self._unbind()
        else:
            settled = consumer.stop()
            self._timer = self._clock.callLater(STOP_SECONDS, self._unbind)
            settled.addCallback(lambda _none: self._unbind())

    def _unbind(self) -> None:
        protocol = self._protocol
        if protocol is None or self.state != states.STOPPING:
            return  # the connection went before; what runs now may be another start
        self._cancel_timer()
        if protocol.session.bound:
            protocol.unbind()
            self._timer = self._clock.callLater(STOP_SECONDS, protocol.abort, "no answer to unbind")
        else:
            protocol.close("stopped")

    def update(self, settings: ConnectorSettings) -> None:
        """New settings; those a session is bound with take effect by a restart, which the caller does."""
        self.settings = settings
        self.sender.configure(settings)

    # --- the uplink ------------------------------------------------------------------------------------------

    def _happened(self, event: str) -> None:
        before, self.state = self.state, states.after(self.state, event)
        if before != self.state:
            self._log(
                "state",
                f"{before} -> {self.state}",
                cid=self.settings.cid,
                before=before,
                after=self.state,
                cause=event,
            )

    def _open(self) -> None:
        settings = self.settings
        timers = Timers(
            session_init=settings.bind_to,
            enquire_link=settings.elink_interval,
            enquire_link_response=settings.elink_interval,
            inactivity=settings.trx_to,
            response=settings.res_to,
            partial_pdu=settings.pdu_red_to,
        )
        protocol = SmppProtocol(Session("esme", window=settings.window, timers=timers), self._clock, self)
        self._attempt = self._connect(settings, protocol)
        self._attempt.addCallbacks(lambda _connected: self._opened(), self._not_opened)

    def _opened(self) -> None:
        self._attempt = None

    def on_connected(self, protocol: SmppProtocol) -> None:
        """The connection is there: bind."""
        self._happened("connected")
        self._protocol = protocol
        now = self._now_wall()
        self._stats.connected_at = now
        self._stats.connected_count += 1
        if self.state == states.STOPPING:
            protocol.close("stopped")
            return
        settings = self.settings
        protocol.request(
            _BINDS[settings.bind](
                system_id=settings.username.encode("latin-1"),
                password=settings.password.encode("latin-1"),
                system_type=settings.systype.encode("latin-1"),
                interface_version=0x34,
                addr_ton=settings.bind_ton,
                addr_npi=settings.bind_npi,
                address_range=(settings.addr_range or "").encode("latin-1"),
            ),
            None,
        )

    def _not_opened(self, failure: Failure) -> None:
        self._attempt = None
        self._log(
            "connect-failed",
            failure.getErrorMessage(),
            level="warning",
            cid=self.settings.cid,
            host=self.settings.host,
            port=self.settings.port,
        )
        self._happened("connect_failed")
        self._next_attempt(self.settings.con_fail_retry, self.settings.con_fail_delay)

    def _next_attempt(self, wanted: bool, longest: float) -> None:
        if self.state == states.STOPPED:
            self._finished()
            return
        if self.state != states.WAITING:
            return
        if not wanted:
            self._log("gave-up", "reconnection is switched off for this connector", cid=self.settings.cid)
            self.stop()
            return
        delay = min(FIRST_DELAY * 2.0 ** min(self._failures, 20), longest) * random.uniform(0.8, 1.0)
        self._failures += 1
        self._timer = self._clock.callLater(delay, self._due)

    def _due(self) -> None:
        self._timer = None
        self._happened("due")
        if self.state == states.CONNECTING:
            self._open()

    def _finished(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.callback(None)

    def _cancel_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    # --- told by the protocol --------------------------------------------------------------------------------

    def on_events(self, protocol: SmppProtocol, events: list[e.Event]) -> None:
        """What came over the session, in order."""
        self._stats.last_received_pdu_at = self._now_wall()
        for event in events:
            if isinstance(event, e.Answered | e.AnsweredLate):
                if isinstance(event.context, Flight):
                    self.sender.answered(event.context, event.pdu)
            elif isinstance(event, e.Received):
                self._receiver.received(protocol, event.pdu)
            else:
                self._unusual(protocol, event)

    def _unusual(self, protocol: SmppProtocol, event: e.Event) -> None:
        cid = self.settings.cid
        match event:
            case e.Bound():
                self._bound(protocol)
            case e.BindRefused(pdu):
                self._refused(protocol, pdu)
            case e.TimedOut(context):
                if isinstance(context, Flight):
                    self._log(
                        "no-answer", "no submit_sm_resp in time", level="warning", cid=cid, part=context.part.message
                    )
                    self.sender.overdue(context)
            case e.LinkDead(_cause, reason):
                self._log("link-dead", reason, level="warning", cid=cid)
            case e.BadPdu(reason):
                self._log("bad-pdu", reason, level="warning", cid=cid, command=event.command_id)
            case e.Unbound(by_peer):
                self._log("unbound", "by the SMSC" if by_peer else "by us", cid=cid)
            case e.Unsolicited(pdu, duplicate):
                self._log("unsolicited", pdu.name, level="debug", cid=cid, duplicate=duplicate)
            case _:
                self._log("event", type(event).__name__, level="debug", cid=cid)

    def _bound(self, protocol: SmppProtocol) -> None:
        self._happened("accepted")
        if self.state != states.BOUND:
            return
        self._failures = 0
        self._stats.bound_at = self._now_wall()
        self._stats.bound_count += 1
        self._log("bound", f"bound to {self.settings.host}:{self.settings.port}", cid=self.settings.cid)
        if self.settings.bind != "receiver":
            self.sender.up(protocol)

    def _refused(self, protocol: SmppProtocol, pdu: Pdu) -> None:
        self._log(
            "bind-refused",
            f"the SMSC refused the bind: {statuses.name(pdu.status)}",
            level="warning",
            cid=self.settings.cid,
            status=statuses.name(pdu.status),
        )
        self._happened("refused")
        protocol.close("bind refused")

    def on_writable(self, protocol: SmppProtocol) -> None:
        """The SMSC reads again."""
        self.sender.writable()

    def on_lost(self, protocol: SmppProtocol, reason: str, in_doubt: list[e.InDoubt]) -> None:
        """The connection is gone."""
        self._protocol = None
        self._cancel_timer()
        self._stats.disconnected_at = self._now_wall()
        self._stats.disconnected_count += 1
        self._happened("lost")
        self._log("lost", reason, cid=self.settings.cid, in_doubt=len(in_doubt))
        self.sender.down([each.context for each in in_doubt if isinstance(each.context, Flight)])
        self._next_attempt(self.settings.con_loss_retry, self.settings.con_loss_delay)

    def _now_wall(self) -> float:
        return self._clock.seconds()
