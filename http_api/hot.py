"""The front of the HTTP port: serves /send itself, and hands connections that ask for anything else to `twisted.web`.

Most requests a gateway ever sees are for /send, and `twisted.web` takes 70 µs for one. So each connection starts here,
with `reader.RequestReader`. A request for another path is given to a channel of the `Site`, as soon as the answers
before it are written, by replaying its octets; the connection stays there.

Answers leave in the order of the requests, however they are finished. Those of one turn of the reactor to one
connection leave in one write. Nothing has a timer of its own: `Front` looks at all connections once a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ISSLTransport, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.tcp import Connection
from twisted.python.failure import Failure

from http_api.endpoint import Ask
from http_api.reader import FOREIGN, BadRequest, Request, RequestReader
from http_api.replies import Reply, text_error

if TYPE_CHECKING:
    from http_api.front import Front

MOST_WAITING = 64
"""Requests of one connection under way at once; beyond that the connection is not read."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def drive(
    outcome: object, answer: Coroutine[Deferred[Any], None, Reply], done: Callable[[Reply, _Slot], None], slot: _Slot
) -> None:
    """Runs a coroutine that never raises and gives `done` what it returns.

    As `Deferred.fromCoroutine` would, without the Deferred, the copy of the context and the cancelling, which cost as
    much as reading the request. A Deferred that is awaited gives its own result when it is asked again; a failure is
    thrown, as a Deferred asserts that it is not asked for one while it runs its callbacks.
    """
    problem = outcome.value if isinstance(outcome, Failure) else None
    try:
        waited = answer.send(None) if problem is None else answer.throw(problem)
    except StopIteration as end:
        done(end.value, slot)
    else:
        waited.addBoth(drive, answer, done, slot)


class _Slot:
    """The place of an answer among those of its connection; `octets` is None until it is finished."""

    __slots__ = ("keep", "octets", "old", "request")

    def __init__(self, request: Request | None, keep: bool, old: bool = False) -> None:
        self.request = request
        self.keep = keep
        self.old = old
        self.octets: bytes | None = None


