"""Routes and interceptors: tables of entries known by their order. MT and MO are a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jasminlike.kind import FieldError
from jcli.desk import Desk
from jcli.options import Option
from jcli.tables import Column
from jcli.things import Things, Words


def _options(what: str) -> tuple[Option, ...]:
    return (
        Option("-l", "--list", "", f"List all {what}s, the first to be tried on top", "list"),
        Option("-a", "--add", "", f"Add a {what}, or replace the one of the same order", "add"),
        Option("-r", "--remove", "ORDER", f"Remove a {what}", "remove"),
        Option("-s", "--show", "ORDER", f"Show a {what}", "show"),
        Option("-f", "--flush", "", f"Remove all {what}s", "flush"),
    )


def _filters(desk: Desk, entry: Any) -> str:
    """The filters of an entry, each in its short form."""
    found = [(fid, desk.catalog.get("filter", fid)) for fid in entry.filters]
    return ", ".join(fid if each is None else each.describe() for fid, each in found)


def _rate(desk: Desk, kind: str, route: Any) -> str:
    field = next(each for each in desk.catalog.kinds[kind].fields_of(route.type_name) if each.name == "rate")
    return field.show(route.rate)


def route_words(side: str) -> Words:
    """The screen of the MT or the MO routing table."""
    kind = f"{side.lower()}route"

    def row(desk: Desk, route: Any) -> Sequence[str]:
        targets = ", ".join(str(each) for each in route.targets)
        rate = [_rate(desk, kind, route)] if side == "MT" else []
        return (str(route.order), route.type_name, *rate, targets, _filters(desk, route))

    def show(desk: Desk, route: Any) -> Sequence[str]:
        lines: list[str] = route.summary().split("\n")
        return lines

    columns = [Column("Order", 5), Column("Type", 23), Column("Rate", 10), Column("Connector ID(s)", 48)]
    return Words(
        command=f"{side.lower()}router",
        kind=kind,
        about=f"{side} Router management",
        thing=f"{side} Route",
        options=_options(f"{side} route"),
        columns=(*(each for each in columns if side == "MT" or each.title != "Rate"), Column("Filter(s)", 64)),
        row=row,
        total=f"Total {side} Routes: {{count}}",
        adding=f"Adding a new {side} Route: (ok: save, ko: exit)",
        added=f"Successfully added {side}Route [{{thing.type_name}}] with order:{{key}}",
        removed=f"Successfully removed {side} Route with order:{{key}}",
        flushed=f"Successfully flushed {side} Route table ({{count}} flushed entries)",
        bad_key=f"{side} Route order must be a positive integer",
        unknown_key="Unknown Route key: {key}",
        show=show,
        typed_error="",
        module="jasmin.routing.Routes",
        backwards=True,
    )


def interceptor_words(side: str) -> Words:
    """The screen of the MT or the MO interception table."""
    kind = f"{side.lower()}interceptor"

    def row(desk: Desk, entry: Any) -> Sequence[str]:
        return (str(entry.order), entry.type_name, entry.describe(), _filters(desk, entry))

    def show(desk: Desk, entry: Any) -> Sequence[str]:
        return (f"{entry.type_name}/{entry.describe()}",)

    return Words(
        command=kind,
        kind=kind,
        about=f"{side} Interceptor management",
        thing=f"{side} Interceptor",
        options=_options(f"{side} interceptor"),
        columns=(Column("Order", 5), Column("Type", 20), Column("Script", 47), Column("Filter(s)", 64)),
        row=row,
        total=f"Total {side} Interceptors: {{count}}",
        adding=f"Adding a new {side} Interceptor: (ok: save, ko: exit)",
        added=f"Successfully added {side}Interceptor [{{thing.type_name}}] with order:{{key}}",
        removed=f"Successfully removed {side} Interceptor with order:{{key}}",
        flushed=f"Successfully flushed {side} Interceptor table ({{count}} flushed entries)",
        bad_key=f"{side} Interceptor order must be a positive integer",
        unknown_key="Unknown Interceptor key: {key}",
        show=show,
        typed_error="",
        module="jasmin.routing.Interceptors",
        backwards=True,
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """How the dialogues name an entry: `Route` and `DefaultRoute`, `Interceptor` and `DefaultInterceptor`."""

    name: str

    @property
    def default(self) -> str:
        """The type that has order 0 for itself."""
        return f"Default{self.name}"


class Table(Things):
    """A table of entries by order: 0 belongs to the default entry alone, and it has no other."""

    def __init__(self, desk: Desk, words: Words, entry: Entry) -> None:
        super().__init__(desk, words)
        self._entry = entry

    def typed(self, values: dict[str, Any], name: str) -> list[str]:
        """Settles the order of a default entry, refuses order 0 for another."""
        lines = super().typed(values, name)
        default, order = values.get("type") == self._entry.default, values.get("order")
        if name == "type" and default:
            values["order"] = 0
        elif name == "order" and default and order != 0:
            values["order"] = 0
            return [f"{self._entry.name} order forced to 0 since it is a {self._entry.default}"]
        elif name in ("type", "order") and "type" in values and not default and order == 0:
            del values["order"]
            refusal = f"This {self._entry.name.lower()} order (0) is reserved for {self._entry.default} only"
            if name == "order":
                raise FieldError(refusal, "order")
            lines.append(refusal)
        return lines


ROUTE = Entry("Route")
INTERCEPTOR = Entry("Interceptor")
