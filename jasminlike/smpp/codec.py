"""Bytes <-> PDU.

:func:`encode` and :func:`decode_frame` are the hot pair; :func:`decode` is the one-shot form that also looks at the
length. :func:`check_start` is the judgement whether a stream is SMPP at all, shared with the framer.
"""

from __future__ import annotations

import struct
from typing import Final

from jasminlike.smpp.compiled import DECODERS, ENCODERS
from jasminlike.smpp.constants import HEADER_LENGTH, MAX_PDU
from jasminlike.smpp.errors import Incomplete, StreamLost
from jasminlike.smpp.pdu import Pdu
from jasminlike.smpp.walker import decode_by_table

_unpack_header = struct.Struct(">4xIII").unpack_from  # the framer has looked at the length already

# What else knocks at an SMPP port, by its first four octets. Read as a command_length each of them is far too long.
_STRANGERS: Final = {
    b"GET ": "HTTP",
    b"POST": "HTTP",
    b"PUT ": "HTTP",
    b"HEAD": "HTTP",
    b"OPTI": "HTTP",
    b"DELE": "HTTP",
    b"PATC": "HTTP",
    b"CONN": "HTTP",
    b"TRAC": "HTTP",
    b"PRI ": "HTTP/2",
    b"HTTP": "HTTP",
    b"SSH-": "SSH",
    b"PROX": "the PROXY protocol",
    b"\r\n\r\n": "the PROXY protocol",
    b"EHLO": "SMTP",
    b"HELO": "SMTP",
}


def encode(pdu: Pdu) -> bytes:
    """The octets of a PDU. Raises EncodeError, naming the field, when a value does not fit the wire."""
    return ENCODERS[pdu.command_id](pdu)


def decode_frame(frame: bytes) -> Pdu:
    """The PDU in exactly one frame, as a framer cuts it. Raises PduError; the stream goes on after it."""
    command_id, status, sequence = _unpack_header(frame)
    try:
        decoder = DECODERS[command_id]
    except KeyError:
        return decode_by_table(frame)  # which says what is wrong
    return decoder(frame, status, sequence)


def decode(data: bytes, max_pdu: int = MAX_PDU) -> Pdu:
    """The PDU that ``data`` holds.

    Raises Incomplete (more bytes are needed), PduError (this PDU is bad, it can be answered), StreamLost (this is no
    SMPP) and ValueError when bytes follow the PDU: streams are for the framer.
    """
    data = bytes(data)
    length = check_start(data, max_pdu)
    need = HEADER_LENGTH if length is None else length
    if len(data) < need or length is None:
        raise Incomplete(len(data), need)
    if len(data) > length:
        raise ValueError(f"{len(data) - length} bytes follow the PDU")
    return decode_frame(data)


def check_start(data: bytes | bytearray, max_pdu: int, at: int = 0) -> int | None:
    """The command_length at ``at``, or None while its four octets have not all come.

    Raises StreamLost when it cannot be one, and names the protocol the bytes look like.
    """
    if len(data) - at < 4:
        return None
    length = int.from_bytes(data[at : at + 4], "big")
    if HEADER_LENGTH <= length <= max_pdu:
        return length
    start = bytes(data[at : at + 4])
    if start in _STRANGERS:
        raise StreamLost(f"the far end speaks {_STRANGERS[start]}, not SMPP")
    # A TLS record: 0x16 handshake or 0x15 alert, version 3.x (RFC 8446 §5.1).
    if start[0] in (0x15, 0x16) and start[1] == 3 and start[2] <= 4:
        raise StreamLost("the far end speaks TLS, this link does not")
    if length < HEADER_LENGTH:
        raise StreamLost(f"command_length {length} is shorter than a header")
    raise StreamLost(f"command_length {length} (0x{length:08X}) is over the limit of {max_pdu}")
