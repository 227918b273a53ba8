"""The SMPP 3.4 server for clients: its collaborators, its connections, and its end.

    server = SmppServer(settings.smpps, intake, logins, records, broker, catalog, stats, log, reactor, time.time)
    reactor.listenTCP(settings.smpps.port, server.factory, interface=settings.smpps.bind)

`server.notices` tells clients what became of their messages, `server.mailbox` takes incoming messages for them,
`server.binds` shows and ends their sessions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import ServerFactory

from jasminlike.errors import SettingError
from jasminlike.interfaces import Broker, Clock, Logins
from jasminlike.settings.schema import Smpps
from jasminlike.smpp import constants as c
from jasminlike.smpp.session import Session
from jasminlike.smpp.timers import Timers
from jasminlike.smpps.binds import Binds, Directory, Events
from jasminlike.smpps.connection import Connection, Handlers, Rooms
from jasminlike.smpps.mailbox import Mailbox, MailboxNotices
from jasminlike.smpps.queries import Finds, Queries
from jasminlike.smpps.submissions import wishes
from jasminlike.smpps.submits import Accepts, Submits
from jasminlike.smpps.thrower import Thrower
from jasminlike.stats import Stats


def timers_of(settings: Smpps) -> Timers:
    """The timers of a session; raises `SettingError` for those that cannot be."""
    if not settings.responseTimerSecs:
        raise SettingError("smpps.responseTimerSecs", "is 0; a client must have some time to answer")
    return Timers(
        session_init=settings.sessionInitTimerSecs,
        enquire_link=settings.enquireLinkTimerSecs,
        enquire_link_response=settings.responseTimerSecs,
        inactivity=settings.inactivityTimerSecs,
        response=settings.responseTimerSecs,
        partial_pdu=settings.pduReadTimerSecs,
    )


class SmppServer:
    """Everything of the door; `factory` is what listens. `now` gives seconds since 1970."""

    def __init__(
        self,
        settings: Smpps,
        intake: Accepts,
        logins: Logins,
        records: Finds,
        broker: Broker,
        directory: Directory,
        stats: Stats,
        log: Events,
        clock: Clock,
        now: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._timers = timers_of(settings)
        self._connections: set[Connection] = set()
        self._waiters: list[Deferred[None]] = []
        tell_answers = settings.smpp_receipt_on_success_submit_sm_resp
        self.binds = Binds(logins, directory, log)
        self.thrower = Thrower(broker, settings.window, settings.dlr_pdu == "data_sm", log, clock, now)
        self.mailbox = Mailbox(broker, settings.dlr_expiry, self.thrower.receiving, log, now)
        self.notices = MailboxNotices(self.mailbox, directory, tell_answers, now)
        submits, queries = Submits(intake, stats, wishes(tell_answers), now), Queries(records)
        handlers: Handlers = {
            c.SUBMIT_SM: submits.submit_sm,
            c.SUBMIT_MULTI: submits.submit_multi,
            c.DATA_SM: submits.data_sm,
            c.QUERY_SM: queries.query_sm,
            c.CANCEL_SM: queries.cancel_sm,
            c.REPLACE_SM: queries.replace_sm,
        }
        self._rooms = Rooms(
            self.binds,
            handlers,
            self.thrower,
            stats,
            log,
            clock,
            now,
            patience=settings.responseTimerSecs,
            server_id=settings.id.encode("latin-1", "replace"),
        )
        self.factory = Listening(self._connect)

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    def _connect(self) -> Connection | None:
        """A connection for a client that has come; None when there are too many, or the gateway is stopping."""
        if self.binds.stopping or len(self._connections) >= self._settings.max_connections:
            return None
        session = Session("smsc", window=self._settings.window, timers=self._timers)
        connection = Connection(session, self._rooms, self._lost)
        self._connections.add(connection)
        return connection

    def _lost(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                self.thrower.settled().addCallback(waiter.callback)

    def stop(self) -> Deferred[None]:
        """Takes no new connections, answers what is under way, unbinds all; fires when every connection is gone and
        the mail that was not answered is back in its queue."""
        self.binds.stopping = True
        if not self._connections:
            return self.thrower.settled()
        waiter: Deferred[None] = Deferred()
        self._waiters.append(waiter)
        for connection in list(self._connections):
            connection.leave()
        return waiter


class Listening(ServerFactory):
    """Makes a protocol for each connection, or closes it at once."""

    noisy = False

    def __init__(self, connect: Callable[[], Connection | None]) -> None:
        self._connect = connect

    def buildProtocol(self, addr: Any) -> Any:
        """The protocol; None closes the connection."""
        connection = self._connect()
        return None if connection is None else connection.protocol
