"""Messages of subscribers: one at a time as asked for, or at a rate, long ones in parts in whatever order."""

from __future__ import annotations

from random import Random
from typing import Any

from jasminlike.net.protocol import Clock
from jasminlike.simulator.post import INCOMING, Delivery, Post
from jasminlike.simulator.settings import SimulatorSettings
from jasminlike.smpp import constants as c
from jasminlike.smpp import tlv
from jasminlike.smpp.codec import encode
from jasminlike.smpp.pdu import DeliverSm
from jasminlike.text import codings
from jasminlike.text.split import Method, Part, split

_TICK = 0.02
"""Seconds between two looks at a rate; slower rates look once for each message."""


def compose(
    source: str,
    destination: str,
    text: str | bytes,
    *,
    data_coding: int | None = None,
    long: str = "udh",
    order: str = "forward",
    reference: int = 0,
    chance: Random | None = None,
) -> list[DeliverSm]:
    """The deliver_sm of one message, in the order in which they are to be sent.

    ``text`` as octets needs a ``data_coding``. Raises ValueError for a text that the coding cannot hold and EncodeError
    for an address that the wire cannot.
    """
    payload, coding = _payload(text, data_coding)
    method = Method(long)
    wide = method in (Method.UDH16, Method.SAR)
    parts = split(payload, coding, method=method, ref=reference & (0xFFFF if wide else 0xFF))
    if order == "backward":
        parts.reverse()
    elif order == "shuffled":
        (chance or Random(reference)).shuffle(parts)
    pdus = [_pdu(source, destination, coding, part) for part in parts]
    for pdu in pdus:
        encode(pdu)  # what the wire cannot carry is refused here and not when its turn comes
    return pdus


def _payload(text: str | bytes, data_coding: int | None) -> tuple[bytes, int]:
    if isinstance(text, bytes):
        if data_coding is None:
            raise ValueError("octets need a data_coding")
        return text, data_coding
    if data_coding is None:
        coding, payload = codings.choose(text)
        return payload, coding
    return codings.encode(text, data_coding), data_coding


def _pdu(source: str, destination: str, data_coding: int, part: Part) -> DeliverSm:
    digits = source.lstrip("+").isdecimal()
    pdu = DeliverSm(
        source_addr_ton=c.TON_INTERNATIONAL if digits else c.TON_ALPHANUMERIC,
        source_addr_npi=c.NPI_ISDN if digits else c.NPI_UNKNOWN,
        source_addr=source.encode("latin-1"),
        dest_addr_ton=c.TON_UNKNOWN,
        dest_addr_npi=c.NPI_ISDN,
        destination_addr=destination.encode("latin-1"),
        esm_class=c.ESM_UDHI if part.udhi else 0,
        data_coding=data_coding,
        short_message=b"" if part.in_tlv else part.payload,
    )
    if part.in_tlv:
        pdu.add_tlv(tlv.MESSAGE_PAYLOAD, part.payload)
    if part.sar is not None:
        pdu.add_tlv(tlv.SAR_MSG_REF_NUM, part.sar.ref)
        pdu.add_tlv(tlv.SAR_TOTAL_SEGMENTS, part.sar.total)
        pdu.add_tlv(tlv.SAR_SEGMENT_SEQNUM, part.sar.seq)
    return pdu


class Incoming:
    """Writes messages by the options' templates and posts them. One run at a rate at a time, by one timer."""

    def __init__(self, settings: SimulatorSettings, clock: Clock, post: Post, seed: int) -> None:
        self.settings = settings
        self._clock = clock
        self._post = post
        self._chance = Random(f"{seed}/incoming")
        self._written = 0
        self._rate = 0.0
        self._left: int | None = 0
        self._owed = 0.0
        self._looked_at = 0.0
        self._call: Any = None

    @property
    def running(self) -> bool:
        return self._call is not None

    def emit(self, count: int, system_id: str | None = None) -> None:
        """Post so many messages now; ``system_id`` None: to whom the options say."""
        settings = self.settings
        to = settings.incoming_system_id if system_id is None else system_id
        texts = settings.incoming_text.split("|")
        for _ in range(count):
            self._written += 1
            n = self._written
            self.send(
                to,
                compose(
                    settings.incoming_from.format(n=n),
                    settings.incoming_to.format(n=n),
                    texts[(n - 1) % len(texts)].format(n=n),
                    long=settings.incoming_long,
                    order=settings.incoming_order,
                    reference=n,
                    chance=self._chance,
                ),
            )

    def next_reference(self) -> int:
        """A number for the parts of one more message."""
        self._written += 1
        return self._written

    def send(self, system_id: str, pdus: list[DeliverSm]) -> None:
        """Post finished messages. All parts of one go to one system_id."""
        if not system_id and len(pdus) > 1:
            bound = self._post.bound()
            system_id = bound[self._written % len(bound)] if bound else ""
        for pdu in pdus:
            self._post.put(system_id, Delivery(pdu, INCOMING))

    def start(self, rate: float, count: int = 0) -> None:
        """Begin a run, instead of the one before: ``rate`` a second, ``count`` in all, 0 without end."""
        self.stop()
        if rate <= 0:
            return
        self._rate, self._left = rate, count or None
        self._owed, self._looked_at = 0.0, self._clock.seconds()
        self._again()

    def stop(self) -> None:
        """End the run."""
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None

    def _again(self) -> None:
        self._call = self._clock.callLater(max(_TICK, 1 / self._rate), self._look)

    def _look(self) -> None:
        self._call = None
        now = self._clock.seconds()
        to = self.settings.incoming_system_id
        receives = to in self._post.bound() if to else bool(self._post.bound())
        # While nobody receives no debt grows: subscribers do not wait for an ESME to come back.
        self._owed = self._owed + (now - self._looked_at) * self._rate if receives else 0.0
        self._looked_at = now
        due = min(int(self._owed + 1e-6), self._post.room(to))
        if self._left is not None:
            due = min(due, self._left)
            self._left -= due
        self._owed = min(self._owed - due, self._rate)
        self.emit(due)
        if self._left != 0:
            self._again()
