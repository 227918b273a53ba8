"""The kinds of field a PDU body is made of: how each is written, read and limited (SMPP 3.4 §3.1).

A kind has a ``default``, ``encode(value) -> bytes`` that raises ValueError with the problem ("is longer than 20
octets"), and ``decode(data, at, end) -> (value, next_at)`` that raises :class:`BadField`. Neither knows its field's
name: the table in ``specs`` gives the name and the command_status that answers a bad value, ``walker`` brings them
together, and ``compiled`` writes the same rules as straight-line code for speed.

Limits are those of the specification, NUL included, except where a comment says otherwise.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, Protocol

from jasminlike.smpp.constants import DEST_DISTRIBUTION_LIST, DEST_SME


class BadField(Exception):
    """A field cannot be read. ``ended``: the PDU ends before the field does."""

    def __init__(self, problem: str, *, ended: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.ended = ended


class Kind(Protocol):
    """What the table needs of a kind of field. ``annotation`` is its Python type, for the rendered stub."""

    default: Any
    annotation: str

    def encode(self, value: Any) -> bytes: ...

    def decode(self, data: bytes, at: int, end: int) -> tuple[Any, int]: ...


class SmeAddress(NamedTuple):
    """One number among the destinations of a submit_multi."""

    address: bytes
    ton: int = 0
    npi: int = 0


class DistributionList(NamedTuple):
    """One list, kept at the SMSC, among the destinations of a submit_multi."""

    name: bytes


class UnsuccessSme(NamedTuple):
    """One number a submit_multi did not reach, and why (a command_status)."""

    address: bytes
    status: int
    ton: int = 0
    npi: int = 0


Destination = SmeAddress | DistributionList


def _octets(value: Any) -> bytes:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise ValueError(f"must be bytes, not {type(value).__name__}")


class Int:
    """An unsigned number of ``size`` octets, most significant first."""

    default = 0
    annotation = "int"

    def __init__(self, size: int) -> None:
        self.size = size
        self.maximum = (1 << 8 * size) - 1

    def encode(self, value: Any) -> bytes:
        if not isinstance(value, int):
            raise ValueError(f"must be a number, not {type(value).__name__}")
        if not 0 <= value <= self.maximum:
            raise ValueError(f"is {value}, outside 0..{self.maximum}")
        return int(value).to_bytes(self.size, "big")

    def decode(self, data: bytes, at: int, end: int) -> tuple[int, int]:
        stop = at + self.size
        if stop > end:
            raise BadField("is missing: the PDU ends before it", ended=True)
        return int.from_bytes(data[at:stop], "big"), stop


class COctetString:
    """Octets closed by a NUL; ``limit`` counts the NUL, as the specification does."""

    default = b""
    annotation = "bytes"

    def __init__(self, limit: int) -> None:
        self.limit = limit

    def encode(self, value: Any) -> bytes:
        octets = _octets(value)
        if len(octets) >= self.limit:
            raise ValueError(f"is {len(octets)} octets long, {self.limit - 1} are allowed")
        if 0 in octets:
            raise ValueError("contains a NUL octet, which would end it early")
        return octets + b"\0"

    def decode(self, data: bytes, at: int, end: int) -> tuple[bytes, int]:
        stop = data.find(0, at, min(at + self.limit, end))
        if stop >= 0:
            return data[at:stop], stop + 1
        if end - at < self.limit:
            raise BadField("has no closing NUL: the PDU ends before it", ended=True)
        raise BadField(f"is longer than the {self.limit - 1} octets allowed")


class LooseCOctetString(COctetString):
    """A C-octet string of a response: written within its limit, read at any length, closing NUL or not.

    A response cannot be answered with an error, and refusing it would lose what became of the request; SMSCs do send
    long message ids and forget the NUL of the last field.
    """

    def decode(self, data: bytes, at: int, end: int) -> tuple[bytes, int]:
        stop = data.find(0, at, end)
        return (data[at:], end) if stop < 0 else (data[at:stop], stop + 1)


class ShortMessage:
    """sm_length and short_message as one value: up to 254 octets are written (§5.2.21), 255 are read too."""

    default = b""
    annotation = "bytes"
    limit = 254

    def encode(self, value: Any) -> bytes:
        octets = _octets(value)
        if len(octets) > self.limit:
            raise ValueError(f"is {len(octets)} octets long, {self.limit} are allowed (longer: message_payload)")
        return bytes((len(octets),)) + octets

    def decode(self, data: bytes, at: int, end: int) -> tuple[bytes, int]:
        if at >= end:
            raise BadField("is missing: the PDU ends before its length", ended=True)
        stop = at + 1 + data[at]
        if stop > end:
            raise BadField(f"should have {data[at]} octets, the PDU has {end - at - 1}")
        return data[at + 1 : stop], stop


INT1: Final = Int(1)
INT4: Final = Int(4)
_ADDRESS: Final = COctetString(21)
_LIST_NAME: Final = COctetString(21)


def _count(values: Any) -> bytes:
    if not isinstance(values, (tuple, list)):
        raise ValueError(f"must be a tuple, not {type(values).__name__}")
    if len(values) > 254:
        raise ValueError(f"has {len(values)} entries, 254 are allowed")
    return bytes((len(values),))


def _read_address(data: bytes, at: int, end: int) -> tuple[int, int, bytes, int]:
    ton, at = INT1.decode(data, at, end)
    npi, at = INT1.decode(data, at, end)
    address, at = _ADDRESS.decode(data, at, end)
    return ton, npi, address, at


class Destinations:
    """number_of_dests and dest_address(es) of submit_multi as one tuple (§4.5.1)."""

    default = ()
    annotation = "tuple[Destination, ...]"

    def encode(self, value: Any) -> bytes:
        parts = [_count(value)]
        for entry in value:
            if isinstance(entry, SmeAddress):
                parts.append(bytes((DEST_SME,)) + INT1.encode(entry.ton) + INT1.encode(entry.npi))
                parts.append(_ADDRESS.encode(entry.address))
            elif isinstance(entry, DistributionList):
                parts.append(bytes((DEST_DISTRIBUTION_LIST,)) + _LIST_NAME.encode(entry.name))
            else:
                raise ValueError(f"must hold SmeAddress and DistributionList, not {type(entry).__name__}")
        return b"".join(parts)

    def decode(self, data: bytes, at: int, end: int) -> tuple[tuple[Destination, ...], int]:
        count, at = INT1.decode(data, at, end)
        found: list[Destination] = []
        for _ in range(count):
            flag, at = INT1.decode(data, at, end)
            if flag == DEST_SME:
                ton, npi, address, at = _read_address(data, at, end)
                found.append(SmeAddress(address, ton, npi))
            elif flag == DEST_DISTRIBUTION_LIST:
                name, at = _LIST_NAME.decode(data, at, end)
                found.append(DistributionList(name))
            else:
                raise BadField(f"has an entry with dest_flag {flag}; its length cannot be known")
        return tuple(found), at


class UnsuccessSmes:
    """no_unsuccess and unsuccess_sme(s) of submit_multi_resp as one tuple (§4.5.2)."""

    default = ()
    annotation = "tuple[UnsuccessSme, ...]"

    def encode(self, value: Any) -> bytes:
        parts = [_count(value)]
        for entry in value:
            if not isinstance(entry, UnsuccessSme):
                raise ValueError(f"must hold UnsuccessSme, not {type(entry).__name__}")
            parts.append(INT1.encode(entry.ton) + INT1.encode(entry.npi) + _ADDRESS.encode(entry.address))
            parts.append(INT4.encode(entry.status))
        return b"".join(parts)

    def decode(self, data: bytes, at: int, end: int) -> tuple[tuple[UnsuccessSme, ...], int]:
        count, at = INT1.decode(data, at, end)
        found = []
        for _ in range(count):
            ton, npi, address, at = _read_address(data, at, end)
            status, at = INT4.decode(data, at, end)
            found.append(UnsuccessSme(address, status, ton, npi))
        return tuple(found), at
