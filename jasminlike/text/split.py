"""Cut a payload into parts that a network carries, by header, by SAR parameters, or as one message_payload.

How long a part may be follows from the 140 octets of a short message less the header: 153 septets or 134 octets with
an 8-bit reference, 152 or 133 (132 for UCS2) with a 16-bit one. With SAR parameters (SMPP 3.4 §5.3.2.22-24) the lengths
are those of the 8-bit header, since the SMSC makes such headers of them. An escape pair of the GSM alphabet and a
surrogate pair of UTF-16 stay in one part, so a part may be one unit shorter.
"""

from enum import StrEnum
from typing import Final, NamedTuple

from jasminlike.text import concat
from jasminlike.text.codings import Alphabet, Coding, coding

PAYLOAD_LIMIT: Final = 0xFFFF  # the length of a TLV is 16 bits
_NARROW_HEADER: Final = 6
_WIDE_HEADER: Final = 7


class Method(StrEnum):
    """How the parts of a long text are told apart."""

    UDH = "udh"
    UDH16 = "udh16"
    SAR = "sar"
    PAYLOAD = "payload"


class Sar(NamedTuple):
    """The values of sar_msg_ref_num, sar_total_segments and sar_segment_seqnum."""

    ref: int
    total: int
    seq: int


class Part(NamedTuple):
    """One message for the wire."""

    payload: bytes
    """The octets of short_message, or of message_payload when `in_tlv`; they begin with a header when `udhi`."""
    udhi: bool = False
    """The UDHI bit of esm_class (0x40) must be set."""
    sar: Sar | None = None
    in_tlv: bool = False


class TooManyParts(ValueError):
    """A text needs more parts than allowed; nothing was cut. `needed` and `allowed` are numbers of parts."""

    def __init__(self, needed: int, allowed: int) -> None:
        self.needed = needed
        self.allowed = allowed
        super().__init__(f"the text needs {needed} parts, {allowed} are allowed")


class PayloadTooLong(ValueError):
    """A payload exceeds the 65,535 octets of one message_payload. `octets` and `allowed` are numbers of octets."""

    def __init__(self, octets: int) -> None:
        self.octets = octets
        self.allowed = PAYLOAD_LIMIT
        super().__init__(f"the text takes {octets} octets, one message_payload carries {PAYLOAD_LIMIT}")


def split(
    payload: bytes, data_coding: int, *, method: Method = Method.UDH, ref: int = 0, max_parts: int = 255
) -> list[Part]:
    """Return the parts of `payload`, in order; one part without any header when it fits one message.

    `ref` names the message among its neighbours: 0..255 for UDH, 0..65535 for UDH16 and SAR. The joined payloads of the
    parts, less their headers, are `payload` again. Raises TooManyParts or PayloadTooLong, and ValueError when `ref`,
    `max_parts` (1..255) or `data_coding` is out of range.
    """
    if not 1 <= max_parts <= 255:
        raise ValueError(f"max_parts {max_parts} is not in 1..255")
    meaning = coding(data_coding)
    if len(payload) <= meaning.single:
        return [Part(payload)]
    if method is Method.PAYLOAD:
        if len(payload) > PAYLOAD_LIMIT:
            raise PayloadTooLong(len(payload))
        return [Part(payload, in_tlv=True)]
    bodies = _bodies(payload, meaning, method)
    total = len(bodies)
    if total > max_parts:
        raise TooManyParts(total, max_parts)
    if method is Method.SAR:
        if not 0 <= ref <= 0xFFFF:
            raise ValueError(f"reference {ref} is not in 0..65535")
        return [Part(body, sar=Sar(ref, total, seq)) for seq, body in enumerate(bodies, 1)]
    wide = method is Method.UDH16
    return [Part(concat.header(ref, total, seq, wide=wide) + body, udhi=True) for seq, body in enumerate(bodies, 1)]


def count(payload: bytes, data_coding: int, *, method: Method = Method.UDH) -> int:
    """Return how many parts split() would make, for a price or a counter under a text field. No limit applies."""
    meaning = coding(data_coding)
    if len(payload) <= meaning.single or method is Method.PAYLOAD:
        return 1
    return len(_bodies(payload, meaning, method))


def _bodies(payload: bytes, meaning: Coding, method: Method) -> list[bytes]:
    room = meaning.room(_WIDE_HEADER if method is Method.UDH16 else _NARROW_HEADER)
    bodies = []
    start, end = 0, len(payload)
    while end - start > room:
        cut = start + room - _held_back(payload, start, start + room, meaning.alphabet)
        bodies.append(payload[start:cut])
        start = cut
    bodies.append(payload[start:])
    return bodies


def _held_back(payload: bytes, start: int, cut: int, alphabet: Alphabet) -> int:
    """Return how many octets must move to the next part for a cut at `cut` to break no pair."""
    if alphabet is Alphabet.UCS2:
        return 2 if payload[cut - 2] & 0xFC == 0xD8 and payload[cut] & 0xFC == 0xDC else 0
    if alphabet is not Alphabet.GSM7:
        return 0
    escapes = cut - start - len(payload[start:cut].rstrip(b"\x1b"))
    return escapes & 1  # an even run of escapes is made of finished pairs
