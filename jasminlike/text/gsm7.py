"""The GSM 7-bit default alphabet with its extension table (3GPP TS 23.038 §6.2.1), one octet per septet as in SMPP.

How it is fast. CPython encodes through a "charmap" in C, but the quick form of the map gives one octet per character
and insists that octet 0 is U+0000. So the map used here is a private one: '@' goes to 0x80, and each character of the
extension table to 0x80 + its code. An ordinary text comes out of the map finished; only when an octet >= 0x80 or a zero
is in the result does a second step put in the escapes. Decoding does the same backwards.
"""

import codecs
from typing import Final

ESCAPE: Final = 0x1B

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION: Final = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_UNUSED: Final = "\ufffe"  # how a charmap names an octet that means nothing
_AT: Final = 0x80  # where '@' waits, see the head of the module

CHARACTERS: Final = frozenset(_BASIC.replace("\x1b", "")) | frozenset(_EXTENSION.values())


def _private_map() -> str:
    table = [_UNUSED] * 256
    table[:128] = _BASIC
    table[0], table[_AT] = "\0", "@"
    table[ESCAPE] = _UNUSED
    for code, character in _EXTENSION.items():
        table[0x80 | code] = character
    return "".join(table)


_PRIVATE: Final = _private_map()
_ENCODE: Final = codecs.charmap_build(_PRIVATE)
_DEFAULT_OCTETS: Final = bytes(range(0x80))
_FINISHED: Final = {0x80 | code: bytes((ESCAPE, code)) for code in _EXTENSION} | {_AT: b"\0"}

_DECODE: Final = _BASIC.replace("\x1b", " ") + "\ufffd" * 128
_DECODE_PRIVATE: Final = _DECODE[:128] + _PRIVATE[128:].replace("@", _UNUSED)
_PAIRS: Final = tuple((bytes((ESCAPE, code)), bytes((0x80 | code,))) for code in _EXTENSION)
# What stands after an escape. A code the extension table lacks shows the default alphabet's character, and a second
# escape (kept for a table beyond this one) a space: TS 23.038 §6.2.1.1.
_DECODE_ESCAPED: Final = "".join(_EXTENSION.get(code, _DECODE[code]) for code in range(256))


class NotGsm7(ValueError):
    """A text holds characters that the GSM alphabet lacks; `offending` has them in order, each once."""

    def __init__(self, offending: tuple[str, ...]) -> None:
        self.offending = offending
        names = ", ".join(f"{character!r} (U+{ord(character):04X})" for character in offending[:10])
        more = f" and {len(offending) - 10} more" if len(offending) > 10 else ""
        super().__init__(f"not in the GSM 7-bit alphabet: {names}{more}")


def try_encode(text: str) -> bytes | None:
    """Return the septets of `text`, one in each octet, or None when a character is not in the alphabet."""
    try:
        mapped: bytes = codecs.charmap_encode(text, "strict", _ENCODE)[0]
    except UnicodeEncodeError:
        return None
    if b"\0" in mapped:  # it can only have come from U+0000, which the alphabet lacks
        return None
    if mapped.isascii():
        return mapped
    for private in set(mapped.translate(None, _DEFAULT_OCTETS)):
        mapped = mapped.replace(bytes((private,)), _FINISHED[private])
    return mapped


def encode(text: str) -> bytes:
    """Return the septets of `text`, one in each octet. Raises NotGsm7 when a character is not in the alphabet."""
    octets = try_encode(text)
    if octets is None:
        raise NotGsm7(offending(text))
    return octets


def encode_lossy(text: str) -> tuple[bytes, tuple[str, ...]]:
    """Return the septets with '?' in place of what the alphabet lacks, and those characters in order, each once."""
    try:
        return encode(text), ()
    except NotGsm7 as error:
        missing = dict.fromkeys(map(ord, error.offending), "?")
        return encode(text.translate(missing)), error.offending


def offending(text: str) -> tuple[str, ...]:
    """Return the characters of `text` that the alphabet lacks, in order of first appearance, each once."""
    return tuple(character for character in dict.fromkeys(text) if character not in CHARACTERS)


def fits(text: str) -> bool:
    """Say whether every character of `text` is in the alphabet."""
    try:
        return b"\0" not in codecs.charmap_encode(text, "strict", _ENCODE)[0]
    except UnicodeEncodeError:
        return False


def septets(text: str) -> int:
    """Return how many septets `text` takes, two for a character of the extension table. Raises NotGsm7 as encode()."""
    return len(encode(text))


def decode(octets: bytes) -> str:
    """Return the text of septets, one in each octet. Never raises.

    An octet above 0x7F gives U+FFFD, an escape at the end a space, an escape before a code that the extension table
    lacks the default alphabet's character.
    """
    if b"\x1b" not in octets:
        return codecs.charmap_decode(octets, "strict", _DECODE)[0]
    if octets.isascii():
        paired = octets
        for pair, private in _PAIRS:
            paired = paired.replace(pair, private)
        if b"\x1b" not in paired:  # a doubled, unknown or unfinished escape leaves one behind
            return codecs.charmap_decode(paired, "strict", _DECODE_PRIVATE)[0]
    return _decode_escaped(octets)


def _decode_escaped(octets: bytes) -> str:
    """Decode octet by octet from each escape on: for doubled, unknown and unfinished escapes, and octets above 0x7F."""
    pieces = []
    position, end = 0, len(octets)
    while position < end:
        found = octets.find(b"\x1b", position)
        escape = end if found < 0 else found
        pieces.append(codecs.charmap_decode(octets[position:escape], "strict", _DECODE)[0])
        if escape < end:
            pieces.append(_DECODE_ESCAPED[octets[escape + 1]] if escape + 1 < end else " ")
        position = escape + 2
    return "".join(pieces)
