"""The Twisted glove over an SMPP session: socket and clock on one side, a listener on the other.

Nothing of SMPP is decided here. Bytes go into the session, its events go to the listener, what the session has gathered
goes out in one write per reactor turn, and one delayed call stands for all of the session's timers.

Back-pressure works both ways. :meth:`SmppProtocol.pause` stops reading, for a listener that cannot store as fast as the
far end sends; ``writable`` turns false when the far end does not read as fast as we write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from jasminlike.smpp import events as e
from jasminlike.smpp.pdu import Pdu
from jasminlike.smpp.session import Session


class Listener(Protocol):
    """Who uses a protocol. Called from the reactor's thread; an exception is logged and costs the connection."""

    def on_connected(self, protocol: SmppProtocol) -> None:
        """The connection is there; an ESME binds now."""

    def on_events(self, protocol: SmppProtocol, events: list[e.Event]) -> None:
        """What happened in the session, in order. Requests and responses made in here leave in one write."""

    def on_writable(self, protocol: SmppProtocol) -> None:
        """The far end reads again after ``writable`` was false."""

    def on_lost(self, protocol: SmppProtocol, reason: str, in_doubt: list[e.InDoubt]) -> None:
        """The connection is gone; ``in_doubt`` are our requests without response. The last call of all."""


class Clock(Protocol):
    """What is needed of a reactor, or of ``twisted.internet.task.Clock``."""

    def seconds(self) -> float: ...

    def callLater(self, delay: float, call: Callable[..., Any], /, *arguments: Any) -> Any: ...  # Twisted's name


