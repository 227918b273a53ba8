"""What we do when an operator refuses a part or does not answer: wait, try again, try another, or end it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec
from twisted.internet.defer import Deferred, succeed

from jasminlike import topics
from jasminlike.errors import IN_DOUBT, RETRIES_EXHAUSTED, SMSC_REJECTED, Reason
from jasminlike.fate import RELEASE, Done, Fate, Park, Retry
from jasminlike.interfaces import Broker, Delivery, Links, Outgoing, PartChange, Records
from jasminlike.message import envelope
from jasminlike.message.model import Part
from jasminlike.pipeline.ending import Ending
from jasminlike.pipeline.verdict import Action, Verdict

THROTTLES_KNOWN = 10_000


class RefusalEvents(Protocol):
    """The log of messages."""

    def refused(self, part: Part, status: str, attempt: int, again: bool) -> None: ...


class Retries:
    """Carries out verdicts."""

    def __init__(
        self,
        broker: Broker,
        records: Records,
        ending: Ending,
        links: Links,
        events: RefusalEvents,
        now: Callable[[], float],
    ) -> None:
        self._broker = broker
        self._records = records
        self._ending = ending
        self._links = links
        self._events = events
        self._now = now
        self._throttled: dict[int, int] = {}
        """How often deliveries, by sequence number, met an operator who takes nothing now."""

    def refused(self, part: Part, delivery: Delivery, status: str, verdict: Verdict) -> Deferred[Fate]:
        """The operator answered with an error; `status` is its name."""
        if verdict.action is Action.HOLD:
            return succeed(Park("held"))
        again = self._again(delivery, verdict)
        if again is not None:
            self._events.refused(part, status, delivery.attempt, True)
            self._note(part, delivery, status)
            return succeed(again)
        if verdict.action is not Action.FAIL:
            moved = self._next_connector(part)
            if moved is not None:
                self._events.refused(part, status, delivery.attempt, True)
                return succeed(moved)
        self._events.refused(part, status, delivery.attempt, False)
        reason = RETRIES_EXHAUSTED if verdict.most > 1 else SMSC_REJECTED
        return self._ending.end(part, delivery, "refused_final", reason, status, self._now())

    def _again(self, delivery: Delivery, verdict: Verdict) -> Fate | None:
        """Another try on the same connector. Being throttled is no attempt: what the part meets later is judged by
        attempts that are its own."""
        if verdict.action is Action.PAUSE:
            times = self._throttled.pop(delivery.sequence, 0) + 1
            if times >= verdict.most:
                return None
            self._throttled[delivery.sequence] = times
            if len(self._throttled) > THROTTLES_KNOWN:
                del self._throttled[next(iter(self._throttled))]
            return RELEASE
        if verdict.action is Action.RETRY and delivery.attempt < verdict.most:
            return Retry(verdict.delay)
        return None

    def in_doubt(self, part: Part, delivery: Delivery, verdict: Verdict) -> Deferred[Fate]:
        """No answer came: the operator may have sent it, or not."""
        if verdict.action is Action.HOLD:
            return succeed(Park(IN_DOUBT.code))
        if verdict.action is Action.RETRY and delivery.attempt < verdict.most:
            self._note(part, delivery, IN_DOUBT.code)
            return succeed(Retry(verdict.delay, front=verdict.delay <= 0, in_doubt=True))
        return self._ending.end(part, delivery, "in_doubt_failed", IN_DOUBT, "", self._now())

    def impossible(self, part: Part, delivery: Delivery, reason: Reason, event: str, error: str) -> Deferred[Fate]:
        """It will never go: expired, removed, or not to be written to the wire."""
        return self._ending.end(part, delivery, event, reason, error, self._now())

    def _note(self, part: Part, delivery: Delivery, error: str) -> None:
        change = PartChange(
            part.message,
            part.number,
            part.total,
            "queued",
            self._now(),
            connector=part.connector,
            error=error,
            redelivered=delivery.redelivered,
        )
        self._records.change(change)

    def _next_connector(self, part: Part) -> Fate | None:
        for place, cid in enumerate(part.others):
            if self._links.exists(cid):
                moved = msgspec.structs.replace(part, connector=cid, others=part.others[place + 1 :])
                outgoing = Outgoing(envelope.encode(moved), part.priority, part.expires_at)
                return Done((self._broker.publish(topics.submit(cid), [outgoing]),), moved=True)
        return None
