"""The wiring: every part of a running gateway is made here, once, and given its finished collaborators.

Nothing here decides anything about messages. The order is: data folder, logs, journal, stores, catalogue, pipeline,
connectors, doors; stopping goes the other way round.
"""

from __future__ import annotations

import functools
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.python.threadpool import ThreadPool

from interceptors.kinds import MOINTERCEPTOR_KIND, MTINTERCEPTOR_KIND
from interceptors.processes import spawner
from interceptors.runner import Pool
from interceptors.service import Interception
from interceptors.table import InterceptorBook
from jasminlike import __version__, doors, topics
from jasminlike.accounts.billing import Purses
from jasminlike.accounts.kinds import GROUP, user_kind
from jasminlike.accounts.logins import Logins
from jasminlike.accounts.passwords import Passwords
from jasminlike.broker import tables as broker_tables
from jasminlike.broker.embedded import EmbeddedBroker
from jasminlike.catalog.service import Catalog
from jasminlike.errors import SettingError
from jasminlike.filters.kinds import FILTER_KIND
from jasminlike.folder import DataFolder
from jasminlike.httpc.settings import HTTP_CONNECTOR
from jasminlike.journal import Journal
from jasminlike.logs.foreign import LoggingEvents, TwistedEvents
from jasminlike.logs.opening import open_logs
from jasminlike.net.protocol import SmppProtocol
from jasminlike.pipeline.accept import Intake, Limits, read_text
from jasminlike.pipeline.ending import Ending
from jasminlike.pipeline.expiry import Expiry
from jasminlike.pipeline.inbound import Inbound
from jasminlike.pipeline.interception import Held, Replies
from jasminlike.pipeline.notices import NoticesByDoor
from jasminlike.pipeline.receipt_ids import IdRule
from jasminlike.pipeline.receipts import Receipts
from jasminlike.pipeline.retry import Retries
from jasminlike.pipeline.submitted import Submitted
from jasminlike.settings.schema import Settings
from jasminlike.smppc.connector import Connector
from jasminlike.smppc.dial import dial
from jasminlike.smppc.fleet import Fleet
from jasminlike.smppc.receiver import Receiver
from jasminlike.smppc.sender import Sender
from jasminlike.smppc.settings import ConnectorSettings, connector_kind
from jasminlike.stats import Stats
from jasminlike.store import tables as store_tables
from jasminlike.store.catalogue import EmbeddedCatalogue
from jasminlike.store.index import EmbeddedIndex
from jasminlike.store.ledger import EmbeddedLedger
from jasminlike.store.records import EmbeddedRecords
from routers.book import RouteBook
from routers.kinds import MOROUTE_KIND, MTROUTE_KIND

PURGE_SECONDS = 60.0

Say = Callable[[str], None]


