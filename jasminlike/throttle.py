"""How fast parts may go: a bucket of tokens for a rate, and the pause an operator asks for by throttling.

Both are plain values with the time passed in, in seconds of whichever clock the caller keeps to. Neither has a timer:
they say how long to wait, the caller waits.
"""

from __future__ import annotations

GRAIN = 1e-6
"""Seconds by which a wait may come out short: times since 1970 are floats of about a quarter of a microsecond."""


class TokenBucket:
    """`rate` parts a second on average, up to `burst` at once; rates below one a second are as good as any.

    Kept as one number, the time at which the bucket is full again, counted from when it was first asked, so that
    nothing adds up to an error. More parts than fit the bucket go when it is full and are worked off before the next.
    A rate of 0 or None lets everything pass.
    """

    __slots__ = ("_full_at", "_room", "_seen", "_start", "_step", "burst", "rate")

    def __init__(self, rate: float | None, burst: float = 1.0) -> None:
        self._start: float | None = None
        self._full_at = 0.0
        self._seen = 0.0
        self.set(rate, burst)

    def set(self, rate: float | None, burst: float = 1.0) -> None:
        """Another rate from now on; what was taken stays taken. A burst below one part counts as one."""
        self.rate = rate or 0.0
        if self.rate < 0 or self.rate != self.rate:
            raise ValueError(f"a rate is a positive number, not {rate}")
        self.burst = max(burst, 1.0)
        self._step = 1.0 / self.rate if self.rate else 0.0
        self._room = self.burst * self._step

    def take(self, n: int, now: float) -> bool:
        """Takes `n` parts if they may go now."""
        step = self._step
        if not step:
            return True
        elapsed = self._elapsed(now)
        ahead = self._full_at - elapsed
        cost = n * step
        room = self._room
        if ahead > room - (cost if cost < room else room) + GRAIN:
            return False
        self._full_at = cost + (self._full_at if ahead > 0.0 else elapsed)
        return True

    def wait(self, n: int, now: float) -> float:
        """Seconds until `take(n)` will succeed if nobody else takes meanwhile; 0.0 = now."""
        if not self._step:
            return 0.0
        elapsed = self._elapsed(now)
        left = self._full_at - elapsed - (self._room - min(n * self._step, self._room))
        return left if left > GRAIN else 0.0

    def _elapsed(self, now: float) -> float:
        if self._start is None:
            self._start = now
        elapsed = now - self._start
        if (
            elapsed < self._seen and self._full_at > elapsed
        ):  # the clock went back: so did what is still to be waited for
            self._full_at += elapsed - self._seen
        self._seen = elapsed
        return elapsed


class AdaptivePause:
    """An operator says "too fast": wait, then go on carefully.

    The first refusal pauses for `shortest` seconds; one that comes after the pause doubles it, up to `longest`.
    Refusals that arrive during a pause are of parts that were already on their way and change nothing. After a pause
    one part at a time may be in flight, then one more for every round trip that goes well, until the window is open
    again; each good answer also takes `easing` off the pause that the next refusal would bring.
    """

    __slots__ = ("_easing", "_flight", "_longest", "_pause", "_shortest", "_until")

    def __init__(self, shortest: float = 1.0, longest: float = 60.0, easing: float = 0.05) -> None:
        if not 0 < shortest <= longest:
            raise ValueError("a pause needs 0 < shortest <= longest")
        self._shortest = shortest
        self._longest = longest
        self._easing = easing
        self._pause = 0.0
        self._until = float("-inf")
        self._flight = 0.0

    def throttled(self, now: float) -> float:
        """The operator refused for speed; returns the seconds to pause from now on."""
        if not self.wait(now):
            self._pause = min(max(self._pause * 2, self._shortest), self._longest)
            self._until = now + self._pause
        self._flight = 1.0
        return self.wait(now)

    def accepted(self) -> None:
        """The operator took a part."""
        if self._pause:
            self._pause = max(self._pause - self._easing, 0.0)
        if self._flight:
            self._flight += 1.0 / self._flight

    def wait(self, now: float) -> float:
        """Seconds until the next part may go. A clock that jumps cannot make it longer than the pause."""
        left = self._until - now
        if left > self._pause:
            self._until = now + self._pause
            return self._pause
        return left if left > 0.0 else 0.0

    def room(self, window: int) -> int:
        """How many parts may be in flight out of a window of this size."""
        if not self._flight:
            return window
        if self._flight >= window:
            self._flight = 0.0
            return window
        return int(self._flight)
