"""From the queue to the wire: one connector's parts, as fast as its window, its throughput and the operator allow.

The consumer is paused whenever nothing may go (not bound, no token, the operator asked for a pause), so what waits
stays in the queue, where an urgent message overtakes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred, succeed

from jasminlike.errors import BAD_PART, EXPIRED_IN_QUEUE
from jasminlike.fate import RELEASE, Fate, Park
from jasminlike.interfaces import Clock, Consumer, Delivery, Timer
from jasminlike.message import envelope
from jasminlike.message.model import Part
from jasminlike.net.mapping import submit_sm
from jasminlike.pipeline.receipt_ids import IdRule
from jasminlike.pipeline.retry import Retries
from jasminlike.pipeline.submitted import Submitted
from jasminlike.pipeline.verdict import Action
from jasminlike.smpp.errors import NotPermitted, SmppError, WindowFull
from jasminlike.smpp.pdu import Pdu, SubmitSm
from jasminlike.smppc.outcomes import Outcomes
from jasminlike.smppc.settings import ConnectorSettings
from jasminlike.stats import SmppcStats
from jasminlike.throttle import AdaptivePause, TokenBucket

BURST_SECONDS = 0.1
"""A connector's throughput may be used ahead by this much time."""
SHORTEST_PAUSE = 0.002


class Wire(Protocol):
    """The bound session, as the sender uses it."""

    @property
    def writable(self) -> bool: ...
    def request(self, pdu: Pdu, context: object) -> int: ...


class Flight:
    """One part on the wire."""

    __slots__ = ("delivery", "done", "part", "timer")

    def __init__(self, part: Part, delivery: Delivery) -> None:
        self.part = part
        self.delivery = delivery
        self.done: Deferred[Fate] = Deferred()
        self.timer: Timer | None = None
        """Runs while the operator's answer is overdue: then the part is in doubt."""

    def answered(self) -> None:
        """Nothing is overdue any more."""
        if self.timer is not None and self.timer.active():
            self.timer.cancel()
        self.timer = None

    def settle(self, fate: Fate) -> None:
        """The part's fate is known; what comes later changes nothing."""
        if not self.done.called:
            self.done.callback(fate)