class SmppProtocol(TwistedProtocol):
    """One connection; also the push producer its transport tells when to stop and go on writing.

    ``close_timeout``: seconds that unsent bytes and the TLS farewell get before the line is cut.
    """

    log = Logger()
    transport: Any  # ITCPTransport, or the TLS transport over one; neither is typed beyond its names

    def __init__(self, session: Session, clock: Clock, listener: Listener, close_timeout: float = 5.0) -> None:
        self.session = session
        self.clock = clock
        self.listener = listener
        self.close_timeout = close_timeout
        self.writable = True
        """Whether the far end takes what we write. Writing while it is false is kept in memory, not refused."""
        self.reading = True
        self._handling = False
        self._closing = False
        self._gone = False
        self._why: str | None = None
        self._flush: Any = None
        self._timer: Any = None
        self._timer_at = 0.0

    # -- for the listener

    @property
    def peer(self) -> str:
        """The far end's address, as text; "" for a transport without one."""
        return str(getattr(self.transport.getPeer(), "host", "")) if self.transport is not None else ""

    def request(self, pdu: Pdu, context: Any = None) -> int:
        """Send a request in this turn of the reactor. Raises as ``Session.request`` does."""
        sequence = self.session.request(pdu, self.clock.seconds(), context)
        self._flush_soon()
        return sequence

    def respond(self, request: Pdu, response: Pdu) -> bool:
        """Answer a request of the far end; False when it is too late for that. Raises as ``Session.respond`` does."""
        sent = self.session.respond(request, response)
        self._flush_soon()
        return sent

    def refuse(self, request: Pdu, status: int) -> bool:
        """Answer a request with a command_status and nothing else."""
        sent = self.session.refuse(request, status)
        self._flush_soon()
        return sent

    def unbind(self) -> None:
        """Ask to end the session in good order; the connection closes when the far end agrees, or does not in time."""
        self.session.unbind(self.clock.seconds())
        self._flush_soon()

    def pause(self) -> None:
        """Stop reading: the far end will feel it. Its silence is not held against it meanwhile."""
        if self.reading and not self._gone:
            self.reading = False
            self.session.hold_reading(self.clock.seconds())
            self.transport.pauseProducing()

    def resume(self) -> None:
        """Read again after :meth:`pause`."""
        if not self.reading and not self._gone:
            self.reading = True
            self.session.resume_reading(self.clock.seconds())
            self.transport.resumeProducing()
            self._arm()

    def close(self, reason: str) -> None:
        """Send what is gathered, then close; ``reason`` is what :meth:`Listener.on_lost` will be told."""
        if self._closing or self._gone:
            return
        self._closing = True
        self._why = self._why or reason
        self._write()
        # A registered producer would keep the transport from closing.
        self.transport.unregisterProducer()
        self._cancel()
        self._timer = self.clock.callLater(self.close_timeout, self.transport.abortConnection)
        self.transport.loseConnection()

    def abort(self, reason: str) -> None:
        """Cut the connection now; what is unsent is lost."""
        if not self._gone:
            self._closing = True
            self._why = self._why or reason
            self.transport.abortConnection()

    # -- for the transport

    def connectionMade(self) -> None:
        if hasattr(self.transport, "setTcpNoDelay"):
            self.transport.setTcpNoDelay(True)
        self.transport.registerProducer(self, True)
        self.session.opened(self.clock.seconds())
        self._hand(self.listener.on_connected, self)
        self._settle()

    def dataReceived(self, data: bytes) -> None:
        events = self.session.receive(data, self.clock.seconds())
        if events:
            self._hand(self.listener.on_events, self, events)
        self._settle()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._gone = True
        self._cancel()
        in_doubt = self.session.closed(self.clock.seconds())
        if self._why is None:
            done = reason.check(ConnectionDone) is not None
            self._why = "the far end closed the connection" if done else reason.getErrorMessage()
        self._hand(self.listener.on_lost, self, self._why, in_doubt)

    def pauseProducing(self) -> None:
        """The transport holds more than it likes: the far end does not read."""
        self.writable = False

    def resumeProducing(self) -> None:
        self.writable = True
        if not (self._closing or self._gone):
            self._hand(self.listener.on_writable, self)
            self._settle()

    def stopProducing(self) -> None:
        """The transport is going away; ``connectionLost`` follows."""
        self.writable = False

    # -- turns and timers

    def _hand(self, call: Any, *arguments: Any) -> None:
        """Call the listener. What it raises is a bug of ours, and messages may hang on it: the far end sends again."""
        self._handling = True
        try:
            call(*arguments)
        except Exception:
            self.log.failure("A listener of an SMPP session failed; the connection is cut")
            self.abort("internal error")
        finally:
            self._handling = False

    def _settle(self) -> None:
        """The end of a turn: write, close if the session is over, see to the timer."""
        self._write()
        if self.session.finished:
            self._finish()
        else:
            self._arm()

    def _finish(self) -> None:
        end = self.session.end
        if isinstance(end, e.LinkDead):
            # A far end that went silent will not take a farewell either.
            leave = self.close if end.cause in (e.STREAM, e.NOT_BOUND) else self.abort
            leave(end.reason)
        elif end is not None:
            self.close("unbound by the far end" if end.by_peer else "unbound")

    def _flush_soon(self) -> None:
        if not self._handling and self._flush is None and not self._gone:
            self._flush = self.clock.callLater(0, self._flushed)

    def _flushed(self) -> None:
        self._flush = None
        self._settle()

    def _write(self) -> None:
        data = self.session.data_to_send()
        if data and not self._gone:
            self.transport.write(data)

    def _arm(self) -> None:
        """See that the delayed call comes no later than the session's next deadline. It may come too early: cheaper."""
        deadline = None if self._closing or self._gone else self.session.next_deadline()
        if deadline is None:
            return
        if self._timer is None:
            self._timer = self.clock.callLater(max(0.0, deadline - self.clock.seconds()), self._tick)
            self._timer_at = deadline
        elif deadline < self._timer_at:
            self._timer.reset(max(0.0, deadline - self.clock.seconds()))
            self._timer_at = deadline

    def _tick(self) -> None:
        self._timer = None
        events = self.session.tick(self.clock.seconds())
        if events:
            self._hand(self.listener.on_events, self, events)
        self._settle()

    def _cancel(self) -> None:
        for call in (self._timer, self._flush):
            if call is not None and call.active():
                call.cancel()
        self._timer = self._flush = None
