"""A server on port 0 with stand-ins behind it, and the clients that the tests of this room talk to it with."""

from __future__ import annotations

import struct
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from twisted.internet import reactor
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock

from jasminlike.accounts.model import Group, SmppsAuthorization, SmppsQuota, User
from jasminlike.errors import AUTH_FAILED, USER_DISABLED, GatewayError
from jasminlike.interfaces import MessageView, Outgoing, Stored
from jasminlike.message.ids import new_id
from jasminlike.net.protocol import SmppProtocol
from jasminlike.pipeline.submission import Accepted, Submission
from jasminlike.settings.schema import Smpps
from jasminlike.smpp import events as e
from jasminlike.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter, Pdu
from jasminlike.smpp.session import Session
from jasminlike.smpp.timers import Timers
from jasminlike.smpps.server import SmppServer
from jasminlike.stats import Stats

BINDS = {"trx": BindTransceiver, "tx": BindTransmitter, "rx": BindReceiver}
PASSWORD = "a-long-password"


def account(name: str = "acme", **changes: Any) -> User:
    """An account; `bind`, `ip` and `max_bindings` are those of its SMPP credentials."""
    authorization = {key: changes.pop(key) for key in ("bind", "ip") if key in changes}
    quota = {key: changes.pop(key) for key in ("max_bindings",) if key in changes}
    values: dict[str, Any] = {"uid": f"{name}-uid", "gid": "g", "username": name, "password": "-"}
    values["smpps_authorization"] = SmppsAuthorization(**authorization)
    values["smpps_quota"] = SmppsQuota(**quota)
    return User(**(values | changes))


class FakeDirectory:
    """Things by kind and key; `put` tells the listeners as the catalogue does."""

    def __init__(self) -> None:
        self.things: dict[tuple[str, str], Any] = {("group", "g"): Group("g")}
        self.listeners: list[Callable[[str, str, Any, Any], None]] = []

    def get(self, kind: str, key: str) -> Any:
        return self.things.get((kind, key))

    def subscribe(self, listener: Callable[[str, str, Any, Any], None]) -> None:
        self.listeners.append(listener)

    def put(self, kind: str, key: str, new: Any) -> None:
        old = self.things.pop((kind, key), None)
        if new is not None:
            self.things[kind, key] = new
        for listener in self.listeners:
            listener(kind, key, old, new)

    def user(self, user: User) -> User:
        self.put("user", user.uid, user)
        return user

    def change(self, user: User, **changes: Any) -> User:
        return self.user(msgspec.structs.replace(user, **changes))


class FakeLogins:
    """Everybody of the directory has the same password; `held` keeps checks back until `answer`."""

    def __init__(self, directory: FakeDirectory) -> None:
        self.directory = directory
        self.peers: list[str] = []
        self.problem: Exception | None = None
        self.known = False
        self.held: list[tuple[Deferred[User], str, str]] | None = None

    def cached(self, username: str, password: str) -> User | None:
        return self._find(username) if self.known and password == PASSWORD else None

    def check(self, username: str, password: str, peer: str = "") -> Deferred[User]:
        self.peers.append(peer)
        if self.held is not None:
            waiting: Deferred[User] = Deferred()
            self.held.append((waiting, username, password))
            return waiting
        return self._decide(username, password)

    def answer(self) -> None:
        assert self.held
        waiting, username, password = self.held.pop(0)
        self._decide(username, password).chainDeferred(waiting)

    def _find(self, username: str) -> User | None:
        users = [thing for (kind, _), thing in self.directory.things.items() if kind == "user"]
        return next((user for user in users if user.username == username), None)

    def _decide(self, username: str, password: str) -> Deferred[User]:
        user = self._find(username)
        if self.problem is not None:
            return fail(self.problem)
        if user is None or password != PASSWORD:
            return fail(GatewayError(AUTH_FAILED))
        group = self.directory.get("group", user.gid)
        if not user.enabled or group is None or not group.enabled:
            return fail(GatewayError(USER_DISABLED))
        return succeed(user)


class FakeIntake:
    """Accepts everything, or does as `decide` says; keeps what it was given. `hold` keeps answers back."""

    def __init__(self) -> None:
        self.submissions: list[Submission] = []
        self.decide: Callable[[Submission], Awaitable[Accepted] | Accepted] | None = None
        self.held: list[Deferred[None]] | None = None

    async def accept(self, submission: Submission) -> Accepted:
        self.submissions.append(submission)
        if self.held is not None:
            waiting: Deferred[None] = Deferred()
            self.held.append(waiting)
            await waiting
        if self.decide is not None:
            found = self.decide(submission)
            return found if isinstance(found, Accepted) else await found
        return Accepted(new_id(), 1)

    def hold(self) -> None:
        self.held = []

    def answer(self, count: int | None = None) -> None:
        """Lets so many go on, or all."""
        assert self.held is not None
        going, self.held = self.held[:count], self.held[count:] if count is not None else []
        for each in going:
            each.callback(None)


