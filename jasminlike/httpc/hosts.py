"""How many calls are under way, in all and to each host, so that a client whose server is dead or slow delays only
its own callbacks.

Each host has a lane: its calls start in order, at most `per_host` at once. When `total` calls are under way, the next
to start is the oldest whose host has room. After `FAILURES` calls in a row that found nobody there the host counts as
down: for `PAUSE` seconds calls to it fail at once, then one is let through to see.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable

from jasminlike.interfaces import Clock

FAILURES = 5
PAUSE = 5.0
_LANES_KEPT = 1_000
_FORGOTTEN = 3_600.0

GO = "go"
DOWN = "down"
STOPPING = "stopping"

Start = Callable[[str], None]
"""Called once: with GO when the call may be made (then `leave` must follow), else with DOWN or STOPPING."""


class _Lane:
    __slots__ = ("down_until", "failures", "running", "waiting")

    def __init__(self) -> None:
        self.running = 0
        self.waiting: deque[Start] = deque()
        self.failures = 0
        self.down_until = 0.0

    def room(self, per_host: int) -> bool:
        """Whether another call may start; a host that was down gets one at a time."""
        return self.running < (per_host if self.failures < FAILURES else 1)


class Hosts:
    """Lets calls through. `total` and `per_host` count calls under way, `waiting` those kept back for one host."""

    def __init__(self, clock: Clock, total: int, per_host: int, waiting: int) -> None:
        self._clock = clock
        self._total = total
        self._per_host = per_host
        self._most_waiting = waiting
        self._running = 0
        self._lanes: dict[Hashable, _Lane] = {}
        self._turns: deque[_Lane] = deque()
        self._stopping = False

    def enter(self, host: Hashable, start: Start) -> bool:
        """Calls `start` now or later; False, without calling it, when too many wait for this host already."""
        lane = self._lanes.get(host)
        if lane is None:
            lane = self._lanes[host] = _Lane()
            if len(self._lanes) > _LANES_KEPT:
                self._tidy()
        if self._stopping:
            start(STOPPING)
        elif lane.failures >= FAILURES and (lane.running or lane.waiting or self._clock.seconds() < lane.down_until):
            start(DOWN)
        elif len(lane.waiting) >= self._most_waiting:
            return False
        else:
            lane.waiting.append(start)
            self._turns.append(lane)
            self._go_on()
        return True

    def leave(self, host: Hashable, reached: bool) -> None:
        """A call ended; `reached` says whether somebody was there, whatever the answer."""
        lane = self._lanes[host]
        lane.running -= 1
        self._running -= 1
        if reached:
            lane.failures = 0
        else:
            lane.failures += 1
        if lane.failures >= FAILURES:
            lane.down_until = self._clock.seconds() + PAUSE
            self._turn_away(lane, DOWN)
        elif lane.waiting:
            self._turns.append(lane)
        elif not lane.running and not lane.failures:
            del self._lanes[host]
        self._go_on()

    def stop(self) -> None:
        """Turns away what waits, and whatever comes."""
        self._stopping = True
        for lane in self._lanes.values():
            self._turn_away(lane, STOPPING)

    def _turn_away(self, lane: _Lane, why: str) -> None:
        waiting, lane.waiting = lane.waiting, deque()
        for start in waiting:
            start(why)

    def _go_on(self) -> None:
        """Starts what may start. A lane may have several turns in the queue, or one for which nothing waits."""
        turns = self._turns
        while turns and self._running < self._total:
            lane = turns.popleft()
            if lane.waiting and lane.room(self._per_host):
                lane.running += 1
                self._running += 1
                lane.waiting.popleft()(GO)

    def _tidy(self) -> None:
        """Forgets hosts that have been down, and not called, for long."""
        old = self._clock.seconds() - _FORGOTTEN
        for host, lane in list(self._lanes.items()):
            if not lane.running and not lane.waiting and lane.failures and lane.down_until < old:
                del self._lanes[host]