class Gateway:
    """A running gateway. `start` brings it up or raises `SettingError`; `stop` ends it without losing anything.

    `say` prints one line for the person who started it. `reactor` is Twisted's, running already.
    """

    def __init__(self, settings: Settings, reactor: Any, say: Say) -> None:
        self.settings = settings
        self.stats = Stats()
        self.ports: dict[str, Any] = {}
        self.reactor = reactor
        self.say = say
        self.folder = DataFolder(Path(settings.data.folder))
        self._ends: list[Callable[[], Any]] = []
        """What undoes each step of the start, in the order of the steps."""

    # --- up --------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Everything up, listeners last; what was started is stopped again when one of them fails."""
        try:
            self._open_folder()
            await self._open_catalogue()
            self._open_pipeline()
            doors.open_all(self)
        except BaseException:
            await self.stop()
            raise
        self.logs.events.event("app", "ready", "the gateway is ready", version=__version__)

    def _open_folder(self) -> None:
        self.folder.open()
        self._ends.append(self.folder.close)
        self.logs = open_logs(self.settings, self.reactor)
        self._ends.append(self.logs.close)
        for observer in (
            TwistedEvents(self.logs.events, self.reactor.callFromThread),
            LoggingEvents(self.logs.events, self.reactor.callFromThread),
        ):
            observer.install()
            self._ends.append(observer.remove)
        try:
            self.journal = Journal(self.folder.database, self.reactor, broker_tables.SCHEMA + store_tables.SCHEMA)
        except sqlite3.Error as problem:
            raise SettingError("data.folder", f"{self.folder.database} cannot be opened: {problem}") from problem
        self._ends.append(self.journal.close)

    async def _open_catalogue(self) -> None:
        store = self.settings.store
        self.broker = EmbeddedBroker(self.journal, self.reactor, time.time)
        self._ends.append(self.broker.close)
        self.records = EmbeddedRecords(self.journal, store.keep_texts, store.records_days * 86400.0)
        self.index = EmbeddedIndex(self.journal, time.time, store.receipts_days * 86400.0)
        self.ledger = EmbeddedLedger(self.journal, time.time)
        self.purses = Purses(await self.ledger.load())
        pool = ThreadPool(minthreads=0, maxthreads=2, name="passwords")
        pool.start()
        self._ends.append(pool.stop)
        self.passwords = passwords = Passwords(self.reactor, pool)
        kinds = (
            GROUP,
            user_kind(passwords.seal),
            FILTER_KIND,
            connector_kind(),
            HTTP_CONNECTOR,
            MTROUTE_KIND,
            MOROUTE_KIND,
            MTINTERCEPTOR_KIND,
            MOINTERCEPTOR_KIND,
        )
        self.catalog = Catalog(EmbeddedCatalogue(self.journal, time.time), kinds)
        await self.catalog.load()
        self.logins = Logins(self.catalog, passwords, time.monotonic)
        self.routes = RouteBook(self.catalog)
        self.catalog.subscribe(self.routes.changed)

    def _open_pipeline(self) -> None:
        lives, records, stats, broker = self.logs.lives, self.records, self.stats, self.broker
        self.fleet = Fleet(self._connector, broker, lambda: self.retries, stats)
        self.notices = NoticesByDoor()
        self.receipts = Receipts(records, self.index, self.notices, stats, lives, self.fleet.rule_of)
        self.submitted = Submitted(
            records, self.index, self.notices, self.purses, self.ledger, self.receipts, lives, time.time
        )
        ending = Ending(records, self.notices, stats)
        self.retries = Retries(broker, records, ending, self.fleet, lives, time.time)
        self.expiry = Expiry(broker, self.retries)
        join = self.settings.smppc.join_seconds
        self.inbound = Inbound(self.routes, broker, self.notices, stats, lives, self.reactor, time.time, join)
        self._ends.append(self.inbound.stop)
        self.intake = Intake(
            self.routes,
            broker,
            records,
            self.purses,
            self.ledger,
            self.fleet,
            stats,
            lives,
            self._limits(),
            time.time,
        )
        self._open_scripts()
        doors.open_callbacks(self)
        self.inbound.start()
        if self.settings.interceptors.on_failure != "hold":
            held = Held(broker, self.inbound.route)
            held.start()
            self._ends.append(held.stop)
        self.catalog.subscribe(self._changed)
        for cid, settings in self.catalog.all("smppcc").items():
            self.fleet.changed(cid, None, settings)
        for topic in broker.topics():
            cid = topic.removeprefix(topics.SUBMIT_PREFIX)
            if cid != topic and not self.fleet.exists(cid):
                self.fleet.changed(cid, None, None)
        self._purge()
        if broker.recovered:
            self.logs.events.event(
                "app",
                "recovered",
                "messages waited from before; those in doubt may be sent twice and are flagged",
                waiting=broker.recovered,
                in_doubt=broker.recovered_doubtful,
            )

    def _open_scripts(self) -> None:
        """Interception. Processes for scripts start with the first message that concerns one."""
        settings, folder = self.settings.interceptors, self.folder.path.absolute() / "scripts"
        log = functools.partial(self.logs.events.event, "interceptor")
        book = InterceptorBook(self.catalog, log)
        spawn = spawner(self.reactor, folder, settings.memory_megabytes)
        pool = Pool(spawn, self.reactor, log, settings.workers, settings.deadline)
        self._ends.append(pool.stop)
        scripts = Interception(book, pool, settings, self.stats, log, read_text, time.time, str(folder))
        if settings.reply_user:
            scripts.reply = Replies(self.intake.accept, self.catalog.get, settings.reply_user).send
        self.catalog.subscribe(scripts.changed)
        self.intake.scripts = self.inbound.scripts = scripts

    def _limits(self) -> Limits:
        http, smpps = self.settings.http, self.settings.smpps
        return Limits(
            max_parts=http.long_content_max_parts,
            max_stored=self.settings.store.max_messages,
            split=http.long_content_split,
            billing_http=http.billing_feature,
            billing_smpp=smpps.billing_feature,
        )

    def _connector(self, settings: ConnectorSettings, rule: IdRule) -> Connector:
        cid = settings.cid
        stats = self.stats.connector(cid)
        sender = Sender(settings, self.submitted, self.retries, stats, rule, self.reactor, time.time)
        receiver = Receiver(cid, self.receipts, self.inbound, stats, time.time)
        log = functools.partial(self.logs.events.event, "smppc")
        return Connector(settings, self.broker, sender, receiver, self._connect, stats, log, self.reactor)

    def _connect(self, settings: ConnectorSettings, protocol: SmppProtocol) -> Deferred[Any]:
        return dial(self.reactor, settings, protocol)

    def _changed(self, kind: str, key: str, old: Any, new: Any) -> None:
        if kind == "smppcc":
            self.fleet.changed(key, old, new)
        elif kind == "user":
            self.intake.forget(key)

    def _purge(self) -> None:
        for purge in (self.index.purge(), self.records.purge(time.time())):
            purge.addErrback(lambda _failure: None)  # the journal has said why; the next one may succeed
        purging = self.reactor.callLater(PURGE_SECONDS, self._purge)
        self._cancel_purge = purging.cancel

    def listen(self, section: str, what: str, factory: Any, where: Any) -> None:
        """Opens a door at the address of its section of the settings; `SettingError` when it cannot be."""
        try:
            port = self.reactor.listenTCP(where.port, factory, interface=where.bind, backlog=1024)
        except CannotListenError as problem:
            text = f"{where.bind}:{where.port} cannot be listened on: {problem.socketError}"
            raise SettingError(f"{section}.port", text) from problem
        self.ports[section] = port
        self._ends.append(port.stopListening)
        host = port.getHost()
        self.say(f"{what} listens on {host.host}:{host.port}")

    def ends_with(self, end: Callable[[], Any], last: bool = False) -> None:
        """Calls `end` when the gateway stops, before what was started earlier, or after everything; it may return a
        Deferred."""
        self._ends.insert(0 if last else len(self._ends), end)

    # --- down ------------------------------------------------------------------------------------------------

    async def stop(self) -> None:
        """Takes no more work, unbinds, writes what is left, gives the folder back.

        A step that fails keeps none of the others from being taken; the first failure is raised at the end.
        """
        if hasattr(self, "intake"):
            self.intake.stopping = True
            self.logs.events.event("app", "stopping", "the gateway stops")
        if hasattr(self, "_cancel_purge"):
            self._cancel_purge()
            del self._cancel_purge
        problem: Exception | None = None
        while self._ends:
            try:
                await maybeDeferred(self._ends.pop())
            except Exception as failed:
                problem = problem or failed
        if problem is not None:
            raise problem
