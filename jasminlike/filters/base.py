"""What every filter is: a frozen condition with a name, a type, the sides it may stand on, and a way to say itself.

To add a type, write one class like those beside this module, name it in `kinds.FILTER_TYPES`, and that is all: the
console, the store and both tables learn of it from its `FIELDS`. `skeleton.py` is a finished example to start from.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from jasminlike.filters.subject import Subject
from jasminlike.kind import Field, FieldError

Side = Literal["MT", "MO"]
MT: Side = "MT"
"""Mobile terminated: from a client to a handset."""
MO: Side = "MO"
"""Mobile originated: from a handset to a client."""
BOTH: tuple[Side, ...] = (MO, MT)
"""In the order in which the console lists them."""

Axis = Literal["user", "group", "connector", "tag", "source", "destination"]


class Need(NamedTuple):
    """What must be so for a filter to match, in a form that a table can index.

    On the axes `user`, `group`, `connector` and `tag` the subject must have one of `values`; on `source` and
    `destination` the address must begin with one of them. `enough`: this alone decides, the filter need not be asked.
    """

    axis: Axis
    values: tuple[str, ...]
    enough: bool


@dataclass(frozen=True, slots=True)
class Filter(ABC):
    """A condition. `fid` is the name operators gave it."""

    fid: str

    type_name: ClassVar[str]
    sides: ClassVar[tuple[Side, ...]] = BOTH
    FIELDS: ClassVar[tuple[Field, ...]] = ()
    cost: ClassVar[int] = 0
    """Filters of lower cost are asked first: 0 a comparison, 1 an expression, 2 needs the text, 3 runs a script."""

    @abstractmethod
    def matches(self, subject: Subject) -> bool:
        """Whether the condition holds. Never raises."""

    @abstractmethod
    def describe(self) -> str:
        """One short cell of a table, e.g. `<U (uid=acme)>`."""

    def lines(self) -> list[str]:
        """What the console shows of one filter."""
        return [self.type_name]

    def need(self) -> Need | None:
        """What an index can use of this filter, or None."""
        return None

    @abstractmethod
    def values(self) -> dict[str, Any]:
        """The values of `FIELDS`, as they are stored."""

    @classmethod
    @abstractmethod
    def from_values(cls, fid: str, values: Mapping[str, Any]) -> Filter:
        """The inverse of `values`. Raises `FieldError` for values that make no sense together."""


@dataclass(frozen=True, slots=True)
class OneValue(Filter):
    """A filter with a single value, text."""

    value: str

    def values(self) -> dict[str, Any]:
        return {self.FIELDS[0].name: self.value}

    @classmethod
    def from_values(cls, fid: str, values: Mapping[str, Any]) -> Filter:
        field = cls.FIELDS[0]
        return cls(fid, field.parse(str(values[field.name])))


def parse_word(text: str) -> str:
    """A value that may be any text but nothing."""
    word = text.strip()
    if not word:
        raise FieldError("a value is missing")
    return word
