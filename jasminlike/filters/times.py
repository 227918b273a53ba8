"""Filters on when a message is handled: days and hours in the server's local time, both borders included."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import ClassVar

from jasminlike.filters.base import OneValue
from jasminlike.filters.subject import Subject
from jasminlike.kind import Field, FieldError

_Border = tuple[int, ...]


def _borders(key: str, form: str, text: str) -> tuple[time.struct_time, time.struct_time]:
    """Both borders of `left;right`."""
    parts = text.split(";")
    if len(parts) != 2:
        raise FieldError(f'{key} option value must be composed of 2 values with a ";" separator.', key)
    try:
        return time.strptime(parts[0].strip(), form), time.strptime(parts[1].strip(), form)
    except ValueError as problem:
        raise FieldError(f"{text} is not a valid {key} value", key) from problem


def _days(text: str) -> tuple[_Border, _Border]:
    left, right = (border[:3] for border in _borders("dateInterval", "%Y-%m-%d", text))
    if right < left:
        raise FieldError("Right border must be greater than left border", "dateInterval")
    return left, right


def _hours(text: str) -> tuple[_Border, _Border]:
    left, right = (border[3:6] for border in _borders("timeInterval", "%H:%M:%S", text))
    if right <= left:
        raise FieldError("Right border must be greater than left border", "timeInterval")
    return left, right


def parse_days(text: str) -> str:
    """`YYYY-MM-DD;YYYY-MM-DD`; one day may stand on both sides."""
    left, right = _days(text)
    return f"{_iso(left)};{_iso(right)}"


def parse_hours(text: str) -> str:
    """`HH:MM:SS;HH:MM:SS` within one day; a night takes two routes, one up to 23:59:59 and one from 00:00:00."""
    left, right = _hours(text)
    return f"{_clock(left)};{_clock(right)}"


def _iso(border: _Border) -> str:
    return f"{border[0]:04d}-{border[1]:02d}-{border[2]:02d}"


def _clock(border: _Border) -> str:
    return f"{border[0]:02d}:{border[1]:02d}:{border[2]:02d}"


@dataclass(frozen=True, slots=True)
class _Interval(OneValue):
    left: _Border = field(init=False, repr=False, compare=False)
    right: _Border = field(init=False, repr=False, compare=False)

    def _between(self, borders: tuple[_Border, _Border]) -> None:
        object.__setattr__(self, "left", borders[0])
        object.__setattr__(self, "right", borders[1])

    def lines(self) -> list[str]:
        left, right = self.value.split(";")
        return [f"{self.type_name}:", f"Left border = {left}", f"Right border = {right}"]


@dataclass(frozen=True, slots=True)
class DateIntervalFilter(_Interval):
    """The day is one of these."""

    type_name: ClassVar[str] = "DateIntervalFilter"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("dateInterval", parse_days, about="First and last day, as YYYY-MM-DD;YYYY-MM-DD, local time."),
    )

    def __post_init__(self) -> None:
        self._between(_days(self.value))

    def matches(self, subject: Subject) -> bool:
        return self.left <= subject.local[:3] <= self.right

    def describe(self) -> str:
        return f"<DI ({self.value.replace(';', ',')})>"


@dataclass(frozen=True, slots=True)
class TimeIntervalFilter(_Interval):
    """The time of day lies between these."""

    type_name: ClassVar[str] = "TimeIntervalFilter"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("timeInterval", parse_hours, about="From when to when, as HH:MM:SS;HH:MM:SS, local time, in one day."),
    )

    def __post_init__(self) -> None:
        self._between(_hours(self.value))

    def matches(self, subject: Subject) -> bool:
        return self.left <= subject.local[3:6] <= self.right

    def describe(self) -> str:
        return f"<TI ({self.value.replace(';', ',')})>"
