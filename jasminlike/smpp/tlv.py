"""Optional parameters: tag, length, value (SMPP 3.4 §5.3).

A PDU carries its TLVs as a tuple of ``(tag, octets)`` in wire order, repeated, unknown and vendor tags included: what
came in can go out unchanged. Meaning is added on demand: :func:`read` gives a known tag's value as number or
octets, :func:`make` builds one TLV and holds the sender to the specification's lengths.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final, NamedTuple

Tlv = tuple[int, bytes]
Tlvs = tuple[Tlv, ...]

INT: Final = "int"
TEXT: Final = "c-octet string"
OCTETS: Final = "octets"
FLAG: Final = "no value"

VENDOR_FIRST: Final = 0x1400
VENDOR_LAST: Final = 0x3FFF


class TlvSpec(NamedTuple):
    """A TLV of SMPP 3.4: lengths are of the value, in octets, the NUL of a C-octet string included."""

    tag: int
    name: str
    kind: str
    shortest: int
    longest: int


def _int(tag: int, name: str, size: int = 1) -> TlvSpec:
    return TlvSpec(tag, name, INT, size, size)


SPECS: Final[tuple[TlvSpec, ...]] = (
    _int(0x0005, "dest_addr_subunit"),
    _int(0x0006, "dest_network_type"),
    _int(0x0007, "dest_bearer_type"),
    _int(0x0008, "dest_telematics_id", 2),
    _int(0x000D, "source_addr_subunit"),
    _int(0x000E, "source_network_type"),
    _int(0x000F, "source_bearer_type"),
    _int(0x0010, "source_telematics_id"),
    _int(0x0017, "qos_time_to_live", 4),
    _int(0x0019, "payload_type"),
    TlvSpec(0x001D, "additional_status_info_text", TEXT, 1, 256),
    TlvSpec(0x001E, "receipted_message_id", TEXT, 1, 65),
    _int(0x0030, "ms_msg_wait_facilities"),
    _int(0x0201, "privacy_indicator"),
    TlvSpec(0x0202, "source_subaddress", OCTETS, 2, 23),
    TlvSpec(0x0203, "dest_subaddress", OCTETS, 2, 23),
    _int(0x0204, "user_message_reference", 2),
    _int(0x0205, "user_response_code"),
    _int(0x020A, "source_port", 2),
    _int(0x020B, "destination_port", 2),
    _int(0x020C, "sar_msg_ref_num", 2),
    _int(0x020D, "language_indicator"),
    _int(0x020E, "sar_total_segments"),
    _int(0x020F, "sar_segment_seqnum"),
    _int(0x0210, "sc_interface_version"),
    _int(0x0302, "callback_num_pres_ind"),
    TlvSpec(0x0303, "callback_num_atag", OCTETS, 0, 65),
    _int(0x0304, "number_of_messages"),
    TlvSpec(0x0381, "callback_num", OCTETS, 4, 19),
    _int(0x0420, "dpf_result"),
    _int(0x0421, "set_dpf"),
    _int(0x0422, "ms_availability_status"),
    TlvSpec(0x0423, "network_error_code", OCTETS, 3, 3),
    TlvSpec(0x0424, "message_payload", OCTETS, 0, 0xFFFF),
    _int(0x0425, "delivery_failure_reason"),
    _int(0x0426, "more_messages_to_send"),
    _int(0x0427, "message_state"),
    TlvSpec(0x0501, "ussd_service_op", OCTETS, 1, 1),
    _int(0x1201, "display_time"),
    _int(0x1203, "sms_signal", 2),
    _int(0x1204, "ms_validity"),
    TlvSpec(0x130C, "alert_on_message_delivery", FLAG, 0, 0),
    _int(0x1380, "its_reply_type"),
    TlvSpec(0x1383, "its_session_info", OCTETS, 2, 2),
)

BY_TAG: Final[dict[int, TlvSpec]] = {spec.tag: spec for spec in SPECS}
BY_NAME: Final[dict[str, TlvSpec]] = {spec.name: spec for spec in SPECS}

# The tags a gateway itself looks at, for use in code.
RECEIPTED_MESSAGE_ID: Final = 0x001E
USER_MESSAGE_REFERENCE: Final = 0x0204
SOURCE_PORT: Final = 0x020A
DESTINATION_PORT: Final = 0x020B
SAR_MSG_REF_NUM: Final = 0x020C
SAR_TOTAL_SEGMENTS: Final = 0x020E
SAR_SEGMENT_SEQNUM: Final = 0x020F
SC_INTERFACE_VERSION: Final = 0x0210
NETWORK_ERROR_CODE: Final = 0x0423
MESSAGE_PAYLOAD: Final = 0x0424
MORE_MESSAGES_TO_SEND: Final = 0x0426
MESSAGE_STATE: Final = 0x0427


def name(tag: int) -> str:
    """The specification's name of a tag; an unknown or vendor tag is written as ``0x1401``."""
    spec = BY_TAG.get(tag)
    return spec.name if spec is not None else f"0x{tag:04X}"


