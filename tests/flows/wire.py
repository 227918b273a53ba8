"""SMPP by hand: sessions whose every octet a test decides, on both sides of a gateway."""

from __future__ import annotations

import contextlib
import socket
import struct
from types import TracebackType
from typing import Any, TypeVar

from jasminlike.smpp.codec import decode_frame, encode
from jasminlike.smpp.pdu import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    DeliverSm,
    EnquireLink,
    Pdu,
    SubmitSm,
    SubmitSmResp,
)
from tests.flows.gateway import ACCOUNT

P = TypeVar("P", bound=Pdu)
BINDS = {"tx": BindTransmitter, "rx": BindReceiver, "trx": BindTransceiver}
SECONDS = 10.0


class Gone(AssertionError):
    """The far end closed the connection."""


class Wire:
    """One connection. enquire_links of the far end are answered while something is awaited; `answers` tells whether
    its other requests are, too."""

    def __init__(self, connection: socket.socket, answers: bool = True) -> None:
        self.socket = connection
        self.answers = answers
        self.came: list[Pdu] = []
        self._octets = b""
        self._sequence = 0

    def __enter__(self: Any) -> Any:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.socket.close()

    def write(self, octets: bytes) -> None:
        """Octets as they are."""
        self.socket.sendall(octets)

    def send(self, *pdus: Pdu) -> None:
        """PDUs in one write; requests without a number get the next."""
        self.write(b"".join(self.encoded(pdu) for pdu in pdus))

    def encoded(self, pdu: Pdu) -> bytes:
        """Its octets; a request without a number gets the next."""
        if not pdu.sequence and not pdu.is_response:
            self._sequence += 1
            pdu.sequence = self._sequence
        return encode(pdu)

    def frame(self, seconds: float = SECONDS) -> bytes:
        """The octets of the next PDU. Raises Gone when there will be none, TimeoutError when none comes in time."""
        self.socket.settimeout(seconds)
        while True:
            if len(self._octets) >= 4:
                length = int.from_bytes(self._octets[:4], "big")
                if len(self._octets) >= length:
                    frame, self._octets = self._octets[:length], self._octets[length:]
                    return frame
            try:
                more = self.socket.recv(1 << 16)
            except ConnectionError:
                more = b""
            if not more:
                raise Gone
            self._octets += more

    def next(self, seconds: float = SECONDS) -> Pdu:
        """The next PDU other than enquire_link; requests are answered as `answers` says."""
        while True:
            pdu = decode_frame(self.frame(seconds))
            if isinstance(pdu, EnquireLink):
                self.send(pdu.response())
                continue
            if self.answers and not pdu.is_response and type(pdu).response_class is not None:
                self.send(pdu.response())
            self.came.append(pdu)
            return pdu

    def expect(self, kind: type[P], seconds: float = SECONDS) -> P:
        """The next PDU of this kind; others stay in `came`."""
        while True:
            pdu = self.next(seconds)
            if isinstance(pdu, kind):
                return pdu

    def ask(self, pdu: Pdu) -> Pdu:
        """Sends a request; its answer."""
        self.send(pdu)
        while True:
            answer = self.next()
            if answer.is_response and answer.sequence == pdu.sequence:
                return answer

    def until_closed(self, seconds: float = SECONDS) -> None:
        """Reads and forgets until the far end closes."""
        with contextlib.suppress(Gone):
            while True:
                self.frame(seconds)

    def cut(self) -> None:
        """Ends the connection with a reset, as a crash does; a second time does nothing."""
        if self.socket.fileno() < 0:
            return
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Esme(Wire):
    """A client of the SMPP server; bound with `kind` unless it is ""."""

    def __init__(
        self,
        port: int,
        kind: str = "trx",
        username: str = ACCOUNT[0],
        password: str = ACCOUNT[1],
        *,
        answers: bool = True,
        receive_buffer: int = 0,
    ) -> None:
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(SECONDS)
        connection.connect(("127.0.0.1", port))
        super().__init__(connection, answers)
        self.status = self.bind(kind, username, password) if kind else -1

    def bind(self, kind: str, username: str = ACCOUNT[0], password: str = ACCOUNT[1]) -> int:
        """The status that answers a bind."""
        return self.ask(BINDS[kind](system_id=username.encode(), password=password.encode())).status

    def receipts(self, count: int) -> list[DeliverSm]:
        """The next deliver_sm."""
        return [self.expect(DeliverSm) for _ in range(count)]


class Smsc:
    """An operator by hand: it listens, and `accept` gives the next connection."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._sessions: list[Wire] = []

    def __enter__(self) -> Smsc:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._listening.close()
        for session in self._sessions:
            session.socket.close()

    def connected(self) -> tuple[Wire, Pdu]:
        """The next connection and the bind that came over it, which is not answered yet."""
        self._listening.settimeout(SECONDS)
        connection, _ = self._listening.accept()
        session = Wire(connection, answers=False)
        self._sessions.append(session)
        return session, session.next()

    def accept(self) -> Wire:
        """The next session."""
        session, bind = self.connected()
        session.send(bind.response(system_id=b"byhand"))
        return session


def submit(to: str, text: bytes, **fields: Any) -> SubmitSm:
    """A message that asks for its receipt."""
    return SubmitSm(
        **{
            "source_addr": b"SHOP",
            "source_addr_ton": 5,
            "destination_addr": to.encode(),
            "short_message": text,
            "registered_delivery": 1,
            **fields,
        }
    )


def answer(request: Pdu, id: str, status: int = 0) -> SubmitSmResp:
    """The answer of an operator."""
    return SubmitSmResp(message_id=id.encode(), sequence=request.sequence, status=status)


def receipt(id: str, request: SubmitSm, state: str = "DELIVRD", sequence: int = 0) -> DeliverSm:
    """The receipt of an operator, in the text alone."""
    text = f"id:{id} sub:001 dlvrd:001 submit date:2601010000 done date:2601010000 stat:{state} err:000 text:"
    return DeliverSm(
        source_addr=request.destination_addr,
        destination_addr=request.source_addr,
        esm_class=4,
        short_message=text.encode(),
        sequence=sequence,
    )
