"""What the simulator remembers: the messages it took, in order, and what it counted."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

from jasminlike.smpp import statuses
from jasminlike.smpp.fields import SmeAddress
from jasminlike.smpp.pdu import DataSm, SubmitMulti, SubmitSm, message_octets
from jasminlike.text import codings, concat

MessagePdu = SubmitSm | DataSm | SubmitMulti

ENROUTE = "ENROUTE"


class Submitted:
    """A message of an ESME. Times are of the simulator's clock; ``status`` is what it was answered with.

    ``message_id`` is in the form of the answer, "" when the message was refused. Until ``final_at`` the message is on
    its way, from then on it is in ``final_state``.
    """

    __slots__ = ("at", "err", "final_at", "final_state", "line", "message_id", "number", "pdu", "status", "system_id")

    def __init__(self, pdu: MessagePdu, system_id: str, line: Any, at: float) -> None:
        self.pdu = pdu
        self.system_id = system_id
        self.line = line
        self.at = at
        self.number = 0
        self.message_id = ""
        self.status = 0
        self.final_at = at
        self.final_state = ENROUTE
        self.err = ""

    def state(self, now: float) -> str:
        """ENROUTE or the final state."""
        return ENROUTE if now < self.final_at else self.final_state

    @property
    def destinations(self) -> tuple[tuple[int, int, bytes], ...]:
        """Type of number, numbering plan and address of everyone it goes to; distribution lists left out."""
        pdu = self.pdu
        if isinstance(pdu, SubmitMulti):
            return tuple(
                (each.ton, each.npi, each.address) for each in pdu.dest_address if isinstance(each, SmeAddress)
            )
        return ((pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr),)

    def text(self, limit: int | None = None) -> str:
        """The text as a person would see it, without a user data header; at most ``limit`` characters."""
        octets = message_octets(self.pdu)
        if self.pdu.esm_class & 0x40:
            octets = concat.read(octets).body
        if limit is not None:
            octets = octets[: limit * 2]
        return codings.display(octets, self.pdu.data_coding)[:limit]

    def shown(self, now: float) -> dict[str, Any]:
        """What it is, as JSON can say it."""
        pdu = self.pdu
        return {
            "message_id": self.message_id,
            "status": statuses.name(self.status),
            "command": pdu.name,
            "system_id": self.system_id,
            "session": self.line.number,
            "source": pdu.source_addr.decode("latin-1"),
            "destinations": [address.decode("latin-1") for _, _, address in self.destinations],
            "registered_delivery": pdu.registered_delivery,
            "data_coding": pdu.data_coding,
            "esm_class": pdu.esm_class,
            "text": self.text(),
            "octets": message_octets(pdu).hex(),
            "state": self.state(now) if self.message_id else "",
        }


class Book:
    """The last ``limit`` messages (-1: all), in the order in which they came, refused ones included."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.messages: deque[Submitted] = deque()
        self._by_id: dict[str, Submitted] = {}

    def add(self, message: Submitted) -> None:
        limit = self.limit
        if not limit:
            return
        messages = self.messages
        messages.append(message)
        if message.message_id:
            self._by_id[message.message_id] = message
        if len(messages) > limit > 0:
            self._by_id.pop(messages.popleft().message_id, None)

    def find(self, message_id: str) -> Submitted | None:
        """The message that was answered with this id, if it is still remembered."""
        return self._by_id.get(message_id)

    def __iter__(self) -> Iterator[Submitted]:
        return iter(self.messages)

    def clear(self) -> None:
        self.messages.clear()
        self._by_id.clear()


class Counts:
    """What happened so far, since the start or the last reset. Every number is of messages unless its name says not."""

    def __init__(self) -> None:
        self.connections = 0
        self.binds = 0
        self.binds_refused: Counter[int] = Counter()
        """By status; so is ``refused``."""
        self.received = 0
        self.accepted = 0
        self.refused: Counter[int] = Counter()
        self.receipts = 0
        """Sent, each time counted; likewise ``incoming``."""
        self.receipts_answered = 0
        self.incoming = 0
        self.incoming_answered = 0
        self.deliveries_refused: Counter[int] = Counter()
        self.deliveries_unanswered = 0
        self.deliveries_repeated = 0
        self.deliveries_dropped = 0
        """Given up: refused or unanswered too often, or the mailbox was full."""
        self.faults: Counter[str] = Counter()
        """By the name of the option that asked for them."""

    def shown(self) -> dict[str, Any]:
        """As JSON can say it, statuses by name."""
        shown: dict[str, Any] = {}
        for name, value in vars(self).items():
            if not isinstance(value, Counter):
                shown[name] = value
            elif name == "faults":
                shown[name] = dict(value)
            else:
                shown[name] = {statuses.name(status): count for status, count in value.items()}
        return shown
