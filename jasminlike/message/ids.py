"""Message ids: UUIDs that grow with time (RFC 9562 version 7), so that a table keyed by them is written at its end.

The 74 random bits come from a generator seeded by the operating system; ids are unique, they are no secret.
"""

from __future__ import annotations

import random
import time

_random = random.Random(random.SystemRandom().getrandbits(256)).getrandbits


def new_id(now: float | None = None) -> str:
    """A new id, 36 characters, lower case. `now` in seconds since 1970."""
    milliseconds = int((time.time() if now is None else now) * 1000)
    bits = _random(74)
    return (
        f"{milliseconds >> 16 & 0xFFFFFFFF:08x}-{milliseconds & 0xFFFF:04x}-7{bits >> 62 & 0xFFF:03x}-"
        f"{0x8000 | bits >> 48 & 0x3FFF:04x}-{bits & 0xFFFFFFFFFFFF:012x}"
    )


def to_bytes(message_id: str) -> bytes:
    """The 16 octets of an id in canonical form; ValueError for anything else."""
    if len(message_id) != 36 or message_id[8:24:5] != "----":
        raise ValueError("a message id has 36 characters in five groups")
    octets = bytes.fromhex(message_id.replace("-", ""))
    if len(octets) != 16:
        raise ValueError("a message id has 32 hexadecimal digits")
    return octets


def to_text(octets: bytes) -> str:
    """The canonical form of 16 octets."""
    digits = octets.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def first_of(moment: float) -> bytes:
    """The octets before which the ids of all earlier moments stand (`moment` in seconds since 1970)."""
    return max(0, int(moment * 1000)).to_bytes(6, "big") + bytes(10)
