"""What an operator wants done about each error of a submit: the rules of a connector's key `retry`, typed and shown.

A rule is `status,count,delay` and, if need be, what is to be done: `retry` (again here after the delay, others go on
meanwhile), `pause` (the whole connector waits and keeps its order), `failover` (at once to the next connector of the
route), `fail` (the message ends), `hold` (put aside for a person to decide).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from jasminlike.kind import FieldError
from jasminlike.smpp import statuses

ACTIONS = ("retry", "pause", "failover", "fail", "hold")
THROTTLES = frozenset({"ESME_RTHROTTLED", "ESME_RMSGQFUL"})
"""Statuses that say "too fast" or "I am full": they pause the connector where their rule says nothing else."""


class RetryRule(msgspec.Struct, frozen=True, array_like=True):
    """What follows one status of a submit: `count` tries in all, the first included, `delay` seconds apart. An `action`
    of "" is what the status itself asks for."""

    status: str
    count: int
    delay: float
    action: str = ""

    @property
    def done(self) -> str:
        """The action that is taken."""
        return self.action or ("pause" if self.status in THROTTLES else "retry")


DEFAULT_RETRY: tuple[RetryRule, ...] = (
    RetryRule("ESME_RSYSERR", 2, 30),
    RetryRule("ESME_RTHROTTLED", 20, 30),
    RetryRule("ESME_RMSGQFUL", 2, 180),
    RetryRule("ESME_RINVSCHED", 2, 300),
)
"""Statuses that pass; any other refusal is final."""


def _refused(text: str, why: str) -> FieldError:
    return FieldError(f"Unknown value for key retry: {text} ({why})", "retry")


def parse_retry(text: str) -> list[list[Any]]:
    """`status,count,delay[,action];…`, or `none` when every refusal is final. A status is a name or number of SMPP."""
    if text.strip().lower() in ("none", ""):
        return []
    rules: dict[str, list[Any]] = {}
    for rule in text.strip().rstrip(";").split(";"):
        words = [word.strip() for word in rule.split(",")]
        action = words.pop().lower() if len(words) == 4 else ""
        try:
            status, count, delay = words
            name, tries, seconds = statuses.name(statuses.number(status)), int(count), float(delay)
        except ValueError:
            raise _refused(text, f"{rule!r} is not status,count,delay[,{'|'.join(ACTIONS)}]") from None
        if tries < 1 or not 0 <= seconds <= 86400 * 7 or name == "ESME_ROK":
            raise _refused(text, f"{rule!r}: at least 1 try of an error, 0 to 604800 seconds apart")
        if action and action not in ACTIONS:
            raise _refused(text, f"{rule!r}: what is done is one of {', '.join(ACTIONS)}")
        rules[name] = [name, tries, int(seconds) if seconds == int(seconds) else seconds, *([action] if action else [])]
    return list(rules.values())


def plain(rules: Sequence[RetryRule]) -> list[list[Any]]:
    """The rules as `parse_retry` gives them."""
    return [[rule.status, rule.count, rule.delay, *([rule.action] if rule.action else [])] for rule in rules]


def show_retry(rules: Sequence[Sequence[Any]]) -> str:
    """The text that `parse_retry` takes."""
    return ";".join(_shown(*rule) for rule in rules) or "none"


def _shown(status: str, count: int, delay: float, action: str = "") -> str:
    return f"{status},{count},{delay}{f',{action}' if action else ''}"
