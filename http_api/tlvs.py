"""`custom_tlvs`: optional parameters that a client adds to a message, as JSON, turned into (tag, octets).

Three forms are taken:

    {"0x1401": "text", "5122:Int4": 7}
    [[5121, null, "COctetString", "text"], …]                       tag, length, type, value
    [{"tag": "0x1401", "type": "Int2", "value": 7}, …]

Types are `Int1 Int2 Int4 Int8` (unsigned, SMPP 3.4 §3.1), `OctetString` (a text's UTF-8 octets; the default),
`COctetString` (the same and a NUL) and `Hex` (hexadecimal digits). A length, where given, must be that of the value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from jasminlike.errors import BAD_ARGUMENT, GatewayError

Tlv = tuple[int, bytes]

MOST_TLVS = 64
_INTEGERS = {"Int1": 1, "Int2": 2, "Int4": 4, "Int8": 8}
_TYPES = (*_INTEGERS, "OctetString", "COctetString", "Hex")


class _Wrong(ValueError):
    """What is wrong with one TLV."""


def parse(given: Any) -> list[Tlv]:
    """The TLVs in the order given, from JSON text or what JSON text says. Raises `GatewayError` BAD_ARGUMENT."""
    if isinstance(given, str):
        try:
            given = msgspec.json.decode(given.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError) as problem:
            raise _refusal("no JSON") from problem
    if not isinstance(given, (dict, list)):
        raise _refusal("neither an object nor a list")
    if len(given) > MOST_TLVS:
        raise _refusal(f"more than {MOST_TLVS}")
    try:
        return [_tlv(*row) for row in (_from_object(given) if isinstance(given, dict) else _from_list(given))]
    except _Wrong as problem:
        raise _refusal(str(problem)) from problem


def _refusal(why: str) -> GatewayError:
    return GatewayError(BAD_ARGUMENT, f"Argument [custom_tlvs] has an invalid value: {why}.", where="custom_tlvs")


_Row = tuple[Any, Any, Any, Any]


def _from_object(given: dict[str, Any]) -> Iterator[_Row]:
    for key, value in given.items():
        tag, _, kind = key.partition(":")
        yield tag, None, kind or None, value


def _from_list(given: list[Any]) -> Iterator[_Row]:
    for each in given:
        if isinstance(each, list) and len(each) == 4:
            yield tuple(each)
        elif isinstance(each, dict) and {"tag", "value"} <= each.keys() <= {"tag", "value", "type", "length"}:
            yield each["tag"], each.get("length"), each.get("type"), each["value"]
        else:
            raise _Wrong("an entry is neither [tag, length, type, value] nor an object of these")


def _integer(value: Any) -> int | None:
    """A number, or a text of decimal or 0x-digits; None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= 20 and value.isascii():
        try:
            return int(value, 16) if value[:2].lower() == "0x" else int(value, 10)
        except ValueError:
            return None
    return None


def _tlv(tag: Any, length: Any, kind: Any, value: Any) -> Tlv:
    number = _integer(tag)
    if number is None or not 0 <= number <= 0xFFFF:
        raise _Wrong(f"[{tag}] is no tag")
    octets = _octets(number, kind or "OctetString", value)
    if len(octets) > 0xFFFF:
        raise _Wrong(f"the value of 0x{number:04X} is longer than 65535 octets")
    if length is not None and _integer(length) != len(octets):
        raise _Wrong(f"the value of 0x{number:04X} has {len(octets)} octets, not {length}")
    return number, octets


def _octets(tag: int, kind: Any, value: Any) -> bytes:
    if kind not in _TYPES:
        raise _Wrong(f"[{kind}] is none of the types {' '.join(_TYPES)}")
    if kind in _INTEGERS:
        number = _integer(value)
        if number is None or not 0 <= number < 1 << 8 * _INTEGERS[kind]:
            raise _Wrong(f"the value of 0x{tag:04X} is no {kind}")
        return number.to_bytes(_INTEGERS[kind], "big")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _Wrong(f"the value of 0x{tag:04X} is no text")
    try:
        if kind == "Hex":
            return bytes.fromhex(value)
        octets = value.encode("utf-8")
    except ValueError as problem:
        raise _Wrong(f"the value of 0x{tag:04X} is no {kind}") from problem
    if kind == "COctetString":
        if b"\0" in octets:
            raise _Wrong(f"the value of 0x{tag:04X} holds a NUL")
        octets += b"\0"
    return octets
