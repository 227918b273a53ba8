"""The time format of SMPP (3.4 §7.1.1): schedule_delivery_time, validity_period, final_date.

Sixteen octets. Absolute, "YYMMDDhhmmsstnnp": local time with tenths of a second, and how many quarters of an hour
(00-48) the local time is ahead of UTC ("+") or behind it ("-"). Relative, "YYMMDDhhmmss000R": that long from now. Years
are those of this century. A field that is empty on the wire means "none" and is not a time: its owner looks before
calling here.
"""

import math
from calendar import monthrange
from datetime import date
from typing import Final, NamedTuple

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86_400
_CENTURY: Final = 2000
_LONGEST_RELATIVE: Final = 32 * _DAY - 1  # 31 days 23:59:59, the most that is the same in every calendar


class InvalidTime(ValueError):
    """Not a time that SMPP can carry; the text names the value and what is wrong with it."""


class Absolute(NamedTuple):
    """A moment, as local time of a place `quarters` quarters of an hour ahead of UTC (negative: behind)."""

    year: int
    """All four digits."""
    month: int
    day: int
    hour: int
    minute: int
    second: int
    tenth: int
    quarters: int

    def to_epoch(self, now: float = 0.0) -> float:
        """Return the moment in seconds since 1970 UTC; `now` does not matter."""
        days = date(self.year, self.month, self.day).toordinal() - _EPOCH_DAY
        seconds = days * _DAY + self.hour * 3600 + self.minute * 60 + self.second - self.quarters * 900
        return seconds + self.tenth / 10

    def format(self) -> bytes:
        """Return the sixteen octets; parse() gives the value back. Zero quarters are written "00+"."""
        return b"%02d%02d%02d%02d%02d%02d%d%02d%c" % (
            self.year - _CENTURY,
            *self[1:7],
            abs(self.quarters),
            b"-" if self.quarters < 0 else b"+",
        )


class Relative(NamedTuple):
    """A span of time from now on."""

    years: int
    months: int
    days: int
    hours: int
    minutes: int
    seconds: int

    def to_epoch(self, now: float) -> float:
        """Return the end of the span that begins at `now`, both in seconds since 1970 UTC.

        Years and months go by the calendar in UTC; a day that its month lacks (31 January and one month) is the last of
        that month.
        """
        start = now
        if self.years or self.months:
            today, second_of_day = divmod(now, _DAY)
            begin = date.fromordinal(int(today) + _EPOCH_DAY)
            year, month = divmod(begin.year * 12 + begin.month - 1 + self.years * 12 + self.months, 12)
            day = min(begin.day, monthrange(year, month + 1)[1])
            start = (date(year, month + 1, day).toordinal() - _EPOCH_DAY) * _DAY + second_of_day
        return start + self.days * _DAY + self.hours * 3600 + self.minutes * 60 + self.seconds

    def format(self) -> bytes:
        """Return the sixteen octets; parse() gives the value back."""
        return b"%02d%02d%02d%02d%02d%02d000R" % self


def parse(value: bytes) -> Absolute | Relative:
    """Read the sixteen octets. Raises InvalidTime when a character, a length or a number is out of its bounds."""
    if len(value) != 16 or not value[:15].isdigit() or value[15:] not in {b"+", b"-", b"R"}:
        raise InvalidTime(f"{value!r} is not 15 digits and one of + - R")
    year, month, day = int(value[0:2]), int(value[2:4]), int(value[4:6])
    hour, minute, second = int(value[6:8]), int(value[8:10]), int(value[10:12])
    if hour > 23 or minute > 59 or second > 59:
        raise InvalidTime(f"{value!r}: no such time of day, {hour:02d}:{minute:02d}:{second:02d}")
    if value[15:] == b"R":
        if month > 12 or day > 31 or value[12:15] != b"000":
            raise InvalidTime(f"{value!r}: a relative time has at most 12 months and 31 days, and ends with 000R")
        return Relative(year, month, day, hour, minute, second)
    quarters = int(value[13:15])
    if quarters > 48:
        raise InvalidTime(f"{value!r}: {quarters} quarters of an hour from UTC, 48 are possible")
    year += _CENTURY
    if not (1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        raise InvalidTime(f"{value!r}: no such day, {year}-{month:02d}-{day:02d}")
    if value[15:] == b"-":
        quarters = -quarters
    return Absolute(year, month, day, hour, minute, second, value[12] - 48, quarters)


def to_epoch(value: bytes, now: float) -> float:
    """Return the moment that `value` means, in seconds since 1970 UTC; a relative one counts from `now`.

    Raises InvalidTime as parse() does.
    """
    return parse(value).to_epoch(now)


def absolute(epoch: float, quarters: int = 0) -> bytes:
    """Return the absolute time of `epoch` (seconds since 1970 UTC), to the nearest tenth, `quarters` from UTC.

    Raises InvalidTime when the moment is not in the years 2000-2099 there, or `quarters` not in -48..48.
    """
    if not -48 <= quarters <= 48:
        raise InvalidTime(f"{quarters} quarters of an hour from UTC, 48 are possible")
    if not math.isfinite(epoch):
        raise InvalidTime(f"{epoch} is no moment")
    seconds, tenth = divmod(round(epoch * 10) + quarters * 9000, 10)
    days, second_of_day = divmod(seconds, _DAY)
    if not 10_957 <= days < 47_482:  # 2000-01-01 and 2100-01-01
        raise InvalidTime(f"{epoch} seconds are not in the years 2000-2099")
    day = date.fromordinal(days + _EPOCH_DAY)
    hour, rest = divmod(second_of_day, 3600)
    minute, second = divmod(rest, 60)
    return Absolute(day.year, day.month, day.day, hour, minute, second, tenth, quarters).format()


def relative(seconds: float) -> bytes:
    """Return a relative time of that many seconds, a fraction rounded up.

    Raises InvalidTime for a negative span and for 32 days or more: months differ in length, so a longer span must be
    written as an absolute time.
    """
    if not 0 <= seconds <= _LONGEST_RELATIVE:
        raise InvalidTime(f"{seconds} seconds: a relative time spans 0 to {_LONGEST_RELATIVE} seconds")
    days, rest = divmod(math.ceil(seconds), _DAY)
    hours, rest = divmod(rest, 3600)
    return Relative(0, 0, days, hours, *divmod(rest, 60)).format()
