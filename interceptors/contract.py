"""What the gateway and the processes that run scripts say to each other: msgpack, each message after its length.

Down go `Load` (a script's text, once for each process) and `Request` (run it on this message); up come `Ready`, once,
and an `Answer` for each request, in the order of the requests.
"""

from __future__ import annotations

import struct

import msgspec

Value = int | bytes | None
"""A parameter of a PDU; None takes it away."""

MOST_OCTETS = 16_000_000
"""A longer message between the processes is a fault of one of them."""

RETIRED = 75
"""The exit code of a process that answered all it had begun and wants to be replaced (EX_TEMPFAIL of sysexits)."""

_LENGTH = struct.Struct(">I")


class Load(msgspec.Struct, array_like=True, tag=1, gc=False):
    """A script: its text is compiled once, and known by `key` from then on."""

    key: str
    path: str
    code: str


class Request(msgspec.Struct, array_like=True, tag=2, gc=False):
    """Run a script on a message. `user` is (uid, username, gid), `connector` the cid it came from, `now` the time."""

    key: str
    side: str
    params: dict[str, int | bytes]
    tags: list[str]
    tlvs: list[tuple[int, bytes]]
    locks: list[str]
    user: tuple[str, str, str] = ("", "", "")
    connector: str = ""
    now: float = 0.0
    folder: str = ""


class Ready(msgspec.Struct, array_like=True, tag=3, gc=False):
    """The process can take requests."""

    pid: int


class Answer(msgspec.Struct, array_like=True, tag=4, gc=False):
    """What became of a run. `error` is empty when the script ran to its end; otherwise nothing else counts.

    `changed` holds the parameters that are others now. `seconds` is how long it ran.
    """

    error: str = ""
    changed: dict[str, Value] = {}
    tags: list[str] = []
    tlvs: list[tuple[int, bytes]] = []
    locks: list[str] = []
    smpp_status: int | None = None
    http_status: int | None = None
    message_id: str = ""
    replies: list[str] = []
    seconds: float = 0.0


_encoder = msgspec.msgpack.Encoder()


def frame(message: Load | Request | Ready | Answer) -> bytes:
    """The octets of one message."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


class Frames:
    """Cuts a stream into the bodies of messages. ValueError for a length that cannot be."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, octets: bytes) -> list[bytes]:
        """The bodies that are complete now."""
        buffer = self._buffer
        buffer += octets
        bodies, at = [], 0
        while len(buffer) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer, at)
            if length > MOST_OCTETS:
                raise ValueError(f"a message of {length} octets")
            end = at + _LENGTH.size + length
            if end > len(buffer):
                break
            bodies.append(bytes(buffer[at + _LENGTH.size : end]))
            at = end
        del buffer[:at]
        return bodies


downward = msgspec.msgpack.Decoder(Load | Request)
upward = msgspec.msgpack.Decoder(Ready | Answer)
