"""A message whose validity ends while it waits ends as expired, whether its connector is up or not."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed

from jasminlike import topics
from jasminlike.errors import EXPIRED_IN_QUEUE
from jasminlike.fate import Fate, Park
from jasminlike.interfaces import Broker, Delivery
from jasminlike.message import envelope
from jasminlike.message.model import Part
from jasminlike.pipeline.retry import Retries


class Expiry:
    """Takes from the broker what expired in the queues of connectors."""

    def __init__(self, broker: Broker, retries: Retries) -> None:
        self._retries = retries
        broker.on_expired(topics.SUBMIT_PREFIX, self._end)

    def _end(self, delivery: Delivery) -> Deferred[Fate]:
        try:
            part = envelope.decode(delivery.body, Part)
        except envelope.UnknownEnvelope as problem:
            return succeed(Park(f"unreadable: {problem}"))
        return self._retries.impossible(part, delivery, EXPIRED_IN_QUEUE, "expired_here", "")
