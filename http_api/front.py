"""What the connections of the HTTP port share: limits, the time, the heads of answers, the site behind."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from http_api.endpoint import Endpoint
from http_api.hot import HotProtocol
from http_api.replies import Reply, phrase
from http_api.site import ApiSite, Watch
from jasminlike.interfaces import Clock, Timer

SERVER = b"jasminlike"

Access = Callable[[str, str, str, int, int], None]
"""Told of each answer: peer, method, path, status, octets of the body. Never arguments: they hold passwords, texts."""

OURS = tuple(method + b" /send" + end for method in (b"GET", b"POST") for end in (b"?", b" "))


@dataclass(frozen=True, slots=True)
class Limits:
    """Octets of a body, connections, and seconds."""

    max_body: int = 1 << 20
    max_connections: int = 10_000
    request_timeout: float = 30.0
    """A request must be whole, and an answer read, within this time."""
    idle_timeout: float = 75.0
    """A connection may be silent for this time between requests."""


class Front(Factory):
    """The factory to listen with. `send` answers /send on the quick path, `site` everything else."""

    noisy = False
    ours = OURS

    def __init__(
        self,
        send: Endpoint,
        site: ApiSite,
        clock: Clock,
        limits: Limits,
        access: Access | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.send = send
        self.site = site
        self.limits = limits
        self.access = access
        self._wall = wall
        self.stopping = False
        self.now = clock.seconds()
        """The time as of the last look, a second old at most: near enough for what is watched."""
        self._clock = clock
        self._connections: set[HotProtocol] = set()
        self._tick: Timer | None = None
        self._dirty: list[HotProtocol] = []
        self._heads: dict[tuple[int, bytes], bytes] = {}
        self._stopped: Deferred[None] | None = None

    def buildProtocol(self, addr: IAddress | None) -> HotProtocol | None:
        """A connection; None, which closes it, when there are too many."""
        if len(self._connections) >= self.limits.max_connections or self.stopping:
            return None
        if self._tick is None:
            self.now = self._clock.seconds()
        return HotProtocol(self)

    def opened(self, connection: HotProtocol) -> None:
        """A connection is made."""
        self._connections.add(connection)
        if self._tick is None:
            self._tick = self._clock.callLater(1.0, self._look)

    def closed(self, connection: HotProtocol) -> None:
        """A connection is gone."""
        self._connections.discard(connection)
        if not self._connections:
            if self._tick is not None:
                self._tick.cancel()
                self._tick = None
            if self._stopped is not None:
                self._stopped.callback(None)
                self._stopped = None

    def _look(self) -> None:
        now = self.now = self._clock.seconds()
        self._heads.clear()
        self._tick = self._clock.callLater(1.0, self._look)
        for connection in tuple(self._connections):
            connection.look(now)

    def flush_soon(self, connection: HotProtocol) -> None:
        """Has the connection write what is finished at the end of this turn of the reactor."""
        if not self._dirty:
            self._clock.callLater(0, self._flush)
        self._dirty.append(connection)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        for connection in dirty:
            connection.flush()

    def octets(self, reply: Reply, keep: bool, old: bool) -> bytes:
        """A reply as it goes to the wire. Connections stay open unless said otherwise, in HTTP/1.0 the reverse."""
        head = self._heads.get((reply.status, reply.content_type))
        if head is None:
            head = self._heads[(reply.status, reply.content_type)] = self._head(reply)
        if keep and not old and not reply.headers:
            return b"%b%d\r\n\r\n%b" % (head, len(reply.body), reply.body)
        more = b"".join(b"%b: %b\r\n" % header for header in reply.headers)
        if not keep:
            more += b"Connection: close\r\n"
        elif old:
            more += b"Connection: keep-alive\r\n"
        return b"%b%d\r\n%b\r\n%b" % (head, len(reply.body), more, reply.body)

    def _head(self, reply: Reply) -> bytes:
        """All that answers of one kind have in common for the rest of this second."""
        return b"HTTP/1.1 %d %b\r\nServer: %b\r\nDate: %b\r\nContent-Type: %b\r\nContent-Length: " % (
            reply.status,
            phrase(reply.status).encode("ascii"),
            SERVER,
            formatdate(self._wall(), usegmt=True).encode("ascii"),
            reply.content_type,
        )

    def channel(self, connection: HotProtocol) -> Any:
        """A channel of the site for a connection that asks for something else; `watch` is its guard."""
        watch = Watch(lambda: self.now, self.limits.request_timeout, connection.transport)
        return self.site.channel(watch, connection.transport.getPeer())

    def stop(self) -> Deferred[None]:
        """Takes no more connections, closes idle ones, and fires when the answers under way are out. Stop listening
        first."""
        self.stopping = True
        stopped: Deferred[None] = Deferred()
        if not self._connections:
            stopped.callback(None)
            return stopped
        self._stopped = stopped
        for connection in tuple(self._connections):
            connection.stop()
        return stopped
