"""A connection to the SMPP port that sends what no library would."""

from __future__ import annotations

import contextlib
import socket
import struct

from tests.flows.gateway import Gateway

BIND_TRANSCEIVER, SUBMIT_SM, ENQUIRE_LINK, GENERIC_NACK = 0x09, 0x04, 0x15, 0x80000000


def write(command: int, sequence: int = 1, body: bytes = b"", status: int = 0) -> bytes:
    """A PDU."""
    return struct.pack(">4I", 16 + len(body), command, status, sequence) + body


BIND = write(BIND_TRANSCEIVER, body=b"acme\0s3cret\0\0\x34\0\0\0")
MESSAGE = b"\0\x05\0SHOP\0\x01\x01" + b"33612345678\0" + b"\0\0\0\0\0\0\0\0\0\x05Hello"


class Raw:
    """The connection; closed at the end of its `with`."""

    def __init__(self, gateway: Gateway) -> None:
        self._connection = socket.create_connection(("127.0.0.1", gateway.ports["smpps"]), 10)

    def __enter__(self) -> Raw:
        return self

    def __exit__(self, *problem: object) -> None:
        self._connection.close()

    def send(self, octets: bytes) -> None:
        """Sends octets; the gateway may have closed already."""
        with contextlib.suppress(ConnectionError):
            self._connection.sendall(octets)

    def pdu(self) -> tuple[int, int, int] | None:
        """Command, status and sequence of the next PDU; None when the connection is closed."""
        answer = self.whole_pdu()
        return None if answer is None else answer[:3]

    def whole_pdu(self) -> tuple[int, int, int, bytes] | None:
        """The same and the body."""
        head = self._read(16)
        if head is None:
            return None
        length, command, status, sequence = struct.unpack(">4I", head)
        body = self._read(length - 16)
        return None if body is None else (command, status, sequence, body)

    def _read(self, count: int) -> bytes | None:
        octets = b""
        while len(octets) < count:
            try:
                more = self._connection.recv(count - len(octets))
            except ConnectionError:
                return None
            if not more:
                return None
            octets += more
        return octets

    def bind(self) -> None:
        """Binds as the account."""
        self.send(BIND)
        assert self.pdu() == (0x80000000 | BIND_TRANSCEIVER, 0, 1)
