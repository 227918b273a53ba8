"""Interceptors, and the table that finds the one for a message: from the highest order down, the first that matches.

A change of an interceptor or a filter only marks the tables as stale; the next message compiles them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from interceptors.scripts import Script
from jasminlike.filters.base import MO, MT, Filter, Side
from jasminlike.filters.kinds import misplaced
from jasminlike.filters.subject import Subject

KIND_NAMES: dict[Side, str] = {MT: "mtinterceptor", MO: "mointerceptor"}
DEFAULT = "DefaultInterceptor"
SHOWN = 30
"""Characters of a script that a list shows."""

Log = Callable[..., None]


def static_name(side: Side) -> str:
    """The type of an entry with filters, as operators write it."""
    return f"Static{side}Interceptor"


@dataclass(frozen=True, slots=True)
class Interceptor:
    """An entry of an interception table. `filters` are names (fid)."""

    side: Side
    order: int
    script: Script
    filters: tuple[str, ...] = ()
    default: bool = False

    @property
    def type_name(self) -> str:
        """The type as operators write it."""
        return DEFAULT if self.default else static_name(self.side)

    def describe(self) -> str:
        """One short cell of a table: how the script begins."""
        start = self.script.code[:SHOWN].replace("\r", "").replace("\n", " ")
        return f"<{self.side}IS (pyCode={start} ..)>"


class Row(NamedTuple):
    """An interceptor made ready."""

    interceptor: Interceptor
    tests: tuple[Callable[[Subject], bool], ...]


def compile_rows(
    entries: Iterable[Interceptor], filters: Mapping[str, Filter], side: Side
) -> tuple[list[Row], list[tuple[Interceptor, str]]]:
    """The rows in the order of trying, and the entries that cannot be used, with why."""
    rows, broken = [], []
    for entry in sorted(entries, key=lambda each: -each.order):
        found = [filters.get(fid) for fid in entry.filters]
        usable = sorted((each for each in found if each is not None), key=lambda each: each.cost)
        missing = [fid for fid, each in zip(entry.filters, found, strict=True) if each is None]
        why = f"Unknown fid: {missing[0]}" if missing else ""
        why = why or next((text for each in usable if (text := misplaced(each, side, "Interceptor"))), "")
        if why:
            broken.append((entry, why))
        else:
            rows.append(Row(entry, tuple(each.matches for each in usable)))
    return rows, broken


class Source(Protocol):
    """Where interceptors and filters come from: things by key."""

    def all(self, kind: str) -> Mapping[str, Any]:
        """The things of a kind."""


class InterceptorBook:
    """Both tables over a catalogue; pass `changed` to the catalogue as a listener.

    `outgoing` and `incoming` say whether there is anything to ask at all: most gateways have no interceptor, and a
    message then costs them one look at an attribute.
    """

    def __init__(self, source: Source, log: Log) -> None:
        self._source = source
        self._log = log
        self._tables: dict[Side, list[Row]] = {}
        self.outgoing = False
        self.incoming = False
        self._count()

    def changed(self, kind: str, key: str, old: Any, new: Any) -> bool:
        """Something of the catalogue is another now; whether that concerns the tables."""
        if kind != "filter" and kind not in KIND_NAMES.values():
            return False
        self._tables.clear()
        self._count()
        return True

    def find(self, side: Side, subject: Subject) -> Interceptor | None:
        """The interceptor of a message, or None."""
        rows = self._tables.get(side)
        if rows is None:
            rows = self._compiled(side)
        for row in rows:
            if all(test(subject) for test in row.tests):
                return row.interceptor
        return None

    def _count(self) -> None:
        self.outgoing = bool(self._source.all(KIND_NAMES[MT]))
        self.incoming = bool(self._source.all(KIND_NAMES[MO]))

    def _compiled(self, side: Side) -> list[Row]:
        rows, broken = compile_rows(self._source.all(KIND_NAMES[side]).values(), self._source.all("filter"), side)
        for entry, why in broken:
            self._log("unusable", "an interceptor matches nothing", level="warning", side=side, order=entry.order,
                      why=why)  # fmt: skip
        self._tables[side] = rows
        return rows
