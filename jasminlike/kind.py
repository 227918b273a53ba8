"""Administrable things as data: a `Kind` is a named sort of thing (user, connector, route …) made of `Field`s.

List, show, add, update and remove are written once, against kinds; the console, REST and the pages are faces of the
same catalogue. A field turns what an operator typed into a value, and back into what an operator reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

REQUIRED: Any = object()
"""The default of a field that must be given."""


class FieldError(ValueError):
    """A value that a field does not take; the text is shown to the operator as it is."""

    def __init__(self, text: str, key: str = "") -> None:
        super().__init__(text)
        self.key = key


def as_text(value: Any) -> str:
    """How most values are shown."""
    return str(value)


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a kind. `parse` takes the operator's text and raises `FieldError`; `default` may be `REQUIRED`."""

    name: str
    parse: Callable[[str], Any]
    default: Any = REQUIRED
    show: Callable[[Any], str] = as_text
    about: str = ""
    """One sentence for prompts and the manual."""
    secret: bool = False
    fixed: bool = False
    """It cannot be changed once the thing exists."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of thing: its name, the field that identifies it, its fields, and how values become the thing itself.

    `build` gets the parsed values of all fields and returns the frozen thing (raising `FieldError` for combinations
    that make no sense); `values` is its inverse. Things are stored as JSON of `values`.
    """

    name: str
    key: str
    fields: tuple[Field, ...]
    build: Callable[[Mapping[str, Any]], Any]
    values: Callable[[Any], dict[str, Any]]
    about: str = ""
    variants: Mapping[str, tuple[Field, ...]] = field(default_factory=dict)
    """Where things come in types (filters, routes): the further fields of each type, by the type's name as operators
    write it. `fields` then holds those common to all types, among them one named "type"."""
    index: dict[str, Field] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.index.update({each.name: each for each in self.fields})
