"""The lines of the message log, one method for each thing that happens to a message.

The pipeline calls these; they keep the frozen message itself, and its fields are taken out when the line is written.

| line | when |
|---|---|
| `SMS-MT step=accepted` | a client's message is stored |
| `SMS-MT step=sent` | the operator took a part |
| `SMS-MT step=refused` | the operator refused a part; `retry=yes` says that it is tried again |
| `SMS-MO` | a subscriber's message came in |
| `DLR` | a receipt came in; `msgid` is empty when no message of ours has its id |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jasminlike.logs import formats
from jasminlike.logs.messages import Line, MessageLog, Text
from jasminlike.message.model import Incoming, Message, Part, Receipt

UDHI = 0x40
"""esm_class: the payload begins with a user data header (SMPP 3.4 §5.2.12)."""

_WISHES = ("no", "smsc", "terminal", "all")


def _accepted(message: Message, connector: str, parts: int) -> tuple[Any, ...]:
    return (
        "accepted",
        message.user,
        message.door,
        connector,
        message.id,
        parts,
        message.priority,
        _wish(message.receipt.level),
        formats.moment(message.expires_at) if message.expires_at else "none",
        message.source.digits,
        message.destination.digits,
        message.data_coding,
        Text(message.payload, message.data_coding, bool(message.esm_class & UDHI)),
    )


def _answered(step: str, part: Part, status: str, attempt: int, detail: Any) -> tuple[Any, ...]:
    return (
        step,
        part.user,
        part.connector,
        part.message,
        f"{part.number}/{part.total}",
        attempt,
        part.priority,
        _wish(part.receipt.level),
        part.source.digits,
        part.destination.digits,
        status,
        detail,
        Text(part.payload, part.data_coding, bool(part.esm_class & UDHI)),
    )


def _receipt(receipt: Receipt, message: str) -> tuple[Any, ...]:
    return (
        receipt.connector,
        message,
        receipt.smsc_id,
        receipt.state,
        receipt.error,
        receipt.sub,
        receipt.dlvrd,
        receipt.submit_date,
        receipt.done_date,
        receipt.text,
    )


def _incoming(incoming: Incoming, destinations: tuple[tuple[str, str], ...]) -> tuple[Any, ...]:
    return (
        incoming.connector,
        incoming.id,
        "none" if incoming.priority is None else incoming.priority,
        incoming.source.digits,
        incoming.destination.digits,
        incoming.data_coding,
        _place(incoming),
        ",".join([f"{kind}:{name}" for kind, name in destinations]) or "none",
        Text(incoming.payload, incoming.data_coding, bool(incoming.esm_class & UDHI)),
    )


def _place(incoming: Incoming) -> str:
    if incoming.part_of is not None:
        _reference, total, number = incoming.part_of
        return f"{number}/{total}"
    if incoming.joined:
        return "incomplete" if incoming.incomplete else "joined"
    return "whole"


def _wish(level: int) -> str:
    return _WISHES[level] if 0 <= level < len(_WISHES) else str(level)


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_PART = "step uid cid msgid part attempt prio dlr from to status "

ACCEPTED = Line("SMS-MT", _names("step uid door cid msgid parts prio dlr validity from to coding content"), _accepted)
SENT = Line("SMS-MT", _names(_PART + "smpp_msgid content"), _answered)
REFUSED = Line("SMS-MT", _names(_PART + "retry content"), _answered)
RECEIPT = Line("DLR", _names("cid msgid smpp_msgid status err sub dlvrd submit_date done_date text"), _receipt)
INCOMING = Line("SMS-MO", _names("cid msgid prio from to coding part thrown_to content"), _incoming)


class MessageLives:
    """Writes what the pipeline reports."""

    def __init__(self, log: MessageLog) -> None:
        self._later = log.later

    def accepted(self, message: Message, connector: str, parts: int) -> None:
        """A client was promised this message."""
        self._later(ACCEPTED, message, connector, parts)

    def sent(self, part: Part, smsc_id: str, attempt: int) -> None:
        """The operator took a part and gave it an id."""
        self._later(SENT, "sent", part, "ESME_ROK", attempt, smsc_id)

    def refused(self, part: Part, status: str, attempt: int, again: bool) -> None:
        """The operator refused a part with this status."""
        self._later(REFUSED, "refused", part, status, attempt, again)

    def receipt(self, receipt: Receipt, message: str) -> None:
        """An operator's receipt; `message` is the id of our message, or empty."""
        self._later(RECEIPT, receipt, message)

    def incoming(self, incoming: Incoming, destinations: Sequence[tuple[str, str]]) -> None:
        """A message from a subscriber, and where it goes: pairs of kind and name; none when no route wanted it."""
        self._later(INCOMING, incoming, tuple(destinations))
