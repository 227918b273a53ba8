"""The timers of a session as data (SMPP 3.4 §7.2): how long each is, what runs now, what is due.

No callbacks and no clock: ``now`` comes in, :meth:`Deadlines.next` says when to come again, :meth:`Deadlines.due` what
is due then. So a session needs one timer of its reactor, whatever it waits for. The response timer is not here: the
``window`` knows its requests.

    unbound    session_init -------------------> NOT_BOUND
    bound      silence -- enquire_link --> ENQUIRE, then silence -- enquire_link_response --> SILENT
               no traffic -- inactivity -> INACTIVE
    unbinding  unbind -------------------------> NOT_UNBOUND
    always     half a PDU -- partial_pdu ------> HALF_PDU

Any octet from the far end ends a silence, not only an enquire_link_resp.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds each; 0 switches one off (``response`` must run). Defaults suit a link over the internet."""

    session_init: float = 30.0
    """To be bound after connecting, and for the response to a bind."""
    enquire_link: float = 30.0
    """Silence of the far end before it is asked for a sign of life."""
    enquire_link_response: float = 30.0
    """Further silence before the link is held dead."""
    inactivity: float = 0.0
    """No messages in either direction before an unbind is sent."""
    response: float = 60.0
    """For the response to a request; then it is reported, and forgotten later."""
    unbind: float = 10.0
    """For the response to an unbind."""
    partial_pdu: float = 10.0
    """For the rest of a PDU that has begun."""
    silent_responses: int = 10
    """How many requests in a row may go without response before the link is held dead; a number, not seconds."""

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is negative")
        if not self.response:
            raise ValueError("response is 0: a request must not wait for ever")


class Due(Enum):
    """What a timer that ran out asks for."""

    NOT_BOUND = "not bound"
    ENQUIRE = "enquire"
    SILENT = "silent"
    INACTIVE = "inactive"
    NOT_UNBOUND = "not unbound"
    HALF_PDU = "half a pdu"


class Deadlines:
    """The running timers of one session."""

    __slots__ = (
        "_bound",
        "_enquired_at",
        "_half_since",
        "_held",
        "_received_at",
        "_started_at",
        "_unbinding_at",
        "timers",
        "traffic_at",
    )

    def __init__(self, timers: Timers) -> None:
        self.timers = timers
        self.traffic_at = 0.0
        self._received_at = 0.0
        self._started_at: float | None = None
        self._bound = False
        self._enquired_at: float | None = None
        self._unbinding_at: float | None = None
        self._half_since: float | None = None
        self._held = False

    def started(self, now: float) -> None:
        """The connection is there, or a bind went out: it should be bound soon."""
        self._started_at = now
        self._bound = False

    def bound(self, now: float) -> None:
        self._started_at = None
        self._bound = True
        self._received_at = self.traffic_at = now

    def received(self, now: float) -> None:
        """The far end gave a sign of life."""
        self._received_at = now
        self._enquired_at = None

    def enquired(self, now: float) -> None:
        """An enquire_link went out."""
        self._enquired_at = now

    def unbinding(self, now: float) -> None:
        self.stop()
        self._unbinding_at = now

    def half_pdu(self, now: float) -> None:
        """Bytes of a PDU are held that is not whole yet. More crumbs of it do not restart its time."""
        if self._half_since is None:
            self._half_since = now

    def whole_pdus(self) -> None:
        """The PDU that was held, if one was, is whole."""
        self._half_since = None

    def hold(self) -> None:
        """Reading is paused by us: silence means nothing until :meth:`release`."""
        self._held = True

    def release(self, now: float) -> None:
        self._held = False
        self.received(now)
        if self._half_since is not None:
            self._half_since = now

    def stop(self) -> None:
        """The session is over: nothing is due any more."""
        self._started_at = self._enquired_at = self._unbinding_at = self._half_since = None
        self._bound = False

    def _running(self) -> list[tuple[float, Due]]:
        timers, running = self.timers, []
        if self._started_at is not None and timers.session_init:
            running.append((self._started_at + timers.session_init, Due.NOT_BOUND))
        if self._unbinding_at is not None and timers.unbind:
            running.append((self._unbinding_at + timers.unbind, Due.NOT_UNBOUND))
        if self._bound and timers.inactivity:
            running.append((self.traffic_at + timers.inactivity, Due.INACTIVE))
        if self._held:
            return running
        if self._half_since is not None and timers.partial_pdu:
            running.append((self._half_since + timers.partial_pdu, Due.HALF_PDU))
        if self._enquired_at is not None:
            if timers.enquire_link_response:
                running.append((self._enquired_at + timers.enquire_link_response, Due.SILENT))
            else:
                running.append((self._enquired_at + timers.enquire_link, Due.ENQUIRE))
        elif self._bound and timers.enquire_link:
            running.append((self._received_at + timers.enquire_link, Due.ENQUIRE))
        return running

    def next(self) -> float | None:
        """When to ask :meth:`due` again; None: nothing runs."""
        return min((when for when, _ in self._running()), default=None)

    def due(self, now: float) -> Due | None:
        """What is due, the longest overdue first. The caller acts on it, which ends or restarts that timer."""
        over = [(when, what) for when, what in self._running() if when <= now]
        return min(over, key=lambda item: item[0])[1] if over else None
