"""An API on port 0 with stand-ins behind it, and the clients that the tests of this package talk to it with."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.threads import deferToThread

from http_api.balance import Balance
from http_api.front import Front, Limits
from http_api.metrics import Gauge, Metrics
from http_api.ping import ping, release
from http_api.rate import Rate
from http_api.send import Send
from http_api.site import ApiSite
from http_api.status import Status
from jasminlike.accounts.billing import Purses
from jasminlike.accounts.model import User
from jasminlike.errors import AUTH_FAILED, GatewayError
from jasminlike.interfaces import MessageView
from jasminlike.pipeline.submission import Accepted, Quote, Submission
from jasminlike.stats import Stats

ID = "01934567-89ab-7cde-8f01-23456789abcd"
FOO = User(uid="u1", gid="g1", username="foo", password="-")
LIMITS = Limits()
CREDENTIALS = {"username": "foo", "password": "bar"}


class FakeIntake:
    """Accepts everything, or does as `decide` says; keeps what it was given."""

    def __init__(self) -> None:
        self.submissions: list[Submission] = []
        self.decide: Callable[[Submission], Awaitable[Accepted] | Accepted] | None = None
        self.quoted = Quote(500_000, 1, ("a",))

    async def accept(self, submission: Submission) -> Accepted:
        self.submissions.append(submission)
        if self.decide is None:
            return Accepted(ID, 1)
        found = self.decide(submission)
        return found if isinstance(found, Accepted) else await found

    async def quote(self, submission: Submission) -> Quote:
        self.submissions.append(submission)
        if self.decide is not None:
            self.decide(submission)
        return self.quoted


class FakeLogins:
    """Knows foo/bar: at once when it was asked before, otherwise in another turn of the reactor."""

    def __init__(self, user: User = FOO) -> None:
        self.user = user
        self.known = False
        self.checked: list[tuple[str, str, str]] = []

    def cached(self, username: str, password: str) -> User | None:
        return self.user if self.known and (username, password) == (self.user.username, "bar") else None

    def check(self, username: str, password: str, peer: str = "") -> Deferred[User]:
        self.checked.append((username, password, peer))
        answer: Deferred[User] = Deferred()

        def decide() -> None:
            if (username, password) == (self.user.username, "bar"):
                self.known = True
                answer.callback(self.user)
            else:
                answer.errback(GatewayError(AUTH_FAILED))

        reactor.callLater(0, decide)
        return answer


class FakeRecords:
    """Knows the views put in."""

    def __init__(self) -> None:
        self.views: dict[str, MessageView] = {}

    def find(self, message_id: str) -> Deferred[MessageView | None]:
        return succeed(self.views.get(message_id))


class Api:
    """The API under test; `port` is the front's, `site_port` that of the site alone."""

    def __init__(self, limits: Limits = LIMITS, clock: Any = None) -> None:
        self.intake = FakeIntake()
        self.logins = FakeLogins()
        self.purses = Purses()
        self.records = FakeRecords()
        self.stats = Stats()
        self.gauges: list[Gauge] = []
        self.log: list[tuple[str, str, str, int, int]] = []
        self.now = 1_700_000_000.25
        send = Send(self.intake, self.logins, self.stats, lambda: self.now)
        endpoints = {
            "": release("1.2.3", self.stats),
            "ping": ping(self.stats),
            "send": send,
            "rate": Rate(self.intake, self.logins, self.stats, lambda: self.now),
            "balance": Balance(self.purses, self.logins, self.stats, lambda: self.now),
            "status": Status(self.records, self.logins, self.stats, lambda: self.now),
            "metrics": Metrics(self.stats, lambda: self.gauges),
        }
        clock = clock or reactor
        self.site = ApiSite(endpoints, clock, limits.max_body, limits.idle_timeout, self._write)
        self.front = Front(send, self.site, clock, limits, self._write, clock.seconds)
        self._ports = [reactor.listenTCP(0, factory, interface="127.0.0.1") for factory in (self.front, self.site)]
        self.port, self.site_port = (each.getHost().port for each in self._ports)
        self.clients: list[RawClient] = []

    def _write(self, *line: Any) -> None:
        self.log.append(line)

    async def connect(self, port: int = 0) -> RawClient:
        """A raw connection."""
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port or self.port)
        self.clients.append(await connectProtocol(endpoint, RawClient()))
        return self.clients[-1]

    async def stop(self) -> None:
        for each in self._ports:
            await each.stopListening()
        for client in self.clients:
            client.transport.abortConnection()
            await client.ended
        await self.front.stop()


class RawClient(Protocol):
    """Sends octets as they are and collects what comes back."""

    def __init__(self) -> None:
        self.received = b""
        self.ended: Deferred[None] = Deferred()
        self._waiting: list[tuple[Callable[[bytes], bool], Deferred[bytes]]] = []
        self._lost = False

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        for each in list(self._waiting):
            if each[0](self.received):
                self._waiting.remove(each)
                each[1].callback(self.received)

    def until(self, enough: Callable[[bytes], bool]) -> Deferred[bytes]:
        """Fires with all that came when it is enough; fails when the connection ends before."""
        answer: Deferred[bytes] = Deferred()
        if enough(self.received):
            answer.callback(self.received)
        elif self._lost:
            answer.errback(ConnectionError(f"closed after {self.received!r}"))
        else:
            self._waiting.append((enough, answer))
        return answer

    def replies(self, count: int) -> Deferred[bytes]:
        """Fires when so many whole replies are there."""
        return self.until(lambda octets: len(split_replies(octets)) >= count)

    def connectionLost(self, reason: Any = None) -> None:
        self._lost = True
        for _, answer in self._waiting:
            answer.errback(ConnectionError(f"closed after {self.received!r}"))
        self._waiting.clear()
        self.ended.callback(None)


def split_replies(octets: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    """(status, headers, body) of each whole reply in the octets."""
    replies = []
    while True:
        head, end, rest = octets.partition(b"\r\n\r\n")
        if not end:
            return replies
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return replies
        replies.append((int(first.split()[1]), headers, rest[:length]))
        octets = rest[length:]


def in_thread(function: Callable[..., Any], *args: Any) -> Deferred[Any]:
    """Runs a blocking client beside the reactor."""
    return deferToThread(function, *args)


def exchange(port: int, octets: bytes, pieces: int = 0) -> bytes:
    """Sends octets (`pieces` at a time, 0 = all), then reads until the other side closes. Blocks."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if pieces:
            for start in range(0, len(octets), pieces):
                connection.sendall(octets[start : start + pieces])
        else:
            connection.sendall(octets)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        return received