def tag(text: str) -> int:
    """The tag of a name, or of digits (``0x1401``, ``5121``). Raises ValueError for anything else."""
    spec = BY_NAME.get(text)
    if spec is not None:
        return spec.tag
    try:
        value = int(text, 0)
    except ValueError:
        raise ValueError(f"{text!r} is neither the name nor the number of a TLV") from None
    if not 0 <= value <= 0xFFFF:
        raise ValueError(f"{text!r} does not fit into the two octets of a TLV's tag")
    return value


def is_vendor(tag_number: int) -> bool:
    """Whether the tag is in the range SMPP 3.4 leaves to SMSC vendors (§5.3.2)."""
    return VENDOR_FIRST <= tag_number <= VENDOR_LAST


def first(tlvs: Iterable[Tlv], tag_number: int) -> bytes | None:
    """The octets of the first TLV with this tag, or None."""
    for number, value in tlvs:
        if number == tag_number:
            return value
    return None


def read(tag_number: int, octets: bytes) -> int | bytes:
    """What the octets of a TLV mean: a number, a text without its NUL, or the octets as they are.

    Never refuses: a number of unusual length is still that number, an unknown tag gives its octets.
    """
    spec = BY_TAG.get(tag_number)
    if spec is None:
        return octets
    if spec.kind == INT:
        return int.from_bytes(octets, "big")
    if spec.kind == TEXT:
        return octets.partition(b"\0")[0]
    return octets


def make(which: int | str, value: int | bytes = b"") -> Tlv:
    """One TLV by tag or name, from a number or octets; a C-octet string gets its NUL here.

    Raises ValueError, naming the TLV, when the value is not of its kind or length. Of unknown and vendor tags only
    octets are taken, of any length up to 65,535.
    """
    number = tag(which) if isinstance(which, str) else which
    if not 0 <= number <= 0xFFFF:
        raise ValueError(f"TLV tag {number} does not fit into two octets")
    spec = BY_TAG.get(number) or TlvSpec(number, name(number), OCTETS, 0, 0xFFFF)
    if isinstance(value, int):
        if spec.kind != INT:
            raise ValueError(f"{spec.name} takes octets, not a number")
        if not 0 <= value < 1 << 8 * spec.longest:
            raise ValueError(f"{spec.name} is {value}, outside 0..{(1 << 8 * spec.longest) - 1}")
        return number, value.to_bytes(spec.longest, "big")
    octets = bytes(value)
    if spec.kind == TEXT and not octets.endswith(b"\0"):
        octets += b"\0"
    if not spec.shortest <= len(octets) <= spec.longest:
        allowed = str(spec.longest) if spec.shortest == spec.longest else f"{spec.shortest} to {spec.longest}"
        raise ValueError(f"{spec.name} has {len(octets)} octets, {allowed} are allowed")
    return number, octets


_HEAD: Final = struct.Struct(">HH")
_pack_head = _HEAD.pack
_unpack_head = _HEAD.unpack_from


def encode_tlvs(tlvs: Iterable[Tlv]) -> bytes:
    """The octets of the TLVs in their order. Raises ValueError, naming the tag, for what two octets cannot hold."""
    entries = tuple(tlvs)
    try:
        return b"".join([part for number, value in entries for part in (_pack_head(number, len(value)), value)])
    except (struct.error, TypeError, ValueError):
        problem = next(filter(None, map(_problem, entries)), "cannot be written")
        raise ValueError(problem) from None


def _problem(entry: object) -> str | None:
    if not isinstance(entry, tuple) or len(entry) != 2:
        return f"must hold (tag, octets), not {entry!r}"
    number, value = entry
    if not isinstance(number, int) or not 0 <= number <= 0xFFFF:
        return f"has tag {number!r}, which is no number of two octets"
    if not isinstance(value, (bytes, bytearray)):
        return f"has {name(number)} with {type(value).__name__}, octets are needed"
    return f"has {name(number)} with {len(value)} octets, 65535 are allowed" if len(value) > 0xFFFF else None


def split_tlvs(data: bytes, at: int, end: int) -> tuple[Tlvs, str | None]:
    """The TLVs in ``data[at:end]`` and what is wrong with the rest, if anything. Unknown tags are kept."""
    found: list[Tlv] = []
    while at < end:
        value_at = at + 4
        if value_at > end:
            return tuple(found), f"{end - at} octets after the last TLV, too few for another"
        number, length = _unpack_head(data, at)
        at = value_at + length
        if at > end:
            return tuple(found), f"{name(number)} should have {length} octets, the PDU has {end - value_at}"
        found.append((number, data[value_at:at]))
    return tuple(found), None


def decode_tlvs(data: bytes, at: int, end: int) -> Tlvs:
    """The TLVs in ``data[at:end]``. Raises ValueError when they do not fill it exactly."""
    found, problem = split_tlvs(data, at, end)
    if problem is not None:
        raise ValueError(problem)
    return found
