"""What the embedded broker keeps in memory of one lane: the waiting deliveries of one topic and one priority.

Everything that waits is in the database; memory holds the next few (`ready`) and those that come before them
(`heads`: given back, retried, become due). When more wait than memory should hold, the lane is `behind`: what is
published then stays on disk alone and is loaded, in order, when its turn comes.
"""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

MEMORY = 2000
"""Deliveries of a lane kept in memory."""
LOAD = 1000
"""Deliveries loaded at a time when the lane is behind."""


@dataclass(slots=True)
class Waiting:
    """A delivery that waits. Ordered by its sequence number, which is its age."""

    sequence: int
    body: bytes
    attempts: int = 0
    doubt: bool = False

    def __lt__(self, other: Waiting) -> bool:
        return self.sequence < other.sequence


@dataclass(slots=True)
class Lane:
    """One priority of one topic. `number` is its key in the database."""

    number: int
    priority: int
    ready: deque[Waiting] = field(default_factory=deque)
    heads: list[Waiting] = field(default_factory=list)
    loaded_to: int = 0
    """The lane holds in memory, or has handed out, all that waits up to this sequence number."""
    skipped_to: int = 0
    """The last sequence number that was left on disk."""
    loading: bool = False
    marked: int = 0
    """Up to here deliveries may be handed out: it is on disk that they may have been."""
    marking: bool = False
    doubtful_to: int = 0
    """Up to here deliveries may have been handed out before the last start."""
    taken: set[int] = field(default_factory=set)
    """Sequence numbers that were taken out of turn (expired) and may still stand in `ready`."""

    @property
    def behind(self) -> bool:
        """More waits on disk than in memory."""
        return self.skipped_to > self.loaded_to

    def arrived(self, waiting: Waiting) -> None:
        """A new delivery became durable."""
        if self.behind or len(self.ready) >= MEMORY:
            self.skipped_to = waiting.sequence
        else:
            self.ready.append(waiting)
            self.loaded_to = waiting.sequence

    def back(self, waiting: Waiting) -> None:
        """A delivery is to go out again before those that are younger."""
        if waiting.sequence in self.taken:
            self.taken.discard(waiting.sequence)
            if any(each.sequence == waiting.sequence for each in self.ready):
                return  # it never left its place
        heapq.heappush(self.heads, waiting)

    def loaded(self, rows: list[Waiting], skipped_when_asked: int) -> None:
        """Rows read from disk, the oldest first, fewer than `LOAD` when no more were there."""
        self.loading = False
        for waiting in rows:
            if waiting.sequence not in self.taken:
                self.ready.append(waiting)
        if len(rows) < LOAD:
            self.loaded_to = max(self.loaded_to, skipped_when_asked)
        if rows:
            self.loaded_to = max(self.loaded_to, rows[-1].sequence)

    def first(self) -> Waiting | None:
        """The next delivery, left in place; None when none is in memory."""
        while self.heads and self.heads[0].sequence in self.taken:
            self.taken.discard(heapq.heappop(self.heads).sequence)
        while self.ready and self.ready[0].sequence in self.taken:
            self.taken.discard(self.ready.popleft().sequence)
        if self.heads and (not self.ready or self.heads[0].sequence < self.ready[0].sequence):
            return self.heads[0]
        return self.ready[0] if self.ready else None

    def pop(self, waiting: Waiting) -> None:
        """Takes out what `first` returned."""
        if self.heads and self.heads[0] is waiting:
            heapq.heappop(self.heads)
        else:
            self.ready.popleft()

    def ahead(self, count: int) -> int:
        """The sequence number of the delivery `count` places behind the first, or of the last there is."""
        if not self.ready:
            return self.heads[0].sequence if self.heads else 0
        return self.ready[min(count, len(self.ready) - 1)].sequence
