"""A set of changes before it is stored: built, checked against what will stand beside it, and still without effect.

A draft overlays what the catalogue holds. Every change, from one key of one thing to a whole profile, becomes a draft;
it is stored whole or not at all, so the checks need no order: a route may come before the filter that it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jasminlike.kind import REQUIRED, Delta, Field, FieldError, Kind, Ref

Name = tuple[str, str]
"""(kind, key)"""


class UnknownThing(FieldError):
    """There is no thing of this name."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"there is no {kind} {key}", key)


class AlreadyThere(FieldError):
    """A thing of this name exists and was not to be replaced."""

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"{kind} {key} exists already", key)


class StillUsed(FieldError):
    """Other things refer to the one to be removed."""

    def __init__(self, kind: str, key: str, users: Iterable[Name]) -> None:
        named = ", ".join(f"{each[0]} {each[1]}" for each in sorted(users))
        super().__init__(f"{kind} {key} is used by {named}", key)


@dataclass(frozen=True, slots=True)
class Entry:
    """A built thing with what was worked out of its values."""

    thing: Any
    values: dict[str, Any]
    refs: tuple[Ref, ...]
    marks: tuple[tuple[str, Any], ...]
    """(field, value) of the fields that are unique."""


def make_entry(kind: Kind, values: Mapping[str, Any]) -> Entry:
    """Builds a thing from typed values; defaults fill what is missing.

    Raises `FieldError` for an unknown key, a required one that is missing, and what the kind itself refuses.
    """
    fields = kind.fields_of(str(values.get("type", "")))
    unknown = set(values) - {field.name for field in fields}
    if unknown:
        name = min(unknown)
        raise FieldError(f"a {kind.name} has no {name}", name)
    full = {field.name: _value(kind, field, values) for field in fields}
    thing = kind.build(full)
    stored = kind.values(thing)
    return Entry(
        thing,
        stored,
        tuple(
            ref for field in fields if stored.get(field.name) is not None for ref in field.refers(stored[field.name])
        ),
        tuple((field.name, stored[field.name]) for field in fields if field.unique),
    )


def _value(kind: Kind, field: Field, values: Mapping[str, Any]) -> Any:
    value = values.get(field.name, field.default)
    if value is REQUIRED:
        raise FieldError(f"a {kind.name} needs {field.name}", field.name)
    return value


def changed(kind: Kind, old: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values after an update; a `Delta` is added to what stands there now and the sum checked like a typed value.

    Raises `FieldError` for a field that cannot change.
    """
    fields = {field.name: field for field in kind.fields_of(str(old.get("type", "")))}
    values = dict(old)
    for name, value in changes.items():
        field = fields.get(name)
        if field is None:
            raise FieldError(f"a {kind.name} has no {name}", name)
        if field.fixed and value != old.get(name):
            raise FieldError(f"{name} can not be modified", name)
        if isinstance(value, Delta):
            total = round((old.get(name) or 0) + value.amount, 9)
            values[name] = field.parse(str(int(total) if total == int(total) else total))
        else:
            values[name] = value
    return values


class Held:
    """What the catalogue holds, with the two indexes that checks need: who refers to what, and who has which mark."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Entry]] = {}
        self._users: dict[Name, set[Name]] = {}
        self._marks: dict[tuple[str, str, Any], str] = {}

    def get(self, name: Name) -> Entry | None:
        """The entry of that name, or None."""
        return self.entries.get(name[0], {}).get(name[1])

    def users(self, name: Name) -> frozenset[Name]:
        """The things that refer to this one."""
        return frozenset(self._users.get(name, ()))

    def holder(self, kind: str, mark: tuple[str, Any]) -> str | None:
        """The key of the thing that has a unique value."""
        return self._marks.get((kind, *mark))

    def put(self, name: Name, entry: Entry | None) -> None:
        """Sets or (None) removes an entry."""
        old = self.get(name)
        if old is not None:
            for ref in old.refs:
                self._users[ref.kind, ref.key].discard(name)
            for mark in old.marks:
                if self._marks.get((name[0], *mark)) == name[1]:
                    del self._marks[name[0], *mark]
        if entry is None:
            self.entries.get(name[0], {}).pop(name[1], None)
            return
        self.entries.setdefault(name[0], {})[name[1]] = entry
        for ref in entry.refs:
            self._users.setdefault((ref.kind, ref.key), set()).add(name)
        for mark in entry.marks:
            self._marks[name[0], *mark] = name[1]


class Draft:
    """Changes on top of what is held. `put` and `drop` gather, `check` refuses what would not fit together."""

    def __init__(self, held: Held) -> None:
        self._held = held
        self.changes: dict[Name, Entry | None] = {}
        self._new_users: dict[Name, set[Name]] = {}

    def get(self, name: Name) -> Entry | None:
        """The entry as it will be."""
        return self.changes[name] if name in self.changes else self._held.get(name)

    def put(self, name: Name, entry: Entry) -> None:
        """Sets a thing."""
        self.changes[name] = entry
        for ref in entry.refs:
            self._new_users.setdefault((ref.kind, ref.key), set()).add(name)

    def drop(self, name: Name) -> None:
        """Removes a thing and, with it, what it owns. Raises `UnknownThing`."""
        if self.get(name) is None:
            raise UnknownThing(*name)
        self.changes[name] = None
        for user, ref in list(self._users(name)):
            if ref.owner and self.get(user) is not None:
                self.drop(user)

    def check(self) -> None:
        """Raises `FieldError` when a thing names another that will not be there or will not do, when two things would
        share a unique value, and `StillUsed` when a thing that is still named would go."""
        marks: dict[tuple[str, str, Any], str] = {}
        for name, entry in self.changes.items():
            if entry is None:
                users = {user for user, ref in self._users(name) if ref.missing}
                if users:
                    raise StillUsed(*name, users)
                continue
            for ref in entry.refs:
                self._check_ref(ref, self.get((ref.kind, ref.key)))
            for _, ref in self._users(name):
                self._check_ref(ref, entry)
            for mark in entry.marks:
                self._check_mark(name, mark, marks)

    def _check_ref(self, ref: Ref, named: Entry | None) -> None:
        problem = ref.problem(None if named is None else named.thing)
        if problem:
            raise FieldError(problem, ref.key)

    def _check_mark(self, name: Name, mark: tuple[str, Any], seen: dict[tuple[str, str, Any], str]) -> None:
        other = seen.setdefault((name[0], *mark), name[1])
        if other == name[1]:
            held = self._held.holder(name[0], mark)
            other = name[1] if held is None or (name[0], held) in self.changes else held
        if other != name[1]:
            raise FieldError(f"{mark[0]} {mark[1]} is taken by {name[0]} {other}", mark[0])

    def _users(self, name: Name) -> Iterator[tuple[Name, Ref]]:
        """Who will refer to a thing, and by which reference."""
        for user in self._held.users(name) | self._new_users.get(name, set()):
            entry = self.get(user)
            if entry is not None:
                yield from ((user, ref) for ref in entry.refs if (ref.kind, ref.key) == name)
