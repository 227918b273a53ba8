"""Two sessions that talk to each other without a socket, for tests of what they say."""

from __future__ import annotations

from typing import Any

from jasminlike.smpp import events as e
from jasminlike.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter
from jasminlike.smpp.session import Session
from jasminlike.smpp.timers import Timers

BINDS = {"tx": BindTransmitter, "rx": BindReceiver, "trx": BindTransceiver}


def pair(now: float = 0.0, timers: Timers | None = None, **options: Any) -> tuple[Session, Session]:
    """An ESME and an SMSC, connected, not bound."""
    esme, smsc = Session("esme", timers=timers, **options), Session("smsc", timers=timers, **options)
    esme.opened(now)
    smsc.opened(now)
    return esme, smsc


def bound(kind: str = "trx", now: float = 0.0, timers: Timers | None = None, **options: Any) -> tuple[Session, Session]:
    """The same, bound as ``kind``."""
    esme, smsc = pair(now, timers, **options)
    esme.request(BINDS[kind](system_id=b"shop", password=b"secret"), now)
    (asked,) = smsc.receive(esme.data_to_send(), now)
    assert isinstance(asked, e.BindRequested)
    smsc.respond(asked.pdu, asked.pdu.response(system_id=b"smsc"))
    (answer,) = esme.receive(smsc.data_to_send(), now)
    assert isinstance(answer, e.Bound)
    return esme, smsc


def carry(sender: Session, receiver: Session, now: float = 0.0) -> list[e.Event]:
    """Bring what one has to say to the other; what the other makes of it."""
    return receiver.receive(sender.data_to_send(), now)
