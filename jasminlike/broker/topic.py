"""A topic of the embedded broker: four lanes, one a priority, and who consumes them."""

from __future__ import annotations

from jasminlike.broker.consumer import Subscription
from jasminlike.broker.lanes import Lane

PRIORITIES = 4


class Topic:
    """`number` names its lanes in the database; `due` holds (when, lane, sequence) of what is to come back later;
    `waiting` counts what waits or is handed out."""

    __slots__ = ("consumer", "due", "former", "lanes", "name", "waiting")

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.lanes = [Lane(number * PRIORITIES + priority, priority) for priority in range(PRIORITIES)]
        self.consumer: Subscription | None = None
        self.former: list[Subscription] = []
        self.due: list[tuple[float, int, int]] = []
        self.waiting = 0

    def follow(self, consumer: Subscription) -> None:
        """From now on this one consumes; what the one before was handed is still its own to settle."""
        if self.consumer is not None:
            self.former = [each for each in (*self.former, self.consumer) if each.unsettled]
        self.consumer = consumer

    def handed_out(self, sequence: int) -> bool:
        """Whether a delivery is in somebody's hands now."""
        if self.consumer is not None and sequence in self.consumer.unsettled:
            return True
        return any(sequence in each.unsettled for each in self.former)
