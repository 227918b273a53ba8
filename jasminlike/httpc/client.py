"""A small HTTP/1.1 client for callbacks: connections are kept and shared, answers are short, time is limited.

treq and Twisted's own agent take 270–500 µs for a call; this takes about a tenth. It does what callbacks need: GET and
POST with a form, http and https with verified certificates, bodies by length, in chunks or up to the end of the
connection, redirects of what may be repeated. It has no timer per call: connections are looked at once a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.protocol import Factory
from twisted.internet.ssl import optionsForClientTLS

from jasminlike import __version__
from jasminlike.httpc.connection import CallFailed, Connection, Response
from jasminlike.httpc.target import Target, follow, parse
from jasminlike.interfaces import Clock, Timer

MOST_REDIRECTS = 3

HEADERS = (
    f"User-Agent: jasminlike/{__version__}\r\nAccept: text/plain\r\nContent-Type: application/x-www-form-urlencoded\r\n"
).encode("ascii")


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """Seconds, octets, and connections kept open without a call."""

    total: float = 30.0
    """A call, redirects included, must be answered within this time."""
    connect: float = 10.0
    idle: float = 30.0
    """A connection without a call is closed after this time."""
    idle_per_host: int = 20
    idle_in_all: int = 200
    max_body: int = 65_536


class Call(NamedTuple):
    """What is asked. `form` goes into the URL of a GET and the body of a POST."""

    url: str
    method: str
    form: bytes


class HttpClient:
    """Makes calls. `tls(host)` gives the options of a TLS connection; certificates are verified unless it says
    otherwise."""

    def __init__(
        self,
        reactor: Any,
        clock: Clock,
        limits: ClientLimits,
        tls: Callable[[str], Any] = optionsForClientTLS,
    ) -> None:
        self._reactor = reactor
        self._clock = clock
        self.limits = limits
        self._tls = tls
        self._idle: dict[tuple[bool, str, int], list[Connection]] = {}
        self._open: set[Connection] = set()
        self._connecting: set[Deferred[Any]] = set()
        self._tick: Timer | None = None
        self._idle_count = 0
        self._closed: Deferred[None] | None = None

    async def fetch(self, call: Call) -> Response:
        """The answer to a call. Raises `CallFailed` when there is none, `BadUrl` when there cannot be."""
        deadline = self._clock.seconds() + self.limits.total
        for _ in range(MOST_REDIRECTS + 1):
            target = parse(call.url)
            response = await self._ask(target, octets_of(call, target), deadline)
            again = _redirected(call, response)
            if again is None:
                return response
            call = again
        raise CallFailed(f"more than {MOST_REDIRECTS} redirects")

    async def _ask(self, target: Target, octets: bytes, deadline: float) -> Response:
        connection = self._take(target)
        if connection is not None:
            try:
                return await connection.ask(octets, deadline)
            except CallFailed as problem:
                if not problem.stale:
                    raise
        connection = await self._connect(target, deadline)
        return await connection.ask(octets, deadline)

    # Connections.

    def _take(self, target: Target) -> Connection | None:
        """The connection that was used last: the others may become old enough to be closed."""
        idle = self._idle.get(target.key)
        if not idle:
            return None
        self._idle_count -= 1
        return idle.pop()

    async def _connect(self, target: Target, deadline: float) -> Connection:
        if self._closed is not None:
            raise CallFailed("the client is closed")
        timeout = max(0.001, min(self.limits.connect, deadline - self._clock.seconds()))
        endpoint: Any = HostnameEndpoint(self._reactor, target.host, target.port, timeout=timeout)
        attempt: Deferred[Any] | None = None
        try:
            if target.secure:
                endpoint = wrapClientTLS(self._tls(target.host), endpoint)
            factory = Factory.forProtocol(lambda: Connection(self, target.key))
            factory.noisy = False
            attempt = endpoint.connect(factory)
            self._connecting.add(attempt)
            connection: Connection = await attempt
        except Exception as problem:
            raise CallFailed(f"no connection: {_words(problem)}", unreachable=True) from problem
        finally:
            if attempt is not None:
                self._connecting.discard(attempt)
        return connection

    def opened(self, connection: Connection) -> None:
        """A connection is made."""
        self._open.add(connection)
        if self._tick is None:
            self._tick = self._clock.callLater(1.0, self._look)

    def free(self, connection: Connection) -> None:
        """A connection may be used again; it is closed when enough others are."""
        idle = self._idle.setdefault(connection.key, [])
        full = len(idle) >= self.limits.idle_per_host or self._idle_count >= self.limits.idle_in_all
        if full or self._closed is not None:
            connection.close()
            return
        connection.since = self._clock.seconds()
        idle.append(connection)
        self._idle_count += 1

    def gone(self, connection: Connection) -> None:
        """A connection is lost."""
        self._open.discard(connection)
        idle = self._idle.get(connection.key)
        if idle is not None and connection in idle:
            idle.remove(connection)
            self._idle_count -= 1
        if not idle:
            self._idle.pop(connection.key, None)
        if not self._open:
            if self._tick is not None:
                self._tick.cancel()
                self._tick = None
            if self._closed is not None and not self._closed.called:
                self._closed.callback(None)

    def _look(self) -> None:
        now = self._clock.seconds()
        self._tick = self._clock.callLater(1.0, self._look)
        for connection in tuple(self._open):
            connection.look(now, self.limits.idle)

    def close(self) -> Deferred[None]:
        """Ends all calls under way, which fail; fires when no connection is open."""
        if self._closed is None:
            self._closed = Deferred()
        for attempt in tuple(self._connecting):
            attempt.cancel()
        if not self._open:
            return succeed(None)
        for connection in tuple(self._open):
            connection.abort("the client is closed")
        return self._closed


def octets_of(call: Call, target: Target) -> bytes:
    """A call as it goes to the wire."""
    if call.method == "GET":
        path = target.path
        if call.form:
            path += ("&" if "?" in path else "?") + call.form.decode("ascii")
        return b"GET %b HTTP/1.1\r\n%b%b\r\n" % (path.encode("ascii"), target.headers, HEADERS)
    return b"POST %b HTTP/1.1\r\n%b%bContent-Length: %d\r\n\r\n%b" % (
        target.path.encode("ascii"),
        target.headers,
        HEADERS,
        len(call.form),
        call.form,
    )


def _redirected(call: Call, response: Response) -> Call | None:
    """The call to make instead: a GET wherever it is sent, a POST only where it may be repeated as it is
    (RFC 9110 §15.4). The parameters of a GET are part of the address that was redirected, and not added again."""
    if not response.location:
        return None
    url = follow(call.url, response.location)
    if call.method == "GET" and response.status in (301, 302, 303, 307, 308):
        return Call(url, "GET", b"")
    if call.method == "POST" and response.status in (307, 308):
        return Call(url, "POST", call.form)
    return None


def _words(problem: BaseException) -> str:
    return str(problem) or type(problem).__name__
