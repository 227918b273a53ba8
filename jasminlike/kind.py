"""Administrable things as data: a `Kind` is a named sort of thing (user, connector, route …) made of `Field`s.

List, show, add, update and remove are written once, against kinds; the console, REST and the pages are faces of the
same catalogue. A field turns what an operator typed into a value, and back into what an operator reads.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
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
class Ref:
    """A value names another thing. `missing` is what the operator reads when there is no such thing ("" = that is
    allowed). A thing that is referred to cannot be removed, unless it is the `owner`: then what refers to it goes too.
    `refuse` is asked about the thing that is named and says why it will not do ("" = it does).
    """

    kind: str
    key: str
    missing: str = ""
    owner: bool = False
    refuse: Callable[[Any], str] | None = None

    def problem(self, named: Any | None) -> str:
        """Why the value cannot stand, given the thing it names (None = there is none); "" when it can."""
        if named is None:
            return self.missing
        return self.refuse(named) if self.refuse is not None else ""


@dataclass(frozen=True, slots=True)
class Delta:
    """A signed change of a number, as an operator types it on update (+5, -2.5); from "unlimited" it counts from 0."""

    amount: float


def no_refs(value: Any) -> Sequence[Ref]:
    """Most values name nothing else."""
    return ()


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
    hidden: bool = False
    """It has a command of its own (enable, start) and is no key of the add and update dialogues."""
    unique: bool = False
    """No two things of the kind may have the same value."""
    signed: bool = False
    """An update may also be a `Delta`."""
    refers: Callable[[Any], Sequence[Ref]] = no_refs
    """The things that a value names."""
    seal: Callable[[Any], Awaitable[Any]] | None = None
    """Turns what was typed into what is stored, where that is slow (the hash of a password)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of thing: its name, the field that identifies it, its fields, and how values become the thing itself.

    `build` gets the parsed values of all fields and returns the frozen thing (raising `FieldError` for combinations
    that make no sense); `values` is its inverse. Things are stored as JSON of `values`, so values are what JSON can
    say: text, numbers, true, false, None, and lists and dictionaries of these.
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

    def fields_of(self, type_name: str = "") -> tuple[Field, ...]:
        """All fields of a thing; `type_name` as stored, for kinds that come in types."""
        return self.fields + tuple(self.variants.get(type_name, ()))

    def key_of(self, thing: Any) -> str:
        """What identifies a thing, as text."""
        return str(self.values(thing)[self.key])
