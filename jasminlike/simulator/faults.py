"""What goes wrong, decided by seeded chance.

Every connection has its own chances, and in it every fault its own stream of random numbers. So a decision depends on
the seed, on which connection it is and on which message of it, and neither on the clock nor on what another connection
does: the same traffic meets the same faults, and switching one fault on leaves the others where they were.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import NamedTuple

from jasminlike.simulator.options import Shares, Span
from jasminlike.simulator.settings import SimulatorSettings
from jasminlike.smpp import statuses as s
from jasminlike.throttle import TokenBucket


class Verdict(NamedTuple):
    """What becomes of one message."""

    status: int = 0
    delay: float = 0.0
    """Seconds until the answer."""
    lost: bool = False
    twice: bool = False
    held: bool = False
    """The answer waits for the next one to go first."""
    receipt_first: bool = False


PLAIN = Verdict()

_FAULTS = (
    "window_limit",
    "throughput",
    "throttle_share",
    "error_share",
    "late_share",
    "lost_share",
    "duplicate_share",
    "reorder_share",
    "receipt_first_share",
)


class Chances:
    """The decisions for one connection, the ``number``-th of the run."""

    def __init__(self, settings: SimulatorSettings, seed: int, number: int, struck: Counter[str]) -> None:
        """``struck`` counts the faults by the names of their options."""
        self._struck = struck
        self._origin = f"{seed}/{number}"
        self._streams: dict[str, Random] = {}
        self._burst = 0
        self._bucket = TokenBucket(None)
        self.change(settings)

    def change(self, settings: SimulatorSettings) -> None:
        """Other options from now on; the streams go on where they are."""
        self._settings = settings
        rate = settings.throughput
        if rate != self._bucket.rate:
            # A tenth of a second's worth at once, so that the first second is not twice as generous as the others.
            self._bucket.set(rate, rate / 10)
        self._plain = not settings.answer_delay.high and not any(getattr(settings, name) for name in _FAULTS)

    def count_in(self, struck: Counter[str]) -> None:
        """Count faults there from now on."""
        self._struck = struck

    def stream(self, name: str) -> Random:
        """The random numbers of one kind of decision."""
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = Random(f"{self._origin}/{name}")
        return stream

    def happens(self, share: str, *, count: bool = True) -> bool:
        """Whether the fault with this option strikes now."""
        probability: float = getattr(self._settings, share)
        if probability <= 0 or self.stream(share).random() >= probability:
            return False
        if count:
            self._struck[share] += 1
        return True

    def seconds(self, name: str, span: Span) -> float:
        """A time within the span."""
        milliseconds = span.low if span.low == span.high else self.stream(name).uniform(span.low, span.high)
        return milliseconds / 1000

    def word(self, name: str, shares: Shares) -> str:
        """One of the words."""
        if len(shares) == 1:
            return shares[0][0]
        return self.stream(name).choices([word for word, _ in shares], [weight for _, weight in shares])[0]

    def message(self, unanswered: int, now: float) -> Verdict:
        """What becomes of a message that came while ``unanswered`` others of this connection wait for their answers."""
        if self._plain:
            return PLAIN
        settings = self._settings
        status, fault = self._status(unanswered, now)
        if fault:
            self._struck[fault] += 1
        delay = self.seconds("answer_delay", settings.answer_delay)
        if self.happens("late_share"):
            delay += self.seconds("late_delay", settings.late_delay)
        return Verdict(
            status,
            delay,
            self.happens("lost_share"),
            self.happens("duplicate_share"),
            self.happens("reorder_share"),
            self.happens("receipt_first_share"),
        )

    def _status(self, unanswered: int, now: float) -> tuple[int, str]:
        settings = self._settings
        if settings.window_limit and unanswered >= settings.window_limit:
            return settings.window_status, "window_limit"
        if not self._bucket.take(1, now):
            return settings.throughput_status, "throughput"
        # Each share draws for every message, so that one does not shift the other.
        throttled, wrong = self.happens("throttle_share", count=False), self.happens("error_share", count=False)
        if throttled and not self._burst:
            self._burst = settings.throttle_burst
        if self._burst:
            self._burst -= 1
            return s.ESME_RTHROTTLED, "throttle_share"
        if wrong:
            return s.number(self.word("error_status", settings.error_status)), "error_share"
        return 0, ""

    def bind(self, nth: int) -> bool:
        """Whether the ``nth`` bind of the run (from 1) is refused by chance or by count."""
        return self.happens("refuse_share") or nth <= self._settings.refuse_first

    def garbage(self) -> bytes:
        """Bytes in which no SMPP PDU can begin: as a length they are two gigabytes and more."""
        return b"\xff" + self.stream("garbage_after").randbytes(63)
