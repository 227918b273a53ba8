"""What a session tells the one who holds it: plain values, in the order in which things happened.

``context`` is whatever the caller gave with the request, handed back untouched. Every request that went out ends in
exactly one of :class:`Answered`, :class:`TimedOut` or :class:`InDoubt`; a :class:`TimedOut` may be followed by one
:class:`AnsweredLate`. Times are seconds of the clock that ``now`` was read from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jasminlike.smpp.pdu import (
    BindReceiver,
    BindTransceiver,
    BindTransmitter,
    Outbind,
    Pdu,
)
from jasminlike.smpp.states import State

BindPdu = BindTransmitter | BindReceiver | BindTransceiver


@dataclass(slots=True)
class Received:
    """A request of the far end that is permitted now. Answer it with ``respond`` (alert_notification has no answer)."""

    pdu: Pdu


@dataclass(slots=True)
class Answered:
    """The response to a request of ours, a generic_nack included. ``pdu.status`` says how it ended."""

    context: Any
    request_command: int
    pdu: Pdu
    sent_at: float


@dataclass(slots=True)
class AnsweredLate:
    """The response to a request that was reported as :class:`TimedOut` before."""

    context: Any
    request_command: int
    pdu: Pdu
    sent_at: float


@dataclass(slots=True)
class TimedOut:
    """No response in time. Whether the far end acted on the request is not known; it may still answer late."""

    context: Any
    request_command: int
    sequence: int
    sent_at: float


@dataclass(slots=True)
class InDoubt:
    """The connection went while this request waited for its response: it may or may not have been acted on."""

    context: Any
    request_command: int
    sequence: int
    sent_at: float


@dataclass(slots=True)
class Unsolicited:
    """A response to nothing that waits. ``duplicate``: its sequence number was ours and is answered already."""

    pdu: Pdu
    duplicate: bool


@dataclass(slots=True)
class BindRequested:
    """An ESME wants to bind: check it, then ``respond`` with the bind_resp, status 0 or another."""

    pdu: BindPdu


@dataclass(slots=True)
class Bound:
    """The SMSC accepted our bind. ``pdu`` is its bind_resp, ``state`` what we are bound as."""

    pdu: Pdu
    state: State


@dataclass(slots=True)
class BindRefused:
    """The SMSC refused our bind; ``pdu.status`` says why. The connection is open and may bind again."""

    pdu: Pdu


@dataclass(slots=True)
class OutbindReceived:
    """The SMSC asks us to bind as receiver (§2.2.1). Check its system_id and password, then bind."""

    pdu: Outbind


@dataclass(slots=True)
class Unbound:
    """The session ended in good order, by the far end's wish or ours. Close the connection once all is sent."""

    by_peer: bool


@dataclass(slots=True)
class LinkDead:
    """The session is over without good order. Close the connection; ``cause`` is for tables, ``reason`` for people."""

    cause: str
    reason: str


@dataclass(slots=True)
class BadPdu:
    """A PDU that could not be read. ``answer`` is the command_status it was answered with, None for no answer."""

    reason: str
    command_id: int
    sequence: int
    answer: int | None


@dataclass(slots=True)
class Refused:
    """A readable request that this state of the session does not permit.

    It was answered with ``status``, unless SMPP has no response to it or the session is over.
    """

    pdu: Pdu
    status: int


@dataclass(slots=True)
class Inactive:
    """No traffic but enquire_link for the inactivity time: an unbind was sent."""

    seconds: float


Event = (
    Received
    | Answered
    | AnsweredLate
    | TimedOut
    | InDoubt
    | Unsolicited
    | BindRequested
    | Bound
    | BindRefused
    | OutbindReceived
    | Unbound
    | LinkDead
    | BadPdu
    | Refused
    | Inactive
)

# The values LinkDead.cause takes.
NOT_BOUND = "not bound"
SILENCE = "silence"
TIMEOUTS = "timeouts"
STREAM = "stream"
HALF_PDU = "half a pdu"
NOT_UNBOUND = "not unbound"