class FakeRecords:
    def __init__(self) -> None:
        self.views: dict[str, MessageView] = {}

    def find(self, message_id: str) -> Deferred[MessageView | None]:
        if message_id == "broken":
            return fail(RuntimeError("the store is broken"))
        if len(message_id) != 36:
            raise ValueError("no id")
        return succeed(self.views.get(message_id))


class FakeBroker:
    """Keeps what is published; hands nothing out."""

    def __init__(self) -> None:
        self.published: list[tuple[str, Outgoing]] = []
        self.expired: dict[str, Any] = {}

    def publish(self, topic: str, outgoing: Sequence[Outgoing]) -> Stored:
        self.published += [(topic, each) for each in outgoing]
        return succeed(None)

    def on_expired(self, prefix: str, handler: Any) -> None:
        self.expired[prefix] = handler

    def depth(self, topic: str = "") -> int:
        return sum(1 for each, _ in self.published if topic in ("", each))

    def replay(self, topic: str) -> Deferred[int]:
        return succeed(0)

    def consume(self, topic: str, handler: Any, prefetch: int) -> Any:
        return _Idle(prefetch)


class _Idle:
    def __init__(self, prefetch: int) -> None:
        self.prefetch = prefetch

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def stop(self) -> Deferred[None]:
        return succeed(None)


class Place:
    """The server under test; `clock` moves its timers when one is given."""

    def __init__(self, broker: Any = None, clock: Any = None, **settings: Any) -> None:
        self.clock = clock or reactor
        self.directory = FakeDirectory()
        self.logins = FakeLogins(self.directory)
        self.intake = FakeIntake()
        self.records = FakeRecords()
        self.broker = broker or FakeBroker()
        self.stats = Stats()
        self.logged: list[tuple[str, str, dict[str, Any]]] = []
        self.now = time.time
        self.clients: list[Esme] = []
        self.user = self.directory.user(account())
        self._listen(settings)

    def _listen(self, settings: dict[str, Any]) -> None:
        self.server = SmppServer(
            Smpps(**settings),
            self.intake,
            self.logins,
            self.records,
            self.broker,
            self.directory,
            self.stats,
            self._log,
            self.clock,
            lambda: self.now(),
        )
        self._port = reactor.listenTCP(0, self.server.factory, interface="127.0.0.1")

    async def again(self, broker: Any = None, clock: Any = None, **settings: Any) -> None:
        """Another server for the same accounts, as after a restart or with other settings."""
        if self._port.connected:
            await self.close()
        self.broker, self.clock = broker or self.broker, clock or self.clock
        self._listen(settings)

    @property
    def port(self) -> int:
        return self._port.getHost().port

    def _log(self, type: str, message: str, /, *, level: str = "info", **params: Any) -> None:
        self.logged.append((type, message, params))

    def kinds(self) -> list[str]:
        """The types of what was logged."""
        return [type for type, _, _ in self.logged]

    async def connect(self, **session: Any) -> Esme:
        """A client that has not bound."""
        esme = Esme(Session("esme", **{"window": 5000, "timers": QUIET, **session}))
        await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", self.port), esme.protocol)
        self.clients.append(esme)
        return esme

    async def bound(self, kind: str = "trx", username: str = "acme", **session: Any) -> Esme:
        """A client that is bound."""
        esme = await self.connect(**session)
        assert await esme.bind(kind, username) == 0
        return esme

    async def raw(self) -> Raw:
        """A client that speaks octets."""
        client = await connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", self.port), Raw())
        return client

    async def close(self) -> None:
        await self._cut()
        await self.server.stop()

    async def crash(self) -> None:
        """Everything of the server ends, and what it was about to store is lost."""
        await self._cut()
        await until(lambda: not self.server.connections)

    async def _cut(self) -> None:
        await self._port.stopListening()
        for client in self.clients:
            client.protocol.abort("end of the test")
        self.clients.clear()


QUIET = Timers(session_init=0, enquire_link=0, unbind=0, partial_pdu=0)
"""A client whose own timers never act."""


