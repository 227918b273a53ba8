"""The requests that wait for their responses, and the sequence numbers that tell them apart.

A window holds at most ``size`` requests, each with the caller's context and a deadline. Since every request waits
equally long, the oldest is always the next to expire: the sweep looks at the front of an ordered dict and costs nothing
per request. What expired leaves a *tombstone*, so that a late response still finds its context; ``remember`` bounds
them. Link control (bind, unbind, enquire_link) is kept beside the window and never waits for room in it.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from jasminlike.smpp.constants import GENERIC_NACK, RESPONSE, SEQUENCE_MAX, SEQUENCE_MIN

Waiting = tuple[Any, int, float, float]
"""context, command id of the request, when it was sent, when it expires."""


class Window:
    """``size`` may be changed at any time; ``response_timeout`` holds for requests from then on."""

    __slots__ = (
        "_last",
        "_not_before",
        "_wrapped",
        "control",
        "outstanding",
        "remember",
        "response_timeout",
        "size",
        "tombstones",
    )

    def __init__(self, size: int, response_timeout: float, remember: int = 10_000) -> None:
        if size < 1:
            raise ValueError(f"a window of {size} requests sends nothing")
        self.size = size
        self.response_timeout = response_timeout
        self.remember = remember
        self.outstanding: OrderedDict[int, Waiting] = OrderedDict()
        self.tombstones: OrderedDict[int, Waiting] = OrderedDict()
        self.control: dict[int, int] = {}
        self._last = SEQUENCE_MIN - 1
        self._wrapped = False
        self._not_before: float | None = 0.0

    def __len__(self) -> int:
        return len(self.outstanding)

    @property
    def room(self) -> int:
        """How many more requests may be sent now."""
        return max(0, self.size - len(self.outstanding))

    def next_sequence(self) -> int:
        """A number no waiting request has: 1 to 0x7FFFFFFF, then from 1 again (§5.1.4)."""
        number = self._last
        while True:
            number += 1
            if number > SEQUENCE_MAX:
                number = SEQUENCE_MIN
                self._wrapped = True
            if number not in self.outstanding and number not in self.tombstones and number not in self.control:
                self._last = number
                return number

    def was_ours(self, sequence: int) -> bool:
        """Whether a request with this number has been sent in this session."""
        return SEQUENCE_MIN <= sequence <= (SEQUENCE_MAX if self._wrapped else self._last)

    def add(self, sequence: int, command_id: int, context: Any, now: float) -> None:
        """Remember a request that is going out. Room is the caller's to check."""
        self.outstanding[sequence] = (context, command_id, now, now + self.response_timeout)

    def take(self, sequence: int, response_command: int) -> Waiting | None:
        """The request this response answers, no longer waiting; None when it answers none of them."""
        waiting = self.outstanding.get(sequence)
        if waiting is None or (waiting[1] | RESPONSE != response_command and response_command != GENERIC_NACK):
            return None
        del self.outstanding[sequence]
        return waiting

    def take_late(self, sequence: int, response_command: int) -> Waiting | None:
        """As :meth:`take`, of the requests that have expired."""
        waiting = self.tombstones.get(sequence)
        if waiting is None or (waiting[1] | RESPONSE != response_command and response_command != GENERIC_NACK):
            return None
        del self.tombstones[sequence]
        return waiting

    def take_control(self, sequence: int, response_command: int) -> int | None:
        """The bind, unbind or enquire_link this response answers."""
        command = self.control.get(sequence)
        if command is None or (command | RESPONSE != response_command and response_command != GENERIC_NACK):
            return None
        del self.control[sequence]
        return command

    def first_deadline(self) -> float | None:
        """When the next request expires; None when none waits, or nothing may expire."""
        if not self.outstanding:
            return None
        if self._not_before is None:
            return None
        return max(next(iter(self.outstanding.values()))[3], self._not_before)

    def expire(self, now: float) -> list[tuple[int, Waiting]]:
        """The requests whose time is over, oldest first; each leaves a tombstone."""
        expired: list[tuple[int, Waiting]] = []
        if self._not_before is None or now < self._not_before:
            return expired
        outstanding = self.outstanding
        while outstanding:
            sequence, waiting = next(iter(outstanding.items()))
            if waiting[3] > now:
                break
            del outstanding[sequence]
            expired.append((sequence, waiting))
            self.tombstones[sequence] = waiting
        while len(self.tombstones) > self.remember:
            self.tombstones.popitem(last=False)
        return expired

    def spare_until(self, when: float | None) -> None:
        """Let nothing expire before ``when`` (None: until this is called again): responses may lie unread."""
        self._not_before = when

    def drain(self) -> list[tuple[int, Waiting]]:
        """Everything that waits, oldest first; afterwards nothing does."""
        left = list(self.outstanding.items())
        self.outstanding.clear()
        self.tombstones.clear()
        self.control.clear()
        return left
