"""A client's server on port 0: what it was asked, and answers by script, down to the octets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol

ACK = b"ACK/Jasmin"


def reply(body: bytes = ACK, status: int = 200, *headers: str) -> bytes:
    """An answer with its length."""
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Asked:
    """A request as it came."""

    def __init__(self, head: bytes, body: bytes, connection: Peer) -> None:
        first, *lines = head.decode().split("\r\n")
        self.method, self.target, _ = first.split(" ")
        self.path, _, self.query = self.target.partition("?")
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        self.body = body
        self.connection = connection

    @property
    def fields(self) -> dict[str, str]:
        """The form, wherever it was."""
        octets = self.body.decode() if self.method == "POST" else self.query
        return {name: values[0] for name, values in parse_qs(octets, keep_blank_values=True).items()}


class Peer(Protocol):
    """One connection to the server; reads requests, and asks the server what to do."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.data = b""
        self.gone = False

    def connectionMade(self) -> None:
        self.server.connections.append(self)

    def dataReceived(self, data: bytes) -> None:
        self.data += data
        while b"\r\n\r\n" in self.data:
            head, _, rest = self.data.partition(b"\r\n\r\n")
            length = next((int(line[16:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length: ")), 0)
            if len(rest) < length:
                return
            self.data = rest[length:]
            self.server.ask(Asked(head, rest[:length], self))

    def connectionLost(self, reason: Any = None) -> None:
        self.gone = True
        self.server.lost += 1
        self.server.tell()


class Server(Factory):
    """`answer` gets each request and returns octets to send, or None to leave it open (or to write by itself)."""

    noisy = False

    def __init__(self, answer: Callable[[Asked], bytes | None] = lambda asked: reply(), tls: Any = None) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.connections: list[Peer] = []
        self.lost = 0
        self._waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []
        if tls is None:
            self._port = reactor.listenTCP(0, self, interface="127.0.0.1")
        else:
            self._port = reactor.listenSSL(0, self, tls, interface="127.0.0.1")
        self.port: int = self._port.getHost().port

    def url(self, path: str = "/dlr", scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def buildProtocol(self, addr: Any) -> Peer:
        return Peer(self)

    def ask(self, asked: Asked) -> None:
        self.asked.append(asked)
        octets = self.answer(asked)
        if octets is not None:
            asked.connection.transport.write(octets)
        self.tell()

    def tell(self) -> None:
        for each in list(self._waiting):
            if each[0]():
                self._waiting.remove(each)
                each[1].callback(None)

    def until(self, enough: Callable[[], bool]) -> Deferred[None]:
        """Fires when it is so, looking at each request and each lost connection."""
        answer: Deferred[None] = Deferred()
        if enough():
            answer.callback(None)
        else:
            self._waiting.append((enough, answer))
        return answer

    async def stop(self) -> None:
        await self._port.stopListening()
        for each in self.connections:
            if not each.gone:
                each.transport.abortConnection()
        await self.until(lambda: self.lost == len(self.connections))
