"""What an operator's refusal, or its silence, means for a part: read by `pipeline/retry.py`, made by the carrier."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Action(Enum):
    """What is to be done."""

    RETRY = "retry"
    """Try again on the same connector after a delay; others go on meanwhile."""
    PAUSE = "pause"
    """The connector itself is paused; the part keeps its place at the head of the queue."""
    FAIL_OVER = "failover"
    """Try the next connector of the plan; without one, fail."""
    FAIL = "fail"
    """The message ends."""
    HOLD = "hold"
    """Put aside for a person to decide."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`most` counts tries in all, the first included; `delay` in seconds."""

    action: Action
    most: int = 1
    delay: float = 0.0
