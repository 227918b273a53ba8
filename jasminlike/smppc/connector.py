"""One connector to an SMSC: connects, binds, sends, receives, and comes back after every loss.

The life of an uplink stands in `states.py`; which address it goes to in `addresses.py`, the way back to the main one in
`moving.py`; sending in `sender.py`; what the SMSC sends us in `receiver.py`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import cast

import msgspec
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from jasminlike import topics
from jasminlike.interfaces import Broker, Clock, Consumer, Timer
from jasminlike.net.protocol import SmppProtocol
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses
from jasminlike.smpp.pdu import Pdu
from jasminlike.smppc import states
from jasminlike.smppc.addresses import SHORT_LIFE, Address, Addresses, Health
from jasminlike.smppc.dial import explained
from jasminlike.smppc.moving import Farewell, MainProbe
from jasminlike.smppc.receiver import Receiver
from jasminlike.smppc.sender import Flight, Sender
from jasminlike.smppc.sessions import LinkEvents, Traffic, bind_pdu, new_protocol, shown_state
from jasminlike.smppc.settings import ConnectorSettings
from jasminlike.stats import SmppcStats

FIRST_DELAY = 0.5
STOP_SECONDS = 3.0
"""How long a stop waits for answers to what is in flight, and again for the answer to unbind."""

Connect = Callable[[ConnectorSettings, SmppProtocol], "Deferred[object]"]
"""Opens the connection for a protocol; fails with a reason that an operator can read."""


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
        self._traffic = Traffic(settings.cid, sender, receiver, stats, log, time.time)
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
        self._addresses = Addresses(_addresses_of(settings))
        self._health = Health(0.0)
        self._failed = False
        """Whether the address in use has shown that it is not well, in this session."""
        self._bound_at = 0.0
        self._probe: MainProbe | None = None
        self._farewells: set[Farewell] = set()

    # --- asked -----------------------------------------------------------------------------------------------

    @property
    def bound(self) -> bool:
        """Whether messages can go out now."""
        return self.state == states.BOUND

    @property
    def session_state(self) -> str:
        """The state as the console shows it, in Jasmin's words."""
        return shown_state(self._protocol, self.settings.bind, self.state == states.BINDING)

    # --- commands --------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Connects, and keeps connected, until `stop`."""
        if self.state != states.STOPPED:
            return
        if self._waiters:  # a session that was left is not gone yet
            self.stop().addCallback(lambda _none: self.start())
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
        if self.state == states.STOPPED and not self._farewells:
            return succeed(None)
        if not self._waiters:
            self._stats.stops_count += 1
            self._cancel_timer()
            self._stop_probe()
            self._happened("stop")
            self._end()
            for farewell in list(self._farewells):
                farewell.stop(STOP_SECONDS)
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
        self._failed = False
        self._addresses.follow(_addresses_of(self.settings))
        protocol = new_protocol(self.settings, self._clock, self)
        self._attempt = self._connect(self._settings_for(self._addresses.current), protocol)
        self._attempt.addCallbacks(lambda _connected: self._opened(), self._not_opened)

    def _settings_for(self, address: Address) -> ConnectorSettings:
        return msgspec.structs.replace(self.settings, host=address.host, port=address.port)

    def _opened(self) -> None:
        self._attempt = None

    def on_connected(self, protocol: SmppProtocol) -> None:
        """The connection is there: bind."""
        self._happened("connected")
        self._protocol = protocol
        self._stats.connected_at = time.time()
        self._stats.connected_count += 1
        if self.state == states.STOPPING:
            protocol.close("stopped")
        else:
            protocol.request(bind_pdu(self.settings), None)

    def _not_opened(self, failure: Failure) -> None:
        self._attempt = None
        address = self._addresses.current
        self._log(
            "connect-failed",
            failure.getErrorMessage(),
            level="warning",
            cid=self.settings.cid,
            host=address.host,
            port=address.port,
        )
        self._failed = True
        self._happened("connect_failed")
        self._next_attempt(self.settings.con_fail_retry, self.settings.con_fail_delay)

    def _next_attempt(self, wanted: bool, longest: float) -> None:
        if self.state == states.STOPPED:
            self._finished()
            return
        if self.state != states.WAITING:
            return
        another = self._failed and self._fail_over()
        if not (wanted or another):
            self._log("gave-up", "reconnection is switched off for this connector", cid=self.settings.cid)
            self.stop()
            return
        delay = min(FIRST_DELAY * 2.0 ** min(self._failures, 20), longest) * random.uniform(0.8, 1.0)
        self._failures += 1
        self._timer = self._clock.callLater(delay, self._due)

    def _fail_over(self) -> bool:
        """To the next address; False when none is left that has not failed since the last bind."""
        if self._addresses.alone:
            return False
        before, another = self._addresses.current, self._addresses.failed()
        after = self._addresses.current
        self._log(
            "failover", f"{before} is not well, next is {after}", level="warning", cid=self.settings.cid,
            before=str(before), after=str(after),
        )  # fmt: skip
        return another

    def _due(self) -> None:
        self._timer = None
        self._happened("due")
        if self.state == states.CONNECTING:
            self._open()

    def _finished(self) -> None:
        if self.state != states.STOPPED or self._farewells:
            return
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
        self._traffic.arrived()
        for event in events:
            match event:
                case e.Bound():
                    self._bound(protocol)
                case e.BindRefused(pdu):
                    self._refused(protocol, pdu)
                case _:
                    self._traffic.take(protocol, event)
                    self._judge(event)

    def _judge(self, event: e.Event) -> None:
        """What an event says of the health of the address."""
        if isinstance(event, e.LinkDead):
            self._failed = True
        elif isinstance(event, e.Answered) and isinstance(event.context, Flight):
            well = self._health.answered(event.pdu.status)
            if not well and self.state == states.BOUND and not self._addresses.alone:
                self._unwell()

    def _unwell(self) -> None:
        """Too many answers are system errors: leave this address in good order."""
        share = self._health.share
        self._log(
            "unhealthy", f"{share:.0%} of the last answers are system errors", level="warning", cid=self.settings.cid
        )
        protocol, self._protocol = self._protocol, None
        self._failed = True
        self._stop_probe()
        self._leave(cast(SmppProtocol, protocol))
        self._happened("lost")
        self._next_attempt(self.settings.con_loss_retry, self.settings.con_loss_delay)

    def _leave(self, protocol: SmppProtocol) -> None:
        self._farewells.add(Farewell(protocol, self._traffic, self._left, self._clock))

    def _left(self, farewell: Farewell) -> None:
        self._farewells.discard(farewell)
        self._finished()

    def _bound(self, protocol: SmppProtocol) -> None:
        self._happened("accepted")
        if self.state != states.BOUND:
            return
        settings, address = self.settings, self._addresses.current
        self._failures = 0
        self._failed = False
        self._addresses.works()
        self._health = Health(settings.health_errors)
        self._bound_at = self._clock.seconds()
        self._stats.bound_at = time.time()
        self._stats.bound_count += 1
        self._log("bound", f"bound to {address}", cid=settings.cid, host=address.host, port=address.port)
        if settings.bind != "receiver":
            self.sender.up(protocol)
        if not self._addresses.on_main and settings.main_retry:
            main = self._settings_for(self._addresses.main)
            self._probe = MainProbe(main, self._connect, self._moved, self._log, self._clock)

    def _moved(self, protocol: SmppProtocol, events: list[e.Event]) -> None:
        """The main address has bound us on a second session: that is the session now."""
        old, self._protocol, self._probe = self._protocol, protocol, None
        protocol.listener = self
        self._stats.connected_at = time.time()
        self._stats.connected_count += 1
        self._addresses.back_to_main()
        self._log("returned", f"back to {self._addresses.current}", cid=self.settings.cid)
        self.on_events(protocol, events)
        if old is not None:
            self._leave(old)

    def _stop_probe(self) -> None:
        probe, self._probe = self._probe, None
        if probe is not None:
            probe.stop()

    def _refused(self, protocol: SmppProtocol, pdu: Pdu) -> None:
        self._log(
            "bind-refused",
            f"the SMSC refused the bind: {statuses.name(pdu.status)}",
            level="warning",
            cid=self.settings.cid,
            status=statuses.name(pdu.status),
        )
        self._failed = True
        self._happened("refused")
        protocol.close("bind refused")

    def on_writable(self, protocol: SmppProtocol) -> None:
        """The SMSC reads again."""
        self.sender.writable()

    def on_lost(self, protocol: SmppProtocol, reason: str, in_doubt: list[e.InDoubt]) -> None:
        """The connection is gone."""
        self._protocol = None
        self._cancel_timer()
        self._stop_probe()
        if self.state == states.BINDING or (
            self.state == states.BOUND and self._clock.seconds() - self._bound_at < SHORT_LIFE
        ):
            self._failed = True
        refused = explained(reason) if self.settings.ssl else ""
        if refused:
            self._log("tls-refused", refused, level="warning", cid=self.settings.cid)
        self._happened("lost")
        self._log("lost", refused or reason, cid=self.settings.cid, in_doubt=len(in_doubt))
        self._traffic.gone(protocol, in_doubt)
        self._next_attempt(self.settings.con_loss_retry, self.settings.con_loss_delay)


def _addresses_of(settings: ConnectorSettings) -> list[Address]:
    """All addresses of the SMSC, main first."""
    return [Address(settings.host, settings.port), *settings.backups]