class HotProtocol(Protocol):
    """One connection. It is open until the client closes it, an answer says so, or `Front` finds it too slow."""

    transport: Any

    def __init__(self, front: Front) -> None:
        self._front = front
        self._reader = RequestReader(front.ours, front.limits.max_body)
        self._slots: deque[_Slot] = deque()
        self._channel: Any = None
        self._handing_over = False
        self._closing = False
        self._lingering = False
        self._reading = False
        self._dirty = False
        self._paused = False
        self._stalled = False
        self._gone = False
        self._direct = False
        self.peer = ""
        self.since = front.now
        """When what `Front` watches began: silence, a request that is not whole, an unread answer."""

    # What Twisted calls.

    def connectionMade(self) -> None:
        """A client is there."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self._direct = isinstance(self.transport, Connection)
        self.peer = getattr(self.transport.getPeer(), "host", "")
        self.transport.registerProducer(self, True)
        self._front.opened(self)

    def dataReceived(self, data: bytes) -> None:
        """Octets of the client."""
        if self._channel is not None:
            self._channel.watch.received()
            self._channel.dataReceived(data)
            return
        if self._lingering:
            return
        if not self._reader.partial and not self._slots:
            self.since = self._front.now
        self._reader.receive(data)
        self._read()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The client is gone. What it sent is stored all the same; the answers are thrown away."""
        self._gone = True
        self._front.closed(self)
        if self._channel is not None:
            channel, self._channel = self._channel, None
            channel.connectionLost(reason)

    def pauseProducing(self) -> None:
        """The client does not read its answers: nothing more is read from it either."""
        self._stalled = True
        self.since = self._front.now
        self._pause()

    def resumeProducing(self) -> None:
        """It reads again."""
        self._stalled = False
        self.since = self._front.now
        self._resume()

    def stopProducing(self) -> None:
        """The transport is closing; `connectionLost` follows."""

    # Reading.

    def _read(self) -> None:
        """Starts every request that is there, in order."""
        if self._reading or self._closing or self._handing_over:
            return
        self._reading = True
        try:
            while not self._closing and len(self._slots) < MOST_WAITING:
                found = self._reader.next()
                if self._reader.continue_expected:
                    self._reader.continue_expected = False
                    self._say_continue()
                if isinstance(found, Request):
                    self._serve(found)
                    continue
                if found == FOREIGN:
                    self._handing_over = True
                break
        except BadRequest as problem:
            self._refuse(problem)
        finally:
            self._reading = False
        if self._slots and self._slots[0].octets is not None:
            self._flush()
        elif self._handing_over and not self._slots:
            self._hand_over()
        elif self._handing_over or len(self._slots) >= MOST_WAITING:
            self._pause()

    def _say_continue(self) -> None:
        slot = _Slot(None, True)
        self._slots.append(slot)
        self._finish(slot, CONTINUE)

    def _refuse(self, problem: BadRequest) -> None:
        self._closing = True
        slot = _Slot(None, False)
        self._slots.append(slot)
        self._answered(text_error(problem.status, problem.text), slot)

    def _serve(self, request: Request) -> None:
        slot = _Slot(request, request.keep_alive and not self._front.stopping, request.old)
        self._slots.append(slot)
        if not slot.keep:
            self._closing = True
        query = request.url.partition(b"?")[2].partition(b"#")[0]
        post = request.method == b"POST"
        ask = Ask(query, request.content_type if post else b"", request.body if post else b"", self.peer)
        drive(None, self._front.send.answer(ask), self._answered, slot)

    # Answering.

    def _answered(self, reply: Reply, slot: _Slot) -> None:
        if self._front.access is not None:
            request = slot.request
            self._front.access(
                self.peer,
                request.method.decode("ascii") if request else "-",
                "/send" if request else "-",
                reply.status,
                len(reply.body),
            )
        self._finish(slot, self._front.octets(reply, slot.keep, slot.old))

    def _finish(self, slot: _Slot, octets: bytes) -> None:
        slots = self._slots
        if self._gone:
            slots.clear()
            return
        slot.octets = octets
        if slots[0] is not slot or self._reading:
            return
        if len(slots) == 1:
            self._flush()
        elif not self._dirty:
            self._dirty = True
            self._front.flush_soon(self)

    def flush(self) -> None:
        """Writes what is finished; called once a turn by `Front`."""
        self._dirty = False
        if not self._gone and self._slots and self._slots[0].octets is not None:
            self._flush()

    def _flush(self) -> None:
        slots = self._slots
        pieces: list[bytes] = []
        while slots and (octets := slots[0].octets) is not None:
            slot = slots.popleft()
            pieces.append(octets)
            if not slot.keep:
                slots.clear()
                self._write(b"".join(pieces))
                self._close_after(slot)
                return
        self._write(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        self.since = self._front.now
        if self._handing_over:
            if not slots:
                self._hand_over()
        elif self._reader.partial and len(slots) < MOST_WAITING // 2:
            self._resume()
            self._read()
        elif self._paused and not slots:
            self._resume()

    def _write(self, octets: bytes) -> None:
        """Sends at once what the socket takes. `transport.write` would wait for the next turn, with a start and a stop
        of watching the socket: a quarter of what a request costs. The first time the socket does not take all, the
        transport gets the rest and everything that follows."""
        if self._direct:
            sent = self.transport.writeSomeData(octets)
            if sent == len(octets):
                return
            self._direct = False
            if isinstance(sent, int) and sent > 0:
                octets = octets[sent:]
        self.transport.write(octets)

    # Ending, and handing over.

    def _close_after(self, slot: _Slot) -> None:
        """Closes behind the last answer. A client that may still be sending would lose the answer if its octets came
        to a closed socket (RFC 9112 §9.6), so then only our side is closed, and what it sends is thrown away."""
        if slot.request is None and not ISSLTransport.providedBy(self.transport):
            self._closing = self._lingering = True
            self.since = self._front.now
            self.transport.unregisterProducer()
            self.transport.loseWriteConnection()
        else:
            self.close()

    def close(self) -> None:
        """Closes the connection when what was written is sent."""
        self._closing = True
        self.since = self._front.now
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def _hand_over(self) -> None:
        """From now on a channel of the site has this connection; it gets all octets from the foreign request on."""
        self.transport.unregisterProducer()
        if self._stalled or self._paused:
            self._stalled = self._paused = False
            self.transport.resumeProducing()
        octets = self._reader.rest
        self._channel = self._front.channel(self)
        self._channel.makeConnection(self.transport)
        self._channel.watch.received()
        self._channel.dataReceived(octets)

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self.transport.pauseProducing()

    def _resume(self) -> None:
        if self._paused and not self._stalled and not self._gone:
            self._paused = False
            self.transport.resumeProducing()

    # Being watched.

    def look(self, now: float) -> None:
        """Ends the connection when the client took too long over something."""
        limits = self._front.limits
        if self._closing or self._stalled:
            if now - self.since > limits.request_timeout and (self._stalled or not self._slots):
                self.transport.abortConnection()
        elif self._channel is not None:
            self._channel.watch.look(now)
        elif self._slots:
            self.since = now
        elif self._reader.partial:
            if now - self.since > limits.request_timeout:
                self._refuse(BadRequest(408, f"The request was not whole within {limits.request_timeout:g} seconds."))
        elif now - self.since > limits.idle_timeout:
            self.close()

    def stop(self) -> None:
        """The gateway stops: the answers under way are the last."""
        if self._channel is not None:
            self._channel.watch.stop()
        elif not self._slots and not self._closing:
            self.close()
        else:
            self._closing = True
            if self._slots:
                self._slots[-1].keep = False