class Esme:
    """A client over our own session. `received` has the server's requests; unless `mute` they are answered at once
    with `status`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.protocol = SmppProtocol(session, reactor, self)
        self.events: list[e.Event] = []
        self.received: list[Pdu] = []
        self.mute = False
        self.status: int | Callable[[Pdu], int] = 0
        self.lost: str | None = None
        self._waiters: list[tuple[Callable[[], bool], Deferred[None]]] = []

    # --- the listener

    def on_connected(self, protocol: SmppProtocol) -> None: ...

    def on_writable(self, protocol: SmppProtocol) -> None: ...

    def on_events(self, protocol: SmppProtocol, events: list[e.Event]) -> None:
        for event in events:
            self.events.append(event)
            if isinstance(event, e.Received):
                self.received.append(event.pdu)
                if not self.mute:
                    self.answer(event.pdu)
        self._look()

    def on_lost(self, protocol: SmppProtocol, reason: str, in_doubt: list[e.InDoubt]) -> None:
        self.lost = reason
        self._look()

    # --- for tests

    def answer(self, pdu: Pdu, status: int | None = None) -> None:
        chosen = self.status(pdu) if callable(self.status) else self.status
        self.protocol.respond(pdu, pdu.response(chosen if status is None else status))

    def until(self, condition: Callable[[], bool]) -> Deferred[None]:
        """Fires when it holds, looked at whenever something came."""
        waiter: Deferred[None] = Deferred()
        self._waiters.append((condition, waiter))
        self._look()
        return waiter

    def _look(self) -> None:
        for each in list(self._waiters):
            if each in self._waiters and each[0]():
                self._waiters.remove(each)
                each[1].callback(None)

    async def bind(self, kind: str = "trx", username: str = "acme", password: str = PASSWORD) -> int:
        """The status of the bind_resp."""
        before = len(self.events)
        self.protocol.request(BINDS[kind](system_id=username.encode(), password=password.encode()))
        await self.until(
            lambda: any(isinstance(each, e.Bound | e.BindRefused) for each in self.events[before:]) or self.gone
        )
        return next(each.pdu.status for each in self.events[before:] if isinstance(each, e.Bound | e.BindRefused))

    async def ask(self, pdu: Pdu) -> Pdu:
        """Sends a request; its answer."""
        before = len(self.events)
        sequence = self.protocol.request(pdu)

        def found() -> list[Pdu]:
            answers = [each.pdu for each in self.events[before:] if isinstance(each, e.Answered)]
            return [answer for answer in answers if answer.sequence == sequence]

        await self.until(lambda: bool(found()) or self.gone)
        return found()[0]

    @property
    def gone(self) -> bool:
        return self.lost is not None

    async def have(self, count: int) -> list[Pdu]:
        """Waits until so many requests of the server have come."""
        await self.until(lambda: len(self.received) >= count or self.gone)
        return self.received

    async def ended(self) -> str:
        """Waits for the end of the connection."""
        await self.until(lambda: self.gone)
        assert self.lost is not None
        return self.lost

    def texts(self) -> list[bytes]:
        """The short messages that came."""
        return [getattr(pdu, "short_message", b"") for pdu in self.received]


class Raw(Protocol):
    """Sends octets as they are and collects what comes back, cut into PDUs."""

    def __init__(self) -> None:
        self.lost = False
        self.frames: list[bytes] = []
        self._octets = bytearray()
        self._waiters: list[tuple[Callable[[], bool], Deferred[None]]] = []

    def dataReceived(self, data: bytes) -> None:
        octets, at = self._octets, 0
        octets += data
        while len(octets) - at >= 4 and len(octets) - at >= int.from_bytes(octets[at : at + 4], "big"):
            length = int.from_bytes(octets[at : at + 4], "big")
            self.frames.append(bytes(octets[at : at + length]))
            at += length
        del octets[:at]
        self._look()

    def connectionLost(self, reason: Any = None) -> None:
        self.lost = True
        self._look()

    def _look(self) -> None:
        for each in list(self._waiters):
            if each[0]():
                self._waiters.remove(each)
                each[1].callback(None)

    def write(self, octets: bytes) -> None:
        self.transport.write(octets)

    def pdus(self) -> list[tuple[int, int, int]]:
        """(command id, status, sequence) of each whole PDU that came."""
        return [struct.unpack(">III", frame[4:16]) for frame in self.frames]  # type: ignore[misc]

    async def until(self, condition: Callable[[], bool]) -> None:
        waiter: Deferred[None] = Deferred()
        self._waiters.append((condition, waiter))
        self._look()
        await waiter

    async def have(self, count: int) -> list[tuple[int, int, int]]:
        await self.until(lambda: len(self.frames) >= count or self.lost)
        return self.pdus()

    async def ended(self) -> None:
        await self.until(lambda: self.lost)


def turns(count: int = 1) -> Deferred[None]:
    """Fires after so many turns of the reactor."""
    done: Deferred[None] = Deferred()

    def turn(left: int) -> None:
        if left:
            reactor.callLater(0, turn, left - 1)
        else:
            done.callback(None)

    turn(count)
    return done


async def until(condition: Callable[[], object]) -> None:
    """Returns in the first turn of the reactor in which it holds."""
    while not condition():
        await turns()


class Stopped(Clock):
    """Time that the test moves; what is due at once happens in the next turn of the reactor all the same."""

    def callLater(self, delay: float, function: Any, *args: Any, **more: Any) -> Any:
        if not delay:
            return reactor.callLater(0, function, *args, **more)
        return super().callLater(delay, function, *args, **more)
