"""Filters on the two addresses, by regular expressions matched from the start."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from jasminlike.filters.base import Axis, Need, OneValue
from jasminlike.filters.prefixes import beginnings
from jasminlike.filters.subject import Subject
from jasminlike.kind import Field, FieldError


def pattern_field(key: str, about: str) -> Field:
    """A key that takes a regular expression."""

    def parse(text: str) -> str:
        try:
            re.compile(text)
        except (re.error, OverflowError, RecursionError) as problem:
            raise FieldError(f"{key} option is not a valid regular expression", key) from problem
        return text

    return Field(key, parse, about=about)


@dataclass(frozen=True, slots=True)
class PatternFilter(OneValue):
    """A filter whose value is a regular expression; compiled once."""

    match: Callable[[str], Any] = field(init=False, repr=False, compare=False)
    cost: ClassVar[int] = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "match", re.compile(self.value).match)

    def _begins(self, axis: Axis) -> Need | None:
        found = beginnings(self.value)
        return None if found is None else Need(axis, found.values, found.enough)


@dataclass(frozen=True, slots=True)
class SourceAddrFilter(PatternFilter):
    """The sender's address matches. A message without one has an empty address, it is no error."""

    type_name: ClassVar[str] = "SourceAddrFilter"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        pattern_field("source_addr", "A regular expression for the sender's address, matched from its start."),
    )

    def matches(self, subject: Subject) -> bool:
        return self.match(subject.source) is not None

    def describe(self) -> str:
        return f"<SA (src_addr={self.value})>"

    def lines(self) -> list[str]:
        return ["SourceAddrFilter:", f"source_addr = {self.value}"]

    def need(self) -> Need | None:
        return self._begins("source")


@dataclass(frozen=True, slots=True)
class DestinationAddrFilter(PatternFilter):
    """The recipient's address matches."""

    type_name: ClassVar[str] = "DestinationAddrFilter"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        pattern_field("destination_addr", "A regular expression for the recipient's address, matched from its start."),
    )

    def matches(self, subject: Subject) -> bool:
        return self.match(subject.destination) is not None

    def describe(self) -> str:
        return f"<DA (dst_addr={self.value})>"

    def lines(self) -> list[str]:
        return ["DestinationAddrFilter:", f"destination_addr = {self.value}"]

    def need(self) -> Need | None:
        return self._begins("destination")
