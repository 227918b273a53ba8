"""Messages from subscribers: joined when they came in parts, routed, and put on their way to a client.

Parts of a long message wait in a durable queue until the last has come: an operator's part is answered when it is
stored, and a crash loses none of them. What is incomplete after its time is delivered as it is, flagged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, cast

import msgspec
from twisted.internet.defer import Deferred

from jasminlike.errors import INTERCEPTOR_FAILED, INTERCEPTOR_REFUSED, GatewayError
from jasminlike.fate import Done, Fate, Park, Retry
from jasminlike.filters.subject import Subject
from jasminlike.interfaces import Broker, Clock, Consumer, Delivery, Outgoing, Stored, Timer
from jasminlike.message import envelope
from jasminlike.message.model import Incoming
from jasminlike.pipeline.accept import read_text
from jasminlike.pipeline.interception import HELD_INCOMING, IncomingScripts
from jasminlike.stats import Stats
from jasminlike.text.join import Fragment, Joined, Joiner, fragment_of

PARTS_TOPIC = "incoming.parts"
PARKED_TOPIC = "incoming.unrouted"
PARTS_HELD = 100_000
UDHI = 0x40
SWEEP_SECONDS = 1.0
TRIES = 5
AGAIN_SECONDS = 1.0
_log = logging.getLogger("jasminlike.inbound")


class IncomingRouting(Protocol):
    """Where incoming messages go; raises `GatewayError` NO_ROUTE."""

    def plan_incoming(self, subject: Subject) -> Sequence[tuple[str, str]]: ...


class Throw(Protocol):
    """Puts an incoming message on its way to these destinations, the first that takes it."""

    def incoming(self, incoming: Incoming, destinations: Sequence[tuple[str, str]]) -> Stored: ...


class IncomingEvents(Protocol):
    """The log of messages."""

    def incoming(self, incoming: Incoming, destinations: Sequence[tuple[str, str]]) -> None: ...


class _Held(NamedTuple):
    """What is known of a part that waits for the others."""

    sequence: int
    attempt: int
    incoming: Incoming


class Inbound:
    """Takes incoming messages from connectors. `start` begins joining what a restart left in parts."""

    def __init__(
        self,
        routing: IncomingRouting,
        broker: Broker,
        throw: Throw,
        stats: Stats,
        events: IncomingEvents,
        clock: Clock,
        now: Callable[[], float],
        join_seconds: float = 300.0,
    ) -> None:
        self._routing = routing
        self._broker = broker
        self._throw = throw
        self._stats = stats
        self._events = events
        self._clock = clock
        self._now = now
        self._joiner = Joiner(timeout=join_seconds, max_fragments=PARTS_HELD)
        self._consumer: Consumer | None = None
        self._timer: Timer | None = None
        self._held: dict[int, Deferred[Fate]] = {}
        self.scripts: IncomingScripts | None = None
        """Set before the first message when scripts may run."""

    def start(self) -> None:
        """Begins to consume parts."""
        self._consumer = self._broker.consume(PARTS_TOPIC, self._part, PARTS_HELD)
        self._timer = self._clock.callLater(SWEEP_SECONDS, self._sweep)

    def stop(self) -> None:
        """Joins no more; what is in parts stays in its queue."""
        if self._consumer is not None:
            self._consumer.stop()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()

    def take(self, incoming: Incoming, sar: tuple[int, int, int] | None = None) -> Deferred[None]:
        """Fires when the message is durable: only then the operator is answered. `GatewayError` when a script says no,
        with the status in `where`; the parts of a long message are taken before one is asked."""
        return Deferred.fromCoroutine(self._take(incoming, sar))

    async def _take(self, incoming: Incoming, sar: tuple[int, int, int] | None) -> None:
        self._stats.gateway.incoming_count += 1
        fragment = _fragment(incoming, sar)
        if fragment is None:
            await self._pass(incoming)
            return
        stored = msgspec.structs.replace(incoming, part_of=(fragment.ref, fragment.total, fragment.seq))
        await self._broker.publish(PARTS_TOPIC, [Outgoing(envelope.encode((stored, sar)))])

    async def _pass(self, incoming: Incoming) -> None:
        """Lets a script at the message, if there is one, and routes what it left."""
        scripts = self.scripts
        if scripts is not None and scripts.incoming:
            try:
                incoming, made = await scripts.message(incoming)
            except GatewayError as refusal:
                if refusal.reason in (INTERCEPTOR_REFUSED, INTERCEPTOR_FAILED):
                    self._events.incoming(incoming, ())
                raise
            if made.held:
                self._events.incoming(incoming, ())
                await self._broker.publish(HELD_INCOMING, [Outgoing(envelope.encode(incoming))])
                return
        await self.route(incoming)

    def route(self, incoming: Incoming) -> Stored:
        """Puts a message on its way, or aside when no route takes it; no script is asked."""
        subject = Subject(
            user=None,
            connector=incoming.connector,
            source=incoming.source.digits,
            destination=incoming.destination.digits,
            payload=incoming.payload,
            data_coding=incoming.data_coding,
            esm_class=incoming.esm_class,
            read_text=read_text,
            tags=list(incoming.tags),
            now=self._now(),
        )
        try:
            destinations = self._routing.plan_incoming(subject)
        except GatewayError:
            self._events.incoming(incoming, ())
            return self._broker.publish(PARKED_TOPIC, [Outgoing(envelope.encode(incoming))])
        self._events.incoming(incoming, destinations)
        return self._throw.incoming(incoming, destinations)

    # --- parts ---------------------------------------------------------------------------------------------

    def _part(self, delivery: Delivery) -> Deferred[Fate]:
        incoming, sar = envelope.decode(delivery.body, tuple[Incoming, tuple[int, int, int] | None])
        fragment = _fragment(incoming, sar, _Held(delivery.sequence, delivery.attempt, incoming))
        done: Deferred[Fate] = Deferred()
        if fragment is None:
            return Deferred.fromCoroutine(self._passed(incoming, delivery.attempt))
        self._held[delivery.sequence] = done
        added = self._joiner.add(fragment, self._clock.seconds())
        if added.duplicate:
            self._settle(delivery.sequence, Done())
        for joined in added.joined:
            self._whole(joined)
        return done

    def _whole(self, joined: Joined) -> None:
        parts = [cast(_Held, fragment.token) for fragment in joined.fragments]
        if joined.repeated and all(part.attempt == 1 for part in parts):
            for part in parts:
                self._settle(part.sequence, Done())
            return
        first = parts[0].incoming
        whole = msgspec.structs.replace(
            first,
            payload=joined.payload,
            esm_class=first.esm_class & ~UDHI,
            part_of=None,
            joined=True,
            incomplete=not joined.complete,
        )
        if not joined.complete:
            _log.warning("message %s from %s: parts %s never came", first.id, first.source.digits, joined.missing)
        if self.scripts is not None and self.scripts.incoming:
            Deferred.fromCoroutine(self._whole_by_script(whole, parts))
            return
        try:
            routed = self.route(whole)
        except Exception:
            _log.exception("message %s from %s cannot be passed on now", first.id, first.source.digits)
            for part in parts:
                again = part.attempt < TRIES
                self._settle(part.sequence, Retry(AGAIN_SECONDS * part.attempt) if again else Park("internal"))
            return
        for part in parts:
            self._settle(part.sequence, Done((routed,), moved=True))

    async def _whole_by_script(self, whole: Incoming, parts: Sequence[_Held]) -> None:
        fate = await self._passed(whole, max(part.attempt for part in parts))
        for part in parts:
            self._settle(part.sequence, fate)

    async def _passed(self, incoming: Incoming, attempt: int) -> Fate:
        """The fate of a message whose operator was answered before: it is kept unless a script refused it."""
        try:
            await self._pass(incoming)
        except Exception as problem:
            reason = problem.reason if isinstance(problem, GatewayError) else None
            if reason is INTERCEPTOR_REFUSED:
                return Done()
            if reason is INTERCEPTOR_FAILED:
                return Park(INTERCEPTOR_FAILED.code)
            _log.exception("message %s from %s cannot be passed on now", incoming.id, incoming.source.digits)
            return Retry(AGAIN_SECONDS * attempt) if attempt < TRIES else Park("internal")
        return Done()

    def _settle(self, sequence: int, fate: Fate) -> None:
        held = self._held.pop(sequence, None)
        if held is not None:
            held.callback(fate)

    def _sweep(self) -> None:
        self._timer = self._clock.callLater(SWEEP_SECONDS, self._sweep)
        for joined in self._joiner.expire(self._clock.seconds()):
            self._whole(joined)


def _fragment(incoming: Incoming, sar: tuple[int, int, int] | None, token: object = None) -> Fragment | None:
    key = (incoming.connector, incoming.source.digits, incoming.destination.digits)
    return fragment_of(key, incoming.payload, udhi=bool(incoming.esm_class & UDHI), sar=sar, token=token)
