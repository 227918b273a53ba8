"""The doors of a gateway: HTTP API, SMPP server, console, and the way out to clients' URLs. Wiring, nothing else."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from twisted.internet.defer import DeferredList

from http_api.balance import Balance
from http_api.front import Front, Limits
from http_api.metrics import Gauge, Metrics
from http_api.ping import ping, release
from http_api.rate import Rate
from http_api.send import Send
from http_api.site import ApiSite
from http_api.status import Status
from jasminlike import __version__, topics
from jasminlike.accounts.passwords import Passwords
from jasminlike.folder import CONSOLE_PASSWORD
from jasminlike.httpc.client import ClientLimits, HttpClient
from jasminlike.httpc.notices import HttpNotices
from jasminlike.httpc.thrower import Thrower
from jasminlike.message.model import HTTP, SMPP
from jasminlike.smpps.server import SmppServer
from jcli.access import PasswordCheck, hashed_password, plain_password
from jcli.service import Console

if TYPE_CHECKING:
    from jasminlike.app import Gateway


def open_callbacks(gateway: Gateway) -> None:
    """What tells clients: it must be there before connectors bring answers and receipts."""
    settings = gateway.settings.callbacks
    # As many connections are kept as may be at work: a busy client's are used again, not made anew.
    limits = ClientLimits(
        total=settings.http_timeout, idle_per_host=settings.connections, idle_in_all=2 * settings.connections
    )
    client = HttpClient(gateway.reactor, gateway.reactor, limits)
    thrower = Thrower(
        gateway.broker,
        client,
        functools.partial(gateway.catalog.get, "httpcc"),
        gateway.stats,
        functools.partial(gateway.logs.events.event, "httpc"),
        gateway.reactor,
        retry_delay=settings.retry_delay,
        max_retries=settings.max_retries,
        connections=settings.connections,
    )
    notices = HttpNotices(gateway.broker, time.time)
    gateway.notices.register(HTTP, notices)
    gateway.notices.register_throws("http", notices)
    thrower.start()
    # Both may have to wait for others, so they stop side by side.
    gateway.ends_with(lambda: DeferredList([thrower.stop(), gateway.fleet.stop()]))


def open_all(gateway: Gateway) -> None:
    """Listens. The SMPP server is made even when it does not listen: mail for its accounts is kept."""
    settings = gateway.settings
    server = _smpp_server(gateway)
    if settings.http.enabled:
        front = _http(gateway)
        gateway.ends_with(front.stop)
        gateway.listen("http", "HTTP API", front, settings.http)
    if settings.smpps.enabled:
        gateway.ends_with(server.stop)
        gateway.listen("smpps", "SMPP server", server.factory, settings.smpps)
    if settings.jcli.enabled:
        console = _console(gateway, server)
        gateway.ends_with(console.disconnect_all)
        gateway.listen("jcli", "console", console, settings.jcli)


def _smpp_server(gateway: Gateway) -> SmppServer:
    log = functools.partial(gateway.logs.events.event, "smpps")
    server = SmppServer(
        gateway.settings.smpps,
        gateway.intake,
        gateway.logins,
        gateway.records,
        gateway.broker,
        gateway.catalog,
        gateway.stats,
        log,
        gateway.reactor,
        time.time,
    )
    gateway.notices.register(SMPP, server.notices)
    gateway.notices.register_throws("smpps", server.mailbox)
    return server


def _http(gateway: Gateway) -> Front:
    settings, stats, logins = gateway.settings.http, gateway.stats, gateway.logins
    send = Send(gateway.intake, logins, stats)
    endpoints = {
        "": release(__version__, stats),
        "ping": ping(stats),
        "send": send,
        "rate": Rate(gateway.intake, logins, stats),
        "balance": Balance(gateway.purses, logins, stats),
        "status": Status(gateway.records, logins, stats),
        "metrics": Metrics(stats, functools.partial(_gauges, gateway)),
    }
    access = functools.partial(_accessed, gateway) if settings.access_log else None
    site = ApiSite(endpoints, gateway.reactor, settings.max_body, settings.idle_timeout, access)
    limits = Limits(
        max_body=settings.max_body,
        max_connections=settings.max_connections,
        request_timeout=settings.request_timeout,
        idle_timeout=settings.idle_timeout,
    )
    return Front(send, site, gateway.reactor, limits, access)


def _accessed(gateway: Gateway, peer: str, method: str, path: str, status: int, octets: int) -> None:
    """One line a request; its arguments, passwords among them, never come here."""
    gateway.logs.events.event(
        "http", "request", f"{method} {path}", peer=peer, method=method, path=path, status=status, octets=octets
    )


def _gauges(gateway: Gateway) -> Iterable[Gauge]:
    fleet, broker = gateway.fleet, gateway.broker
    cids = fleet.cids()
    waiting = {cid: float(broker.depth(topics.submit(cid))) for cid in cids}
    yield Gauge("waiting_parts", "Parts that wait for a connector or are on their way", "cid", waiting)
    bound = {cid: float(fleet.bound(cid)) for cid in cids}
    yield Gauge("connector_bound", "Whether the connector is bound now", "cid", bound)
    yield Gauge("stored_deliveries", "All that is stored and not finished", "", {"": float(broker.depth())})
    yield Gauge("parked_deliveries", "What waits for a person to decide", "", {"": float(broker.parked)})
    yield Gauge("callbacks_waiting", "Callbacks to clients' URLs", "", {"": float(broker.depth(topics.CALLBACKS))})
    yield Gauge("early_receipts", "Receipts whose message is not known yet", "", {"": float(gateway.index.early)})
    yield Gauge("store_failing", "1 while the disk takes no writes", "", {"": float(gateway.journal.failing)})


def _console(gateway: Gateway, server: SmppServer) -> Console:
    settings = gateway.settings.jcli
    return Console(
        gateway.catalog,
        gateway.purses,
        gateway.ledger,
        gateway.stats,
        gateway.fleet,
        server.binds,
        settings.username if settings.authentication else None,
        _password_check(gateway, gateway.passwords) if settings.authentication else None,
        __version__,
        gateway.reactor,
        idle_timeout=settings.idle_timeout,
        max_connections=settings.max_connections,
    )


def _password_check(gateway: Gateway, passwords: Passwords) -> PasswordCheck:
    """By the hash or password of the settings; with neither, one made at random and kept in the data folder."""
    settings = gateway.settings.jcli
    if settings.password_hash:
        return hashed_password(settings.password_hash, passwords.verify)
    if settings.password:
        return plain_password(settings.password)
    password, made = gateway.folder.secret(CONSOLE_PASSWORD)
    if made:
        where = gateway.folder.path / CONSOLE_PASSWORD
        gateway.say(f"console password for {settings.username}: made at random, kept in {where}")
    return plain_password(password)
