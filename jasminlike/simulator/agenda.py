"""What is to be done later: one heap and one timer for everything, however many receipts wait.

Things that are due at the same time are done in the order in which they were entered.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

from twisted.logger import Logger

from jasminlike.net.protocol import Clock


class Agenda:
    """``after``: called each time something was done, once for all that was due."""

    log = Logger()

    def __init__(self, clock: Clock, after: Callable[[], object]) -> None:
        self._clock = clock
        self._after = after
        self._heap: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._entered = 0
        self._timer: Any = None
        self._timer_at = 0.0
        self._running = False

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, when: float, call: Callable[..., object], *arguments: Any) -> None:
        """Do ``call(*arguments)`` at ``when``, in the clock's seconds; never within this call."""
        self._entered += 1
        heappush(self._heap, (when, self._entered, call, arguments))
        if not self._running and (self._timer is None or when < self._timer_at):
            self._arm()

    def clear(self) -> None:
        """Forget everything."""
        self._heap.clear()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _arm(self) -> None:
        when = self._heap[0][0]
        delay = max(0.0, when - self._clock.seconds())
        if self._timer is None:
            self._timer = self._clock.callLater(delay, self._due)
        else:
            self._timer.reset(delay)
        self._timer_at = when

    def _due(self) -> None:
        self._timer = None
        self._running = True
        heap, now = self._heap, self._clock.seconds()
        last = self._entered  # what is entered meanwhile waits for the next turn, so that a turn ends
        later = []
        while heap and heap[0][0] <= now:
            entry = heappop(heap)
            if entry[1] > last:
                later.append(entry)
                continue
            try:
                entry[2](*entry[3])
            except Exception:
                self.log.failure("Something the simulator had put off failed")
        for entry in later:
            heappush(heap, entry)
        self._running = False
        if heap:
            self._arm()
        self._after()
