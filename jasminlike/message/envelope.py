"""Between processes and on disk a part is versioned data: one octet of version, then MessagePack.

A newer version may add fields at the end only (the structs are arrays with defaults), so that both the version
before and the version after can read what waits in a queue while nodes are upgraded one by one.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from jasminlike.message.model import Part

VERSION = b"\x01"

_encode = msgspec.msgpack.Encoder().encode
_decode_part = msgspec.msgpack.Decoder(Part).decode
_decoders: dict[type, Any] = {Part: _decode_part}

T = TypeVar("T")


class UnknownEnvelope(ValueError):
    """The octets are not of a version this program knows, or are damaged."""


def encode(value: object) -> bytes:
    """A struct as an envelope."""
    return VERSION + _encode(value)


def decode(octets: bytes, kind: type[T]) -> T:
    """The struct of type `kind` in an envelope; `UnknownEnvelope` when it cannot be read."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.msgpack.Decoder(kind).decode
    if octets[:1] != VERSION:
        raise UnknownEnvelope(f"envelope version {octets[:1].hex() or 'none'} is not known")
    try:
        return decoder(octets[1:])
    except (msgspec.DecodeError, msgspec.ValidationError) as problem:
        raise UnknownEnvelope(str(problem)) from problem
