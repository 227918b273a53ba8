"""What the options of the simulator can be: how each kind of value is typed, checked and shown.

The kinds are used by ``settings``, and through it by the command line and the control port, so that a share or a delay
is typed in one way everywhere. A value that a kind does not take raises :class:`Unusable` with words for the operator.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from jasminlike.smpp import statuses


class Unusable(ValueError):
    """A value that an option does not take; the text says what it takes."""


class Span(NamedTuple):
    """A time between two, in milliseconds; with ``low == high`` there is nothing to draw."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g}-{self.high:g}"


Shares = tuple[tuple[str, float], ...]
"""Words with their weights, in the order in which they were written."""


@dataclass(frozen=True, slots=True)
class Kind:
    """``take`` turns a text or a finished value into a checked value, ``show`` turns it back into a text."""

    metavar: str
    take: Callable[[Any], Any]
    show: Callable[[Any], str] = str


def whole(lowest: int = 0, highest: int | None = None) -> Kind:
    """A whole number within bounds."""

    def take(value: Any) -> int:
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise Unusable(f"{value!r} is not a whole number") from None
        if number < lowest or (highest is not None and number > highest):
            raise Unusable(f"{number} is not {_bounds(lowest, highest)}")
        return number

    return Kind("N", take)


def _bounds(lowest: int, highest: int | None) -> str:
    return f"{lowest} or more" if highest is None else f"from {lowest} to {highest}"


def number(lowest: float = 0.0) -> Kind:
    """Any number from ``lowest`` up."""
    return Kind("N", lambda value: _number(value, lowest), "{:g}".format)


def _number(value: Any, lowest: float = 0.0) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise Unusable(f"{value!r} is not a number") from None
    if not lowest <= found < math.inf:
        raise Unusable(f"{value} is not {lowest:g} or more")
    return found


def _take_share(value: Any) -> float:
    text = str(value).strip()
    found = _number(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if found > 1:
        raise Unusable(f"{text} is not a share: it goes from 0 to 1, or from 0% to 100%")
    return found


SHARE = Kind("SHARE", _take_share, "{:g}".format)
"""A probability, typed as 0.05 or as 5%."""


def _take_span(value: Any) -> Span:
    if isinstance(value, tuple) and len(value) == 2:
        low, high = value
    elif isinstance(value, (int, float)):
        low = high = value
    else:
        low, _, high = str(value).partition("-")
        high = high or low
    span = Span(_number(low), _number(high))
    if span.low > span.high:
        raise Unusable(f"{value} goes from the longer time to the shorter")
    return span


SPAN = Kind("MS", _take_span)
"""Milliseconds, typed as 50 or as 50-200."""


def _take_shares(value: Any) -> Shares:
    pairs: list[tuple[str, float]] = []
    if isinstance(value, str):
        for piece in value.split(","):
            word, _, weight = piece.strip().partition(":")
            pairs.append((word.strip(), _number(weight.strip() or "1")))
    else:
        pairs = [(str(word), _number(weight)) for word, weight in value]
    if not all(word and word.isascii() and not set(word) & set(" \t\r\n\0") for word, _ in pairs):
        raise Unusable(f"{value!r} has an empty word or one with spaces")
    if not sum(weight for _, weight in pairs):
        raise Unusable(f"{value!r} gives no word a share")
    return tuple(pairs)


def _show_shares(value: Shares) -> str:
    return ",".join(f"{word}:{weight:g}" for word, weight in value)


SHARES = Kind("WORD:SHARE,...", _take_shares, _show_shares)
"""Words with weights, as DELIVRD:97,UNDELIV:3."""


def _take_statuses(value: Any) -> Shares:
    shares = _take_shares(value)
    for word, _ in shares:
        _take_status(word)
    return shares


STATUSES = Kind("STATUS:SHARE,...", _take_statuses, _show_shares)
"""Names or numbers of command_status with weights."""


def _take_status(value: Any) -> int:
    try:
        found = statuses.number(str(value))
    except ValueError as error:
        raise Unusable(str(error)) from None
    if not found:
        raise Unusable("status 0 refuses nothing")
    return found


STATUS = Kind("STATUS", _take_status, statuses.name)
"""One command_status, by name or number, that is not 0."""


def _take_text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unusable(f"{value!r} is not a text")
    return value


TEXT = Kind("TEXT", _take_text)


def _take_template(value: Any) -> str:
    text = _take_text(value)
    try:
        text.format(n=1)
    except (LookupError, ValueError, AttributeError) as error:
        raise Unusable(f"{text!r}: only {{n}} can stand in braces ({error})") from None
    return text


TEMPLATE = Kind("TEXT", _take_template)
"""A text with {n}, the number of the message, as Python formats it: {n:07d} has seven digits."""


def choice(*words: str) -> Kind:
    """One of these words."""

    def take(value: Any) -> str:
        if value not in words:
            raise Unusable(f"{value!r} is none of {', '.join(words)}")
        return str(value)

    return Kind("{" + ",".join(words) + "}", take)


_YES = ("on", "yes", "true", "1")
_NO = ("off", "no", "false", "0")


def _take_flag(value: Any) -> bool:
    word = str(value).lower()
    if word not in _YES + _NO:
        raise Unusable(f"{value!r} is neither on nor off")
    return word in _YES


FLAG = Kind("on|off", _take_flag, lambda value: "on" if value else "off")


def _take_seed(value: Any) -> int | None:
    if value is None or value == "none":
        return None
    found: int = whole().take(value)
    return found


SEED = Kind("N", _take_seed, lambda value: "none" if value is None else str(value))
