"""The codec that walks the table field by field: slow, short, and the one that explains what is wrong.

``compiled`` does the same in straight lines and falls back to these two functions whenever something is unusual, so
every error message and every refusal status comes from here. A test holds both to identical results.
"""

from __future__ import annotations

import struct
from typing import Any, Final

from jasminlike.smpp import statuses as s
from jasminlike.smpp.constants import HEADER_LENGTH
from jasminlike.smpp.errors import EncodeError, PduError
from jasminlike.smpp.fields import BadField
from jasminlike.smpp.pdu import CLASSES, Pdu
from jasminlike.smpp.specs import Field, command_name
from jasminlike.smpp.tlv import encode_tlvs, split_tlvs

HEADER: Final = struct.Struct(">IIII")
"""command_length, command_id, command_status, sequence_number (§3.2)."""


def is_bare(pdu: Pdu) -> bool:
    """Whether a refusal goes out without a body: SMPP 3.4 says so for some responses, unless somebody filled it in."""
    spec = pdu.spec
    if not (pdu.status and spec.bare_when_refused):
        return False
    return not (pdu.tlvs or any(getattr(pdu, field.name) for field in spec.fields))


def encode_by_table(pdu: Pdu) -> bytes:
    """The octets of one PDU. Raises EncodeError, naming the field, when a value does not fit the wire."""
    spec = pdu.spec
    parts = [b""]
    for field in () if is_bare(pdu) else spec.fields:
        parts.append(_encoded(pdu, field))
    try:
        parts.append(encode_tlvs(pdu.tlvs or ()))
    except (TypeError, ValueError) as error:
        raise EncodeError(spec.name, "tlvs", str(error)) from None
    length = HEADER_LENGTH + sum(map(len, parts))
    for name in ("status", "sequence"):
        value = getattr(pdu, name)
        if not isinstance(value, int) or not 0 <= value <= 0xFFFFFFFF:
            raise EncodeError(spec.name, name, f"is {value!r}, which is no number of four octets")
    parts[0] = HEADER.pack(length, spec.command_id, pdu.status, pdu.sequence)
    return b"".join(parts)


def _encoded(pdu: Pdu, field: Field) -> bytes:
    try:
        return field.kind.encode(getattr(pdu, field.name))
    except ValueError as error:
        raise EncodeError(pdu.name, field.name, str(error)) from None


def decode_by_table(frame: bytes) -> Pdu:
    """One whole PDU from its octets. Raises PduError when the command is unknown or a field or TLV cannot be read."""
    _, command_id, status, sequence = HEADER.unpack_from(frame)
    found = CLASSES.get(command_id)
    if found is None:
        raise PduError(
            f"unknown command {command_name(command_id)}",
            command_id=command_id,
            status=status,
            sequence=sequence,
            answer=s.ESME_RINVCMDID,
        )
    pdu = found(status=status, sequence=sequence)
    at, end = HEADER_LENGTH, len(frame)
    # Without a body at all: allowed after an error (§4.4.2), and met with status 0 too; the fields keep their defaults.
    if not (pdu.is_response and at == end):
        for field in pdu.spec.fields:
            value, at = _decoded(pdu, field, frame, at, end)
            setattr(pdu, field.name, value)
    pdu.tlvs, problem = split_tlvs(frame, at, end)
    if problem is not None:
        raise _error(pdu, f"optional parameters: {problem}", s.ESME_RINVOPTPARSTREAM)
    return pdu


def _decoded(pdu: Pdu, field: Field, frame: bytes, at: int, end: int) -> tuple[Any, int]:
    try:
        return field.kind.decode(frame, at, end)
    except BadField as bad:
        answer = s.ESME_RINVCMDLEN if bad.ended else field.refusal
        raise _error(pdu, f"{field.name} {bad.problem}", answer) from None


def _error(partial: Pdu, problem: str, answer: int) -> PduError:
    return PduError(
        f"{partial.name}: {problem}",
        command_id=partial.command_id,
        status=partial.status,
        sequence=partial.sequence,
        answer=answer,
        partial=partial,
    )
