"""One connection of the client: one call at a time, its answer read by llhttp, kept for the next if both sides may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import httptools
from twisted.internet import tcp
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from jasminlike.httpc.client import HttpClient

_LONGEST_HEAD = 65_536


class Response(NamedTuple):
    """An answer; `location` is where a redirect leads to."""

    status: int
    body: bytes
    location: str


class CallFailed(Exception):
    """There is no answer.

    `stale`: a connection that had been kept was closed before anything came back, so the call may be made again at
    once. `unreachable`: the other side did not answer at all, so others will fail like this one.
    """

    def __init__(self, text: str, *, stale: bool = False, unreachable: bool = False) -> None:
        super().__init__(text)
        self.stale = stale
        self.unreachable = unreachable


class Connection(Protocol):
    """`since` is when it became free, in the client's time."""

    transport: Any

    def __init__(self, client: HttpClient, key: tuple[bool, str, int]) -> None:
        self.key = key
        self.since = 0.0
        self._client = client
        self._parser = httptools.HttpResponseParser(self)
        self._answer: Deferred[Response] | None = None
        self._deadline = 0.0
        self._calls = 0
        self._direct = False
        self._reset()

    def _reset(self) -> None:
        self._received = 0
        self._pieces: list[bytes] = []
        self._size = 0
        self._location = b""
        self._status = 0
        self._keep = False
        self._head_complete = False
        self._framed = False
        self._complete = False

    def ask(self, octets: bytes, deadline: float) -> Deferred[Response]:
        """Sends a call; fires with its answer, or fails with `CallFailed`."""
        answer: Deferred[Response] = Deferred()
        self._answer = answer
        self._deadline = deadline
        self._calls += 1
        self._write(octets)
        return answer

    def _write(self, octets: bytes) -> None:
        """Sends at once what the socket takes; `transport.write` would do it in the next turn, at some cost. The first
        time the socket does not take all, the transport gets the rest and everything that follows."""
        if self._direct:
            sent = self.transport.writeSomeData(octets)
            if sent == len(octets):
                return
            self._direct = False
            if isinstance(sent, int) and sent > 0:
                octets = octets[sent:]
        self.transport.write(octets)

    def close(self) -> None:
        """Closes a connection that has no call."""
        self.transport.loseConnection()

    def abort(self, why: str, unreachable: bool = False) -> None:
        """Ends the connection now; its call fails."""
        self._fail(CallFailed(why, unreachable=unreachable))
        self.transport.abortConnection()

    def look(self, now: float, idle: float) -> None:
        """Ends what takes too long."""
        if self._answer is not None:
            if now >= self._deadline:
                self.abort("no answer in time", unreachable=True)
        elif now - self.since > idle:
            self.close()

    # What Twisted calls.

    def connectionMade(self) -> None:
        """It is there."""
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
        self._direct = isinstance(self.transport, tcp.Connection)
        self._client.opened(self)

    def dataReceived(self, data: bytes) -> None:
        """A piece of the answer. Anything that comes without a call ends the connection."""
        if self._answer is None:
            self.transport.abortConnection()
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.abort("the server changed the protocol")
        except (httptools.HttpParserError, httptools.HttpParserCallbackError) as problem:
            self.abort(f"the answer is not valid HTTP: {problem}")
        else:
            self._look_at_answer()

    def _look_at_answer(self) -> None:
        if self._size > self._client.limits.max_body:
            self.abort(f"the answer is longer than {self._client.limits.max_body} octets")
        elif self._complete:
            self._finish(self._keep)
        elif not self._head_complete and self._received > _LONGEST_HEAD:
            self.abort(f"the head of the answer is longer than {_LONGEST_HEAD} octets")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """It is gone: that may be the end of the answer, or end it too early."""
        self._client.gone(self)
        if self._answer is None:
            return
        if self._head_complete and not self._framed:
            self._finish(False)
        else:
            stale = self._calls > 1 and not self._received
            self._fail(CallFailed(f"connection lost: {reason.getErrorMessage()}", stale=stale, unreachable=not stale))

    def _finish(self, keep: bool) -> None:
        """Frees the connection, then tells the answer: who gets it may have the next call."""
        answer, self._answer = self._answer, None
        response = Response(self._status, b"".join(self._pieces), self._location.decode("utf-8", "replace"))
        self._reset()
        if keep:
            self._client.free(self)
        else:
            self.close()
        if answer is not None:
            answer.callback(response)

    def _fail(self, problem: CallFailed) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.errback(problem)

    # What llhttp calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header: where it leads, and whether the body's end is marked."""
        name = name.lower()
        if name == b"location":
            self._location = value
        elif name in (b"content-length", b"transfer-encoding"):
            self._framed = True

    def on_headers_complete(self) -> None:
        """The head is whole; of an interim answer (RFC 9110 §15.2) nothing is kept."""
        self._status = self._parser.get_status_code()
        if self._status >= 200:
            self._head_complete = True
            self._keep = self._parser.should_keep_alive()  # llhttp forgets it with the end of the body
        else:
            self._location, self._framed = b"", False

    def on_body(self, octets: bytes) -> None:
        """A piece of the body."""
        self._pieces.append(octets)
        self._size += len(octets)

    def on_message_complete(self) -> None:
        """The answer is whole, unless it was an interim one."""
        self._complete = self._head_complete
