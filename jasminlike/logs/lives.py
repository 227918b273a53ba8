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

from collections.abc import Mapping, Sequence
from typing import Any

from jasminlike.logs import formats
from jasminlike.logs.messages import MessageLog, Text
from jasminlike.message.model import Incoming, Message, Part, Receipt

UDHI = 0x40
"""esm_class: the payload begins with a user data header (SMPP 3.4 §5.2.12)."""

_WISHES = ("no", "smsc", "terminal", "all")


class MessageLives:
    """Writes what the pipeline reports."""

    def __init__(self, log: MessageLog) -> None:
        self._later = log.later

    def accepted(self, message: Message, connector: str, parts: int) -> None:
        """A client was promised this message."""
        self._later("SMS-MT", _accepted, message, connector, parts)

    def sent(self, part: Part, smsc_id: str, attempt: int) -> None:
        """The operator took a part and gave it an id."""
        self._later("SMS-MT", _sent, part, smsc_id, attempt)

    def refused(self, part: Part, status: str, attempt: int, again: bool) -> None:
        """The operator refused a part with this status."""
        self._later("SMS-MT", _refused, part, status, attempt, again)

    def receipt(self, receipt: Receipt, message: str) -> None:
        """An operator's receipt; `message` is the id of our message, or empty."""
        self._later("DLR", _receipt, receipt, message)

    def incoming(self, incoming: Incoming, destinations: Sequence[tuple[str, str]]) -> None:
        """A message from a subscriber, and where it goes: pairs of kind and name; none when no route wanted it."""
        self._later("SMS-MO", _incoming, incoming, tuple(destinations))


def _accepted(message: Message, connector: str, parts: int) -> Mapping[str, Any]:
    return {
        "step": "accepted",
        "uid": message.user,
        "door": message.door,
        "cid": connector,
        "msgid": message.id,
        "parts": parts,
        "prio": message.priority,
        "dlr": _wish(message.receipt.level),
        "validity": formats.moment(message.expires_at) if message.expires_at else "none",
        "from": message.source.digits,
        "to": message.destination.digits,
        "coding": message.data_coding,
        "content": Text(message.payload, message.data_coding, bool(message.esm_class & UDHI)),
    }


def _of_part(step: str, part: Part, attempt: int) -> dict[str, Any]:
    return {
        "step": step,
        "uid": part.user,
        "cid": part.connector,
        "msgid": part.message,
        "part": f"{part.number}/{part.total}",
        "attempt": attempt,
        "prio": part.priority,
        "dlr": _wish(part.receipt.level),
        "from": part.source.digits,
        "to": part.destination.digits,
        "content": Text(part.payload, part.data_coding, bool(part.esm_class & UDHI)),
    }


def _sent(part: Part, smsc_id: str, attempt: int) -> Mapping[str, Any]:
    return {**_of_part("sent", part, attempt), "status": "ESME_ROK", "smpp_msgid": smsc_id}


def _refused(part: Part, status: str, attempt: int, again: bool) -> Mapping[str, Any]:
    return {**_of_part("refused", part, attempt), "status": status, "retry": again}


def _receipt(receipt: Receipt, message: str) -> Mapping[str, Any]:
    return {
        "cid": receipt.connector,
        "msgid": message,
        "smpp_msgid": receipt.smsc_id,
        "status": receipt.state,
        "err": receipt.error,
        "sub": receipt.sub,
        "dlvrd": receipt.dlvrd,
        "submit_date": receipt.submit_date,
        "done_date": receipt.done_date,
        "text": receipt.text,
    }


def _incoming(incoming: Incoming, destinations: tuple[tuple[str, str], ...]) -> Mapping[str, Any]:
    return {
        "cid": incoming.connector,
        "msgid": incoming.id,
        "prio": "none" if incoming.priority is None else incoming.priority,
        "from": incoming.source.digits,
        "to": incoming.destination.digits,
        "coding": incoming.data_coding,
        "part": _place(incoming),
        "thrown_to": ",".join([f"{kind}:{name}" for kind, name in destinations]) or "none",
        "content": Text(incoming.payload, incoming.data_coding, bool(incoming.esm_class & UDHI)),
    }


def _place(incoming: Incoming) -> str:
    if incoming.part_of is not None:
        _reference, total, number = incoming.part_of
        return f"{number}/{total}"
    if incoming.joined:
        return "incomplete" if incoming.incomplete else "joined"
    return "whole"


def _wish(level: int) -> str:
    return _WISHES[level] if 0 <= level < len(_WISHES) else str(level)
