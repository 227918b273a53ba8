"""What a data_coding means: the alphabet, how much fits a message or a part, how to encode a text and show octets.

SMPP 3.4 §5.2.19 names the values 0-14. From 0xC0 up, and in practice for 0x10-0x1F too (operators pass those through to
the handset), a value is a GSM data coding scheme (3GPP TS 23.038 §4), which may also hold a message class.
"""

from enum import Enum, auto
from typing import Final, NamedTuple

from jasminlike.text import gsm7

GSM7: Final = 0
UCS2: Final = 8

MESSAGE_OCTETS: Final = 140  # what a short message carries over the air: 140 octets, or 160 septets


class Alphabet(Enum):
    """How the octets of a message are to be read."""

    GSM7 = auto()  # septets, one in each octet
    OCTETS = auto()  # no text at all
    UCS2 = auto()  # UTF-16, high octet first
    CHARSET = auto()  # a character set of the terrestrial world, see Coding.charset


class Coding(NamedTuple):
    """The meaning of one data_coding."""

    data_coding: int
    alphabet: Alphabet
    septets: bool
    """True when the network packs eight characters in seven octets: 160 a message, 153 a part."""
    unit: int
    """Octets that must stay together when a text is cut: 1 or 2."""
    charset: str | None
    """The name of Python's codec, when the octets are text in a character set."""
    message_class: int | None
    """0 shown at once ("flash"), 1 handset, 2 SIM, 3 terminal equipment; None when the data_coding names none."""

    @property
    def single(self) -> int:
        """How many octets of payload fit an undivided message."""
        return self.room(0)

    def room(self, header: int) -> int:
        """How many octets of payload fit beside a user data header of `header` octets, its length octet included."""
        free = MESSAGE_OCTETS - header
        if self.septets:
            return free * 8 // 7
        return free - free % self.unit


class NotEncodable(ValueError):
    """A text does not go into the coding asked for; `offending` has the characters in order, each once."""

    def __init__(self, data_coding: int, offending: tuple[str, ...], why: str) -> None:
        self.data_coding = data_coding
        self.offending = offending
        super().__init__(f"data_coding {data_coding}: {why}")


# data_coding: alphabet, septets, unit, charset. Values that a client may name keep the lengths clients of such gateways
# know: 1 counts as 160 characters although IA5 may travel as octets.
_Meaning = tuple[Alphabet, bool, int, str | None]
_NAMED: Final[dict[int, _Meaning]] = {
    0: (Alphabet.GSM7, True, 1, None),
    1: (Alphabet.CHARSET, True, 1, "ascii"),
    2: (Alphabet.OCTETS, False, 1, None),
    3: (Alphabet.CHARSET, False, 1, "latin-1"),
    4: (Alphabet.OCTETS, False, 1, None),
    5: (Alphabet.CHARSET, False, 2, "shift_jis"),
    6: (Alphabet.CHARSET, False, 1, "iso8859_5"),
    7: (Alphabet.CHARSET, False, 1, "iso8859_8"),
    8: (Alphabet.UCS2, False, 2, "utf-16-be"),
    9: (Alphabet.OCTETS, False, 2, None),
    10: (Alphabet.CHARSET, False, 1, "iso2022_jp"),
    13: (Alphabet.CHARSET, False, 2, "iso2022_jp_1"),
    14: (Alphabet.CHARSET, False, 2, "euc_kr"),
}


def _scheme(value: int) -> Coding:
    """Read a value beyond SMPP's own as a GSM data coding scheme; what is reserved or compressed is plain octets."""
    group = value & 0xF0
    octets: _Meaning = (Alphabet.OCTETS, False, 1, None)
    alphabet, message_class = octets, None
    if group == 0x10:  # general group, uncompressed, with a class
        alphabet = {0: _NAMED[GSM7], 0x08: _NAMED[UCS2]}.get(value & 0x0C, octets)
        message_class = value & 3
    elif group in {0xC0, 0xD0}:  # message waiting, discard or store, default alphabet
        alphabet = _NAMED[GSM7]
    elif group == 0xE0:  # message waiting, UCS2
        alphabet = _NAMED[UCS2]
    elif group == 0xF0:  # data coding and class
        alphabet = octets if value & 0x04 else _NAMED[GSM7]
        message_class = value & 3
    return Coding(value, *alphabet, message_class)


_TABLE: Final = tuple(Coding(n, *_NAMED[n], None) if n in _NAMED else _scheme(n) for n in range(256))


def coding(data_coding: int) -> Coding:
    """Return the meaning of a data_coding. Raises ValueError when it is no octet."""
    if not 0 <= data_coding <= 255:
        raise ValueError(f"data_coding {data_coding} is not in 0..255")
    return _TABLE[data_coding]


def encode(text: str, data_coding: int) -> bytes:
    """Return `text` in the alphabet of a data_coding, whole and exact.

    Raises NotEncodable when a character has no place in it, or when the data_coding carries no text (then the client
    must give octets).
    """
    meaning = coding(data_coding)
    if meaning.alphabet is Alphabet.GSM7:
        try:
            return gsm7.encode(text)
        except gsm7.NotGsm7 as error:
            raise NotEncodable(data_coding, error.offending, str(error)) from None
    if meaning.charset is None:
        raise NotEncodable(data_coding, (), "carries octets, not text")
    try:
        return text.encode(meaning.charset)
    except UnicodeEncodeError as error:
        offending = tuple(dict.fromkeys(text[error.start : error.end]))
        named = ", ".join(f"U+{ord(character):04X}" for character in offending)
        raise NotEncodable(data_coding, offending, f"{meaning.charset} has no {named}") from None


def choose(text: str, message_class: int | None = None) -> tuple[int, bytes]:
    """Choose the coding for a text that came without one, and encode it: (data_coding, payload).

    The GSM alphabet when every character is in it, otherwise UTF-16 under data_coding 8 (a character beyond the basic
    plane takes two units; handsets show it). A message class 0-3 moves to 0xF0 + class, or 0x18 + class for UCS2.
    Raises NotEncodable for a lone surrogate, which is no character, and ValueError for a class out of range.
    """
    if message_class is not None and not 0 <= message_class <= 3:
        raise ValueError(f"message class {message_class} is not in 0..3")
    payload = gsm7.try_encode(text)
    if payload is not None:
        return GSM7 if message_class is None else 0xF0 | message_class, payload
    return UCS2 if message_class is None else 0x18 | message_class, encode(text, UCS2)


def display(payload: bytes, data_coding: int) -> str:
    """Return `payload` as a person should see it. Never raises, whatever the octets and the data_coding.

    What cannot be read shows as U+FFFD. Octets above 0x7F under a GSM alphabet mean an SMSC whose default alphabet is
    another one: they are read as UTF-8 when they are that, else as Latin-1. Binary is text when it is printable UTF-8,
    else hexadecimal digits.
    """
    meaning = _TABLE[data_coding & 0xFF]
    if meaning.alphabet is Alphabet.GSM7:
        return gsm7.decode(payload) if payload.isascii() else _guess(payload)
    if meaning.alphabet is Alphabet.UCS2:
        return _utf16(payload)
    if meaning.charset is not None:
        return payload.decode(meaning.charset, "replace")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.hex()
    return text if text.isprintable() else payload.hex()


def _guess(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.decode("latin-1")


def _utf16(payload: bytes) -> str:
    """Read UTF-16, high octet first unless a byte order mark says otherwise; the mark itself is not shown."""
    if payload[:2] == b"\xff\xfe":
        return payload[2:].decode("utf-16-le", "replace")
    return payload.decode("utf-16-be", "replace").removeprefix("\ufeff")
