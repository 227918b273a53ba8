"""Guessing is slowed: after some failures in a row each further one doubles the time until the next try is heard."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable


class Backoff:
    """Counts failures by key (an account, an address). Keys are forgotten when they have been quiet for `forget`
    seconds, and the oldest when there are more than `limit`: an attacker cannot fill the memory with names."""

    def __init__(
        self,
        now: Callable[[], float],
        free: int = 5,
        longest: float = 60.0,
        forget: float = 900.0,
        limit: int = 10_000,
    ) -> None:
        self._now = now
        self._free = free
        self._longest = longest
        self._forget = forget
        self._limit = limit
        self._failures: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()

    def wait(self, key: Hashable) -> float:
        """Seconds until a try for this key is heard; 0.0 = now."""
        count, last = self._failures.get(key, (0, 0.0))
        if count < self._free or self._now() - last > self._forget:
            return 0.0
        return max(0.0, last + min(self._longest, 2.0 ** min(count - self._free, 30)) - self._now())

    def failed(self, key: Hashable) -> None:
        """Counts a failure."""
        count, last = self._failures.pop(key, (0, 0.0))
        if self._now() - last > self._forget:
            count = 0
        self._failures[key] = (count + 1, self._now())
        if len(self._failures) > self._limit:
            self._failures.popitem(last=False)

    def succeeded(self, key: Hashable) -> None:
        """The key is trusted again."""
        self._failures.pop(key, None)
