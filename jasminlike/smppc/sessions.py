"""One session of a connector in SMPP's terms: its timers, its bind, its name in the console, and what comes over it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from jasminlike.interfaces import Clock
from jasminlike.net.protocol import Listener, SmppProtocol
from jasminlike.smpp import events as e
from jasminlike.smpp.pdu import BindReceiver, BindTransceiver, BindTransmitter
from jasminlike.smpp.session import Session
from jasminlike.smpp.states import State
from jasminlike.smpp.timers import Timers
from jasminlike.smppc.receiver import Receiver
from jasminlike.smppc.sender import Flight, Sender
from jasminlike.smppc.settings import ConnectorSettings
from jasminlike.stats import SmppcStats

_BINDS: dict[str, type[BindTransceiver] | type[BindTransmitter] | type[BindReceiver]] = {
    "transceiver": BindTransceiver,
    "transmitter": BindTransmitter,
    "receiver": BindReceiver,
}


class LinkEvents(Protocol):
    """The log of operations."""

    def __call__(self, type: str, message: str, /, *, level: str = "info", **params: object) -> None: ...


def new_protocol(settings: ConnectorSettings, clock: Clock, listener: Listener) -> SmppProtocol:
    """A protocol that is not connected yet."""
    timers = Timers(
        session_init=settings.bind_to,
        enquire_link=settings.elink_interval,
        enquire_link_response=settings.elink_interval,
        inactivity=settings.trx_to,
        response=settings.res_to,
        partial_pdu=settings.pdu_red_to,
    )
    return SmppProtocol(Session("esme", window=settings.window, timers=timers), clock, listener)


def bind_pdu(settings: ConnectorSettings) -> e.BindPdu:
    """The bind of a connector."""
    return _BINDS[settings.bind](
        system_id=settings.username.encode("latin-1"),
        password=settings.password.encode("latin-1"),
        system_type=settings.systype.encode("latin-1"),
        interface_version=0x34,
        addr_ton=settings.bind_ton,
        addr_npi=settings.bind_npi,
        address_range=(settings.addr_range or "").encode("latin-1"),
    )


def shown_state(protocol: SmppProtocol | None, bind: str, binding: bool) -> str:
    """The state of a session as the console shows it, in Jasmin's words."""
    if protocol is None:
        return "NONE"
    names = {
        State.BOUND_TX: "BOUND_TX",
        State.BOUND_RX: "BOUND_RX",
        State.BOUND_TRX: "BOUND_TRX",
        State.UNBINDING: "UNBIND_PENDING",
        State.CLOSED: "UNBOUND",
    }
    kind = {"transceiver": "TRX", "transmitter": "TX", "receiver": "RX"}[bind]
    return names.get(protocol.session.state, f"BIND_{kind}_PENDING" if binding else "OPEN")


class Traffic:
    """What comes over any session of one connector, the bind aside."""

    def __init__(
        self, cid: str, sender: Sender, receiver: Receiver, stats: SmppcStats, log: LinkEvents, now: Callable[[], float]
    ) -> None:
        self.sender = sender
        self._cid = cid
        self._receiver = receiver
        self._stats = stats
        self._log = log
        self._now = now

    def arrived(self) -> None:
        """Something came."""
        self._stats.last_received_pdu_at = self._now()

    def take(self, protocol: SmppProtocol, event: e.Event) -> None:
        """One event of a session."""
        if isinstance(event, e.Answered | e.AnsweredLate):
            if isinstance(event.context, Flight):
                self.sender.answered(event.context, event.pdu)
        elif isinstance(event, e.Received):
            self._receiver.received(protocol, event.pdu)
        else:
            self._unusual(event)

    def _unusual(self, event: e.Event) -> None:
        cid = self._cid
        match event:
            case e.TimedOut(context):
                if isinstance(context, Flight):
                    self._log(
                        "no-answer", "no submit_sm_resp in time", level="warning", cid=cid, part=context.part.message
                    )
                    self.sender.overdue(context)
            case e.LinkDead(_cause, reason):
                self._log("link-dead", reason, level="warning", cid=cid)
            case e.BadPdu(reason):
                self._log("bad-pdu", reason, level="warning", cid=cid, command=event.command_id)
            case e.Unbound(by_peer):
                self._log("unbound", "by the SMSC" if by_peer else "by us", cid=cid)
            case e.Unsolicited(pdu, duplicate):
                self._log("unsolicited", pdu.name, level="debug", cid=cid, duplicate=duplicate)
            case _:
                self._log("event", type(event).__name__, level="debug", cid=cid)

    def gone(self, protocol: SmppProtocol, in_doubt: list[e.InDoubt]) -> None:
        """The session's connection is gone, with these requests unanswered."""
        self._stats.disconnected_at = self._now()
        self._stats.disconnected_count += 1
        self.sender.down([each.context for each in in_doubt if isinstance(each.context, Flight)], protocol)