class Sender:
    """Implements the handler of the connector's topic. `attach` gives it the consumer, `up` and `down` the session."""

    def __init__(
        self,
        settings: ConnectorSettings,
        submitted: Submitted,
        retries: Retries,
        stats: SmppcStats,
        rule: IdRule,
        clock: Clock,
        now: Callable[[], float],
    ) -> None:
        self._submitted = submitted
        self._retries = retries
        self._stats = stats
        self._rule = rule
        self._clock = clock
        self._now = now
        self._wire: Wire | None = None
        self._consumer: Consumer | None = None
        self._holds = {"unbound"}
        self._pause = AdaptivePause()
        self._flights: set[Flight] = set()
        self.configure(settings)

    def configure(self, settings: ConnectorSettings) -> None:
        """New settings take effect with the next part."""
        self._settings = settings
        self._outcomes = Outcomes(settings)
        self._rule.fixed = settings.dlr_msgid
        rate = settings.submit_throughput
        self._bucket = TokenBucket(rate, max(rate * BURST_SECONDS, 1.0)) if rate else None
        self._release("pace")
        self._open_window()

    def attach(self, consumer: Consumer) -> None:
        """The consumer to pause and resume."""
        self._consumer = consumer
        self._open_window()
        if self._holds:
            consumer.pause()

    @property
    def in_flight(self) -> int:
        """Parts whose answer is awaited."""
        return len(self._flights)

    def holds_message(self, message_id: str) -> bool:
        """Whether a part of this message is on the wire now."""
        return any(flight.part.message == message_id for flight in self._flights)

    # --- the session -----------------------------------------------------------------------------------------

    def up(self, wire: Wire) -> None:
        """The session is bound."""
        self._wire = wire
        self._release("unbound")

    def down(self, in_doubt: list[Flight]) -> None:
        """The session is gone; these parts were not answered."""
        self._wire = None
        self._hold("unbound")
        self._release("unread")
        self._release("window")
        self._stats.in_doubt_count += len(in_doubt)
        doubtful = set(in_doubt)
        for flight in list(self._flights):
            if flight in doubtful or flight.timer is not None:
                self._give_up(flight)

    def writable(self) -> None:
        """The operator reads again."""
        self._release("unread")

    def answered(self, flight: Flight, pdu: Pdu) -> None:
        """An answer came, perhaps late, perhaps again."""
        self._release("window")
        if flight.done.called:
            return
        self._flights.discard(flight)
        flight.answered()
        if pdu.status == 0:
            self._pause.accepted()
            self._open_window()
            smsc_id = getattr(pdu, "message_id", b"").decode("latin-1")
            self._rule.answered(smsc_id)
            self._stats.submit_sm_count += 1
            flight.settle(self._submitted.sent(flight.part, flight.delivery, smsc_id))
            return
        status, verdict = self._outcomes.of(pdu.status)
        if verdict.action is Action.PAUSE:
            self._stats.throttling_error_count += 1
            self._pause_for(min(self._pause.throttled(self._clock.seconds()), max(verdict.delay, SHORTEST_PAUSE)))
            self._open_window()
        else:
            self._stats.other_submit_error_count += 1
        self._retries.refused(flight.part, flight.delivery, status, verdict).addCallbacks(
            flight.settle, flight.done.errback
        )

    def overdue(self, flight: Flight) -> None:
        """No answer in time. A late one still counts until the connector's requeue_delay is over."""
        flight.timer = self._clock.callLater(self._settings.requeue_delay, self._give_up, flight)

    def _give_up(self, flight: Flight) -> None:
        self._flights.discard(flight)
        flight.answered()
        self._retries.in_doubt(flight.part, flight.delivery, self._outcomes.in_doubt).addCallbacks(
            flight.settle, flight.done.errback
        )

    # --- the queue -------------------------------------------------------------------------------------------

    def handle(self, delivery: Delivery) -> Deferred[Fate]:
        """Sends one part; fires with its fate when the operator has answered, or never will."""
        try:
            part = envelope.decode(delivery.body, Part)
        except envelope.UnknownEnvelope as problem:
            return succeed(Park(f"unreadable: {problem}"))
        if part.expires_at and self._now() >= part.expires_at:
            return self._retries.impossible(part, delivery, EXPIRED_IN_QUEUE, "expired_here", "")
        if self._wire is None:
            return succeed(RELEASE)
        if self._bucket is not None and not self._take_token(self._bucket):
            return succeed(RELEASE)
        flight = Flight(part, delivery)
        try:
            pdu: SubmitSm = submit_sm(part, self._settings)
            self._wire.request(pdu, flight)
        except NotPermitted:
            # The session ends and we are told of it presently; nothing was written.
            self._wire = None
            self._hold("unbound")
            return succeed(RELEASE)
        except WindowFull:
            self._hold("window")
            return succeed(RELEASE)
        except (SmppError, ValueError) as problem:
            return self._retries.impossible(part, delivery, BAD_PART, "removed", str(problem))
        self._stats.submit_sm_request_count += 1
        self._flights.add(flight)
        if not self._wire.writable:
            self._hold("unread")
        return flight.done

    def _take_token(self, bucket: TokenBucket) -> bool:
        """Takes a token, and pauses the consumer when that was the last: the next part is chosen when it may go."""
        now = self._clock.seconds()
        taken = bucket.take(1, now)
        wait = bucket.wait(1, now)
        if wait > 0:
            self._hold("pace")
            self._clock.callLater(max(wait, SHORTEST_PAUSE), self._release, "pace")
        return taken

    def _open_window(self) -> None:
        """All of the window, or after a pause as much of it as the operator has shown to take."""
        if self._consumer is not None:
            self._consumer.prefetch = self._pause.room(self._settings.window)

    def _pause_for(self, seconds: float) -> None:
        if "throttled" not in self._holds:
            self._hold("throttled")
            self._clock.callLater(seconds, self._release, "throttled")

    def _hold(self, why: str) -> None:
        self._holds.add(why)
        if self._consumer is not None:
            self._consumer.pause()

    def _release(self, why: str) -> None:
        self._holds.discard(why)
        if not self._holds and self._consumer is not None:
            self._consumer.resume()
