"""Filters on what a message says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jasminlike.filters.addresses import PatternFilter, pattern_field
from jasminlike.filters.subject import Subject
from jasminlike.kind import Field


@dataclass(frozen=True, slots=True)
class ShortMessageFilter(PatternFilter):
    """The text matches, read in the coding of the message."""

    type_name: ClassVar[str] = "ShortMessageFilter"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        pattern_field("short_message", "A regular expression for the text, matched from its start."),
    )
    cost: ClassVar[int] = 2

    def matches(self, subject: Subject) -> bool:
        return self.match(subject.text) is not None

    def describe(self) -> str:
        return f"<SM (msg={self.value})>"

    def lines(self) -> list[str]:
        return ["ShortMessageFilter:", f"short_message = {self.value}"]
