"""The header that says "part 2 of 3 of message 77": written when a text is split, read when parts arrive.

It is an information element of the user data header (3GPP TS 23.040 §9.2.3.24.1 with an 8-bit reference, element 00;
§9.2.3.24.8 with a 16-bit one, element 08), before the text in short_message when esm_class has the UDHI bit.
"""

from typing import Final, NamedTuple

_NARROW: Final = 0x00
_WIDE: Final = 0x08


class Concat(NamedTuple):
    """The place of one part: the message's reference, how many parts there are, which one this is (from 1)."""

    ref: int
    total: int
    seq: int
    wide: bool
    """True for a 16-bit reference. The two widths are two name spaces: 8-bit 7 is not 16-bit 7."""


class Parted(NamedTuple):
    """A payload taken apart by read()."""

    concat: Concat | None
    """None when the header names no part, or names an impossible one, which a receiver must ignore (TS 23.040)."""
    elements: bytes
    """The other information elements, as they came (identifier, length, data), for instance port numbers."""
    body: bytes
    """What stands after the header."""


def header(ref: int, total: int, seq: int, *, wide: bool = False) -> bytes:
    """Return the user data header of one part. Raises ValueError when a number is out of its range."""
    limit = 0xFFFF if wide else 0xFF
    if not 0 <= ref <= limit:
        raise ValueError(f"reference {ref} is not in 0..{limit}")
    if not 1 <= seq <= total <= 255:
        raise ValueError(f"part {seq} of {total}: parts are numbered 1..255")
    if wide:
        return bytes((6, _WIDE, 4, ref >> 8, ref & 0xFF, total, seq))
    return bytes((5, _NARROW, 3, ref, total, seq))


def read(payload: bytes) -> Parted:
    """Take a payload that begins with a user data header apart. Never raises.

    A header longer than the payload, or with a broken element, is no header: the whole payload comes back as the body,
    so that nothing a person sent is lost.
    """
    if payload[:3] == b"\x05\x00\x03" and len(payload) >= 6:  # nearly every part in the world
        usual = _concat(payload[3:6], wide=False)
        if usual is not None:
            return Parted(usual, b"", payload[6:])
    whole = Parted(None, b"", payload)
    end = payload[0] + 1 if payload else 1
    if end > len(payload):
        return whole
    concat, others, position = None, [], 1
    while position < end:
        stop = position + 2 + payload[position + 1] if position + 1 < end else end + 1
        if stop > end:
            return whole
        found = _element(payload[position], payload[position + 2 : stop])
        if found is None:
            others.append(payload[position:stop])
        else:
            concat = found  # the last one counts when an element is repeated: TS 23.040 §9.2.3.24
        position = stop
    return Parted(concat, b"".join(others), payload[end:])


def _element(identifier: int, data: bytes) -> Concat | None:
    if identifier == _NARROW and len(data) == 3:
        return _concat(data, wide=False)
    if identifier == _WIDE and len(data) == 4:
        return _concat(data, wide=True)
    return None


def _concat(data: bytes, *, wide: bool) -> Concat | None:
    ref = int.from_bytes(data[:-2], "big")
    total, seq = data[-2], data[-1]
    return Concat(ref, total, seq, wide) if 1 <= seq <= total else None
