"""From a backup address back to the main one: a trial session that binds there, and the good end of the session that
is left. Nothing is lost on the way: the old session sends no more, and unbinds a moment after all it sent is answered.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from jasminlike.interfaces import Clock, Timer
from jasminlike.net.protocol import SmppProtocol
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses
from jasminlike.smppc.sessions import LinkEvents, Traffic, bind_pdu, new_protocol
from jasminlike.smppc.settings import ConnectorSettings

LINGER_SECONDS = 1.0
"""How long a session that is left, with all it sent answered, stays for the receipts that are on their way."""


class MainProbe:
    """Tries to bind to the address in `settings` every `main_retry` seconds until it works or `stop`.

    `moved` gets the bound protocol, whose listener it then is to be, and the events from the bind's answer on.
    """

    def __init__(
        self,
        settings: ConnectorSettings,
        connect: Callable[[ConnectorSettings, SmppProtocol], Deferred[object]],
        moved: Callable[[SmppProtocol, list[e.Event]], None],
        log: LinkEvents,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._connect = connect
        self._moved = moved
        self._log = log
        self._clock = clock
        self._attempt: Deferred[object] | None = None
        self._protocol: SmppProtocol | None = None
        self._timer: Timer | None = None
        self._over = False
        self._again()

    def stop(self) -> None:
        """No more trials; one that is under way is cut."""
        self._over = True
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        if self._attempt is not None:
            self._attempt.cancel()
        if self._protocol is not None:
            self._protocol.abort("the trial is over")

    def _again(self) -> None:
        if not self._over:
            self._timer = self._clock.callLater(self._settings.main_retry, self._try)

    def _try(self) -> None:
        self._timer = None
        self._attempt = self._connect(self._settings, new_protocol(self._settings, self._clock, self))
        self._attempt.addCallbacks(self._connected, self._failed)

    def _connected(self, _protocol: object) -> None:
        self._attempt = None

    def _failed(self, failure: Failure) -> None:
        self._attempt = None
        self._told(failure.getErrorMessage())
        self._again()

    def _told(self, why: str) -> None:
        settings = self._settings
        if not self._over:
            self._log("main-away", why, level="debug", cid=settings.cid, host=settings.host, port=settings.port)

    # --- told by the protocol --------------------------------------------------------------------------------

    def on_connected(self, protocol: SmppProtocol) -> None:
        """The connection is there: bind."""
        self._protocol = protocol
        if self._over:
            protocol.abort("the trial is over")
        else:
            protocol.request(bind_pdu(self._settings), None)

    def on_events(self, protocol: SmppProtocol, events: list[e.Event]) -> None:
        """The answer to the bind."""
        for place, event in enumerate(events):
            if self._over:
                return
            if isinstance(event, e.Bound):
                self._over, self._protocol = True, None
                self._moved(protocol, events[place:])
                return
            if isinstance(event, e.BindRefused):
                self._told(f"the SMSC refused the bind: {statuses.name(event.pdu.status)}")
                protocol.close("bind refused")

    def on_writable(self, protocol: SmppProtocol) -> None:
        """Nothing waits for that."""

    def on_lost(self, protocol: SmppProtocol, reason: str, in_doubt: list[e.InDoubt]) -> None:
        """No bind came about."""
        self._protocol = None
        self._told(reason)
        self._again()


class Farewell:
    """The end of a session that is left for another: answered out, then unbound. `gone` is told when it is over."""

    def __init__(
        self, protocol: SmppProtocol, traffic: Traffic, gone: Callable[[Farewell], None], clock: Clock
    ) -> None:
        self._protocol = protocol
        self._traffic = traffic
        self._gone = gone
        self._clock = clock
        self._timer: Timer | None = None
        self._stopping = False
        traffic.sender.leave(protocol)
        protocol.listener = self
        self._unbind_when_answered()

    def stop(self, longest: float) -> None:
        """Unbinds as soon as all is answered, and cuts the connection after that many seconds."""
        self._cancel()
        if self._protocol.session.outstanding:
            self._timer = self._clock.callLater(longest, self._protocol.abort, "no answers in time")
            self._stopping = True
        else:
            self._unbind()

    def _unbind(self) -> None:
        self._cancel()
        if self._protocol.session.bound:
            self._protocol.unbind()

    def _unbind_when_answered(self) -> None:
        # A request that is never answered times out and then waits no more; an unbind that is not, ends the session.
        if self._protocol.session.outstanding:
            return
        if self._stopping:
            self._unbind()
        elif self._timer is None:
            self._timer = self._clock.callLater(LINGER_SECONDS, self._unbind)

    def _cancel(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    # --- told by the protocol --------------------------------------------------------------------------------

    def on_connected(self, protocol: SmppProtocol) -> None:
        """It has been connected for long."""

    def on_events(self, protocol: SmppProtocol, events: list[e.Event]) -> None:
        """The last answers, and what the SMSC still delivers."""
        for event in events:
            self._traffic.take(protocol, event)
        self._unbind_when_answered()

    def on_writable(self, protocol: SmppProtocol) -> None:
        """Nothing more is sent."""

    def on_lost(self, protocol: SmppProtocol, reason: str, in_doubt: list[e.InDoubt]) -> None:
        """It is over."""
        self._cancel()
        self._traffic.gone(protocol, in_doubt)
        self._gone(self)
