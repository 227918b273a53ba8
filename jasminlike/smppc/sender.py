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
from jasminlike.smpp import smpptime
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
    """A bound session, as the sender uses it."""

    @property
    def writable(self) -> bool: ...
    def request(self, pdu: Pdu, context: object) -> int: ...


class Lane:
    """A bound session and how many parts wait for its answers."""

    __slots__ = ("waiting", "wire")

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.waiting = 0


class Flight:
    """One part on the wire."""

    __slots__ = ("delivery", "done", "lane", "part", "timer", "waiting")

    def __init__(self, part: Part, delivery: Delivery, lane: Lane) -> None:
        self.part = part
        self.delivery = delivery
        self.lane = lane
        self.waiting = True
        """Whether it takes a place in its session's window."""
        lane.waiting += 1
        self.done: Deferred[Fate] = Deferred()
        self.timer: Timer | None = None
        """Runs while the operator's answer is overdue: then the part is in doubt."""

    def landed(self) -> None:
        """Its place in the window is free."""
        if self.waiting:
            self.waiting = False
            self.lane.waiting -= 1

    def answered(self) -> None:
        """Nothing is overdue any more."""
        self.landed()
        if self.timer is not None and self.timer.active():
            self.timer.cancel()
        self.timer = None

    def settle(self, fate: Fate) -> None:
        """The part's fate is known; what comes later changes nothing."""
        if not self.done.called:
            self.done.callback(fate)


class Sender:
    """Implements the handler of the connector's topic. `attach` gives it the consumer, `up`, `leave` and `down` the
    sessions; a part goes out on the one with the most room."""

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
        self._lanes: list[Lane] = []
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
        """A session is bound."""
        if all(lane.wire is not wire for lane in self._lanes):
            self._lanes.append(Lane(wire))
        self._release("window")
        self._release("unread")
        self._release("unbound")
        self._open_window()

    def leave(self, wire: Wire) -> None:
        """Nothing more goes out on this session; what it was sent may still be answered."""
        self._lanes = [lane for lane in self._lanes if lane.wire is not wire]
        if not self._lanes:
            self._hold("unbound")
        self._open_window()

    def down(self, in_doubt: list[Flight], wire: Wire | None = None) -> None:
        """A session is gone (None: all are); these parts were not answered."""
        if wire is None:
            self._lanes = []
            self._hold("unbound")
        else:
            self.leave(wire)
        self._release("unread")
        self._release("window")
        self._stats.in_doubt_count += len(in_doubt)
        doubtful = set(in_doubt)
        for flight in list(self._flights):
            overdue = flight.timer is not None and (wire is None or flight.lane.wire is wire)
            if flight in doubtful or overdue:
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
        flight.landed()
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
        if not self._lanes:
            return succeed(RELEASE)
        if self._bucket is not None and not self._take_token(self._bucket):
            return succeed(RELEASE)
        try:
            flight = self._send(self._pdu(part), part, delivery)
        except (SmppError, ValueError) as problem:
            return self._retries.impossible(part, delivery, BAD_PART, "removed", str(problem))
        if flight is None:
            return succeed(RELEASE)
        self._stats.submit_sm_request_count += 1
        self._flights.add(flight)
        if not (flight.lane.wire.writable or self._best().wire.writable):
            self._hold("unread")
        return flight.done

    def _pdu(self, part: Part) -> SubmitSm:
        """The submit_sm, with the connector's validity, counted from now, where the message gives none."""
        pdu = submit_sm(part, self._settings)
        if self._settings.validity and not pdu.validity_period:
            pdu.validity_period = smpptime.absolute(self._now() + self._settings.validity * 60)
        return pdu

    def _best(self) -> Lane:
        """The session with the most room, before those that do not read."""
        lanes = self._lanes
        return lanes[0] if len(lanes) == 1 else min(lanes, key=lambda lane: (not lane.wire.writable, lane.waiting))

    def _send(self, pdu: SubmitSm, part: Part, delivery: Delivery) -> Flight | None:
        """Writes it to a session; None when none takes it now, and the consumer waits."""
        while self._lanes:
            lane = self._best()
            flight = Flight(part, delivery, lane)
            try:
                lane.wire.request(pdu, flight)
            except NotPermitted:
                # The session ends and we are told of it presently; nothing was written.
                flight.landed()
                self._lanes.remove(lane)
            except WindowFull:
                flight.landed()
                self._hold("window")
                return None
            except BaseException:
                flight.landed()
                raise
            else:
                return flight
        self._hold("unbound")
        return None

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
        """All of the windows, or after a pause as much of it as the operator has shown to take."""
        if self._consumer is not None:
            self._consumer.prefetch = self._pause.room(self._settings.window * max(len(self._lanes), 1))

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
