"""A finished filter to start a new one from: it matches recipients' addresses of a certain number of digits.

Recipe: copy this class into the module that its subject belongs to, give it a `type_name`, its `FIELDS`, the two or
three methods, and name it in `kinds.FILTER_TYPES`. Add `need()` only if an index can use it, and set `cost` if
`matches` does more than compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from jasminlike.filters.base import Filter
from jasminlike.filters.subject import Subject
from jasminlike.kind import Field, FieldError


def parse_digits(text: str) -> int:
    """A number of digits, 1 to 20 (SMPP 3.4 §5.2.9)."""
    if not text.isdecimal() or not 1 <= int(text) <= 20:
        raise FieldError(f"digits must be a number from 1 to 20, not {text}", "digits")
    return int(text)


@dataclass(frozen=True, slots=True)
class LengthFilter(Filter):
    """The recipient's address has so many digits."""

    digits: int

    type_name: ClassVar[str] = "LengthFilter"
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("digits", parse_digits, about="How many digits the recipient's address has."),
    )

    def matches(self, subject: Subject) -> bool:
        return sum(each.isdecimal() for each in subject.destination) == self.digits

    def describe(self) -> str:
        return f"<LN (digits={self.digits})>"

    def lines(self) -> list[str]:
        return ["LengthFilter:", f"digits = {self.digits}"]

    def values(self) -> dict[str, Any]:
        return {"digits": self.digits}

    @classmethod
    def from_values(cls, fid: str, values: Mapping[str, Any]) -> Filter:
        return cls(fid, parse_digits(str(values["digits"])))
