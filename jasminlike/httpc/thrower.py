"""Makes the calls that wait in the queue of callbacks, and decides what becomes of those that fail.

A callback is finished when the client answers with a status below 400 and the body `ACK/Jasmin`. Otherwise it is tried
again after `retry_delay` seconds, `max_retries` times; then it is parked, for a person to replay or drop. 404 ends the
attempts at once. An incoming message with several connectors is offered to each of them in one attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed

from jasminlike import topics
from jasminlike.fate import DONE, RELEASE, Fate, Park, Retry
from jasminlike.httpc.client import Call, HttpClient
from jasminlike.httpc.connection import CallFailed
from jasminlike.httpc.forms import Callback
from jasminlike.httpc.hosts import DOWN, GO, Hosts
from jasminlike.httpc.settings import HttpConnector
from jasminlike.httpc.target import BadUrl, parse
from jasminlike.interfaces import Broker, Clock, Consumer, Delivery
from jasminlike.message import envelope
from jasminlike.stats import Stats

ACK = b"ACK/Jasmin"
PREFETCH = 10
"""Callbacks held for each call that may be under way, so that those for a slow host do not hide those for others."""

GRACE = 5.0
"""Seconds that calls under way get to end when the gateway stops."""

ACKNOWLEDGED = "acknowledged"
FAILED = "callback_failed"
NOT_FOUND = "callback_not_found"
BAD_URL = "callback_bad_url"
NO_CONNECTOR = "callback_no_connector"
BUSY = "busy"
STOPPED = "stopped"


class Events(Protocol):
    """The log of operations."""

    def __call__(self, type: str, message: str, /, *, level: str = "info", **params: object) -> None: ...


class Thrower:
    """Consumes the queue from `start` to `stop`. `connector_of` knows HTTP connectors by their cid, as they are now."""

    def __init__(
        self,
        broker: Broker,
        client: HttpClient,
        connector_of: Callable[[str], HttpConnector | None],
        stats: Stats,
        events: Events,
        clock: Clock,
        *,
        retry_delay: float = 30.0,
        max_retries: int = 3,
        connections: int = 100,
    ) -> None:
        self._broker = broker
        self._client = client
        self._connector_of = connector_of
        self._stats = stats
        self._events = events
        self._clock = clock
        self._retry_delay = retry_delay
        self._max_retries = max_retries
        self._prefetch = connections * PREFETCH
        self._hosts = Hosts(clock, connections, max(1, connections // 2), max(1, self._prefetch // 4))
        self._consumer: Consumer | None = None

    def start(self) -> None:
        """Begins to consume."""
        self._consumer = self._broker.consume(topics.CALLBACKS, self.handle, self._prefetch)

    def stop(self) -> Deferred[Any]:
        """Starts no more calls; fires when those under way have ended, which is forced after `GRACE` seconds."""
        if self._consumer is None:
            return self._client.close()
        settled: Deferred[Any] = self._consumer.stop()
        self._hosts.stop()
        late = self._clock.callLater(GRACE, self._client.close)

        def ended(_none: object) -> Deferred[None]:
            if late.active():
                late.cancel()
            return self._client.close()

        return settled.addCallback(ended)

    def handle(self, delivery: Delivery) -> Deferred[Fate]:
        """The handler of the queue."""
        try:
            callback = envelope.decode(delivery.body, Callback)
        except envelope.UnknownEnvelope as problem:
            return succeed(self._park(delivery, "", f"unreadable: {problem}", ""))
        return Deferred.fromCoroutine(self._throw(callback, delivery))

    async def _throw(self, callback: Callback, delivery: Delivery) -> Fate:
        outcomes: list[str] = []
        why = "the connectors are gone"
        for call in self._calls(callback):
            outcome, why = await self._try(call)
            if outcome == ACKNOWLEDGED:
                self._stats.gateway.callbacks_ok_count += 1
                return DONE
            if outcome == STOPPED:
                return RELEASE
            outcomes.append(outcome)
        if BUSY in outcomes:
            return Retry(self._retry_delay)
        self._stats.gateway.callbacks_failed_count += 1
        if FAILED in outcomes and delivery.attempt <= self._max_retries:
            return Retry(self._retry_delay)
        reason = next((each for each in (FAILED, NOT_FOUND, BAD_URL) if each in outcomes), NO_CONNECTOR)
        return self._park(delivery, callback.message, reason, why)

    def _calls(self, callback: Callback) -> Iterator[Call]:
        if callback.url:
            yield Call(callback.url, callback.method, callback.form)
        for cid in callback.connectors:
            connector = self._connector_of(cid)
            if connector is not None:
                yield Call(connector.url, connector.method, callback.form)

    async def _try(self, call: Call) -> tuple[str, str]:
        """What came of a call, and a word about it."""
        try:
            host = parse(call.url).key
        except BadUrl as problem:
            return BAD_URL, str(problem)
        turn: Deferred[str] = Deferred()
        if not self._hosts.enter(host, turn.callback):
            return BUSY, "too many wait for this host"
        allowed = await turn
        if allowed != GO:
            return (FAILED, "the host is down") if allowed == DOWN else (STOPPED, "")
        reached = True
        try:
            response = await self._client.fetch(call)
        except CallFailed as problem:
            reached = not problem.unreachable
            return FAILED, str(problem)
        except BadUrl as problem:
            return FAILED, f"redirected: {problem}"
        finally:
            self._hosts.leave(host, reached)
        if response.status < 400 and response.body.strip() == ACK:
            return ACKNOWLEDGED, ""
        if response.status == 404:
            return NOT_FOUND, "status 404"
        return FAILED, f"status {response.status}" if response.status >= 400 else "the answer is not ACK/Jasmin"

    def _park(self, delivery: Delivery, message: str, reason: str, why: str) -> Park:
        self._stats.gateway.callbacks_parked_count += 1
        self._events(
            "parked",
            "a callback is set aside",
            level="warning",
            msgid=message,
            reason=reason,
            problem=why,
            attempt=delivery.attempt,
        )
        return Park(reason)
