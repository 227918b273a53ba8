"""Cuts a stream of bytes into PDUs.

Linear in the bytes that arrive, however they arrive: many PDUs in one chunk are cut by slices of that chunk, a PDU
that comes in crumbs is gathered in one growing buffer and looked at again only when it is whole. Never holds more than
one unfinished PDU, and a PDU is never longer than ``max_pdu``.
"""

from __future__ import annotations

import struct
from typing import Final

from jasminlike.smpp.codec import check_start
from jasminlike.smpp.constants import HEADER_LENGTH, MAX_PDU
from jasminlike.smpp.errors import StreamLost

_LENGTH: Final = 4
_unpack_length = struct.Struct(">I").unpack_from


class Framer:
    """``feed`` bytes, get whole PDUs. ``lost`` holds the reason once the stream turned out not to be SMPP."""

    __slots__ = ("_buffer", "_need", "lost", "max_pdu")

    def __init__(self, max_pdu: int = MAX_PDU) -> None:
        self.max_pdu = max_pdu
        self.lost: str | None = None
        self._buffer = bytearray()
        self._need = _LENGTH

    @property
    def pending(self) -> int:
        """How many bytes of an unfinished PDU are held."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """The PDUs that are complete now, in order; those before the spot where the stream is lost are still given.

        Never raises. After ``lost`` is set everything further is ignored.
        """
        if self.lost is not None:
            return []
        buffer = self._buffer
        if buffer:
            buffer += data
            if len(buffer) < self._need:
                return []
            data = bytes(buffer)
            buffer.clear()
        frames: list[bytes] = []
        at, size, max_pdu = 0, len(data), self.max_pdu
        while size - at >= _LENGTH:
            (length,) = _unpack_length(data, at)
            if not HEADER_LENGTH <= length <= max_pdu:
                self._lose(data, at)
                return frames
            stop = at + length
            if stop > size:
                self._need = length
                break
            frames.append(data[at:stop])
            at = stop
        else:
            self._need = _LENGTH
        if at < size:
            buffer += data[at:]
        return frames

    def _lose(self, data: bytes, at: int) -> None:
        try:
            check_start(data, self.max_pdu, at)
        except StreamLost as lost:
            self.lost = lost.reason
