"""Where scripts meet the pipeline: what it asks of them, what is held when one fails, and how their replies are sent.

A held message waits in a queue that nobody reads. A gateway that starts without `interceptors.on_failure = "hold"` lets
all of them go, as they are: messages to handsets to their connectors, messages from subscribers to their clients.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from twisted.internet.defer import Deferred, succeed

from jasminlike import topics
from jasminlike.errors import NOT_AUTHORIZED, GatewayError
from jasminlike.fate import Done, Fate, Park
from jasminlike.interfaces import Broker, Consumer, Delivery, Intercepted, Outgoing, Stored
from jasminlike.message import envelope
from jasminlike.message.model import HTTP, Incoming, Part
from jasminlike.pipeline.submission import Accepted, Submission
from jasminlike.text import codings

HELD_SUBMITS = "held.submit"
HELD_INCOMING = "held.incoming"
AT_ONCE = 100


class SubmissionScripts(Protocol):
    """Scripts on messages to handsets. `outgoing` is false when there is none: then nothing is asked."""

    @property
    def outgoing(self) -> bool: ...
    async def submission(self, submission: Submission, /) -> Intercepted: ...


class IncomingScripts(Protocol):
    """Scripts on messages from subscribers; the message comes back as they left it."""

    @property
    def incoming(self) -> bool: ...
    async def message(self, incoming: Incoming, /) -> tuple[Incoming, Intercepted]: ...


class Held:
    """Lets held messages go. `route` passes an incoming message on."""

    def __init__(self, broker: Broker, route: Callable[[Incoming], Stored]) -> None:
        self._broker = broker
        self._route = route
        self._consumers: list[Consumer] = []

    def start(self) -> None:
        """Begins to let go what is held."""
        self._consumers = [
            self._broker.consume(HELD_SUBMITS, self._submit, AT_ONCE),
            self._broker.consume(HELD_INCOMING, self._incoming, AT_ONCE),
        ]

    def stop(self) -> None:
        """What is still held stays."""
        for consumer in self._consumers:
            consumer.stop()

    def _submit(self, delivery: Delivery) -> Deferred[Fate]:
        try:
            part = envelope.decode(delivery.body, Part)
        except envelope.UnknownEnvelope as problem:
            return succeed(Park(f"unreadable: {problem}"))
        outgoing = Outgoing(delivery.body, part.priority, part.expires_at)
        return succeed(Done((self._broker.publish(topics.submit(part.connector), [outgoing]),), moved=True))

    def _incoming(self, delivery: Delivery) -> Deferred[Fate]:
        try:
            incoming = envelope.decode(delivery.body, Incoming)
        except envelope.UnknownEnvelope as problem:
            return succeed(Park(f"unreadable: {problem}"))
        return succeed(Done((self._route(incoming),), moved=True))


class Replies:
    """Sends scripts' replies as an account: it is charged, and its filters, rates and routes hold.

    `get` finds things of the catalogue by kind and key.
    """

    def __init__(
        self, accept: Callable[[Submission], Awaitable[Accepted]], get: Callable[[str, str], Any], uid: str
    ) -> None:
        self._accept = accept
        self._get = get
        self._uid = uid

    async def send(self, incoming: Incoming, text: str) -> None:
        """Answers a subscriber, from the number that was written to. Raises `GatewayError`."""
        user = self._get("user", self._uid)
        group = None if user is None else self._get("group", user.gid)
        if user is None or group is None or not (user.enabled and group.enabled):
            raise GatewayError(NOT_AUTHORIZED, detail=f"{self._uid}: there is no such account, or it is disabled")
        coding, payload = codings.choose(text)
        submission = Submission(
            user=user,
            door=HTTP,
            destination=incoming.source,
            source=incoming.destination if incoming.destination.digits else None,
            payload=payload,
            data_coding=coding,
        )
        await self._accept(submission)
