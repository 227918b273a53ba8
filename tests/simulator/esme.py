"""An ESME for the tests: our own session and glove, which remembers all that came and lets a test wait for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol

from jasminlike.net.endpoints import client_endpoint
from jasminlike.net.protocol import SmppProtocol
from jasminlike.smpp import events as e
from jasminlike.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter, Pdu, SubmitSm
from jasminlike.smpp.session import Session
from jasminlike.smpp.timers import Timers

BINDS = {"trx": BindTransceiver, "tx": BindTransmitter, "rx": BindReceiver}


class Esme:
    """``events`` in order, ``chunks`` as the socket gave them; deliveries are answered unless ``answer`` is None."""

    def __init__(self, reactor: Any, window: int = 1000) -> None:
        self.reactor = reactor
        self.events: list[e.Event] = []
        self.chunks: list[bytes] = []
        self.lost: str | None = None
        self.in_doubt: list[e.InDoubt] = []
        self.answer: int | None = 0
        self._waiters: list[tuple[Callable[[], object], Deferred[None]]] = []
        timers = Timers(enquire_link=0, session_init=0)
        self.protocol = SmppProtocol(Session("esme", window=window, timers=timers), reactor, self)

    # -- the listener

    def on_connected(self, protocol: SmppProtocol) -> None:
        received = protocol.dataReceived

        def keep(data: bytes) -> None:
            self.chunks.append(data)
            received(data)
            self._look()

        protocol.dataReceived = keep  # type: ignore[method-assign]

    def on_events(self, protocol: SmppProtocol, events: list[e.Event]) -> None:
        for event in events:
            self.events.append(event)
            if isinstance(event, e.Received) and self.answer is not None:
                protocol.refuse(event.pdu, self.answer)
        self._look()

    def on_writable(self, protocol: SmppProtocol) -> None:
        pass

    def on_lost(self, protocol: SmppProtocol, reason: str, in_doubt: list[e.InDoubt]) -> None:
        self.lost, self.in_doubt = reason, in_doubt
        self._look()

    # -- for tests

    async def connect(self, port: int) -> Esme:
        await connectProtocol(client_endpoint(self.reactor, "127.0.0.1", port), self.protocol)
        return self

    async def bind(self, port: int, how: str = "trx", system_id: str = "esme", password: str = "secret") -> Esme:
        """Connect and bind; the caller looks at ``bound`` or ``refused``."""
        await self.connect(port)
        self.protocol.request(BINDS[how](system_id=system_id.encode(), password=password.encode()))
        await self.until(lambda: self.bound or self.refused is not None or self.lost)
        return self

    @property
    def bound(self) -> bool:
        return self.protocol.session.bound

    @property
    def refused(self) -> int | None:
        return next((event.pdu.status for event in self.events if isinstance(event, e.BindRefused)), None)

    def submit(self, *pdus: Pdu) -> list[int]:
        """Send these in one write; their sequence numbers."""
        return [self.protocol.request(pdu, pdu) for pdu in pdus]

    @property
    def answers(self) -> list[Pdu]:
        return [event.pdu for event in self.events if isinstance(event, (e.Answered, e.Unsolicited))]

    @property
    def deliveries(self) -> list[Any]:
        return [event.pdu for event in self.events if isinstance(event, e.Received)]

    def until(self, condition: Callable[[], object]) -> Deferred[None]:
        """Fires when the condition holds after something came in or the connection went."""
        waiter: Deferred[None] = Deferred()
        self._waiters.append((condition, waiter))
        self._look()
        return waiter

    async def answered(self, count: int) -> list[Pdu]:
        await self.until(lambda: len(self.answers) >= count)
        return self.answers

    async def delivered(self, count: int) -> list[Any]:
        await self.until(lambda: len(self.deliveries) >= count)
        return self.deliveries

    def _look(self) -> None:
        done = [waiter for waiter in self._waiters if waiter[0]()]
        self._waiters = [waiter for waiter in self._waiters if waiter not in done]
        for _, waiter in done:
            waiter.callback(None)


def message(text: bytes = b"hello", *, to: bytes = b"336111", receipt: int = 1, **fields: Any) -> SubmitSm:
    return SubmitSm(source_addr=b"Shop", destination_addr=to, short_message=text, registered_delivery=receipt, **fields)
