"""Routes as kinds of the catalogue: `mtroute` and `moroute`, known by their order, in the types of `ROUTE_TYPES`.

Values are stored as operators see them (`smppc(telco_a)`), only the rate as a whole number of millionths. The filters
and connectors that a route names are references: the catalogue refuses a route to what is not there, and a filter on
the wrong side.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from jasminlike.filters.base import MO, MT, Side
from jasminlike.filters.kinds import filters_field, type_parser
from jasminlike.kind import Field, FieldError, Kind, Ref
from routers.routes import MILLION, ROUTE_TYPES, TARGET_KINDS, DefaultRoute, Route, Target

KIND_NAMES: dict[Side, str] = {MT: "mtroute", MO: "moroute"}

_CONNECTOR_KINDS = {"smppc": "smppcc", "http": "httpcc"}
"""The catalogue's kinds behind the destinations. SMPP accounts are named by username and need not exist yet."""

_TARGET = re.compile(r"\s*([A-Za-z]+)\(([A-Za-z0-9_-]+)\)\s*")


def _parse_order(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise FieldError("Route order must be a positive integer", "order")
    return int(text)


def parse_rate(text: str) -> int:
    """A price of at most a million with up to six decimals, in millionths. The sign is judged with the route."""
    try:
        rate = Decimal(text.strip()) * MILLION
    except InvalidOperation as problem:
        raise FieldError(f"Incorrect rate (must be float): {text}", "rate") from problem
    if not rate.is_finite() or abs(rate) > MILLION * MILLION:
        raise FieldError(f"Incorrect rate (must be float): {text}", "rate")
    if rate != int(rate):
        raise FieldError(f"Incorrect rate (at most 6 decimals): {text}", "rate")
    return int(rate)


def show_rate(rate: int) -> str:
    """Five decimals as in the console's list, six when five would hide something; zero is marked."""
    if not rate:
        return "0 (!)"
    return f"{Decimal(rate) / MILLION:.{6 if rate % 10 else 5}f}"


def _parse_target(text: str, side: Side) -> Target:
    found = _TARGET.fullmatch(text)
    if found is None or found[1].lower() not in TARGET_KINDS[side]:
        forms = " or ".join(f"{kind}(some_id)" for kind in TARGET_KINDS[side])
        raise FieldError(f"Invalid syntax for connector id, must be {forms}.")
    return Target(found[1].lower(), found[2])


def _refs(values: str | Sequence[str]) -> tuple[Ref, ...]:
    targets = [_TARGET.fullmatch(each) for each in ([values] if isinstance(values, str) else values)]
    return tuple(
        Ref(_CONNECTOR_KINDS[found[1]], found[2], f"Unknown {found[1]} cid: {found[2]}")
        for found in targets
        if found is not None and found[1] in _CONNECTOR_KINDS
    )


def _target_field(several: bool, side: Side) -> Field:
    forms = " or ".join(f"{kind}(id)" for kind in TARGET_KINDS[side])

    def parse_one(text: str) -> str:
        return str(_parse_target(text, side))

    def parse_all(text: str) -> list[str]:
        targets = [parse_one(each) for each in text.split(";")]
        if len(targets) < 2:
            raise FieldError("connectors must be at least 2, separated by ;", "connectors")
        return targets

    if several:
        return Field("connectors", parse_all, show=";".join, about=f"Two or more of {forms}, with ; between them.",
                     refers=_refs)  # fmt: skip
    return Field("connector", parse_one, about=f"Where matching messages go: {forms}.", refers=_refs)


def _fields_of(route_type: type[Route], side: Side) -> tuple[Field, ...]:
    fields = [_target_field(route_type.several, side)]
    if route_type is not DefaultRoute:
        fields.insert(0, filters_field(side, "Route"))
    if side == MT:
        fields.append(Field("rate", parse_rate, show=show_rate, about="The price of one part; 0 = free."))
    return tuple(fields)


def _judge(route: Route) -> Route:
    """Refuses combinations that make no sense."""
    if isinstance(route, DefaultRoute) and route.order != 0:
        raise FieldError("The order of a DefaultRoute is 0", "order")
    if not isinstance(route, DefaultRoute) and route.order == 0:
        raise FieldError("This route order (0) is reserved for DefaultRoute only", "order")
    if route.rate < 0:
        raise FieldError("rate can not be a negative value", "rate")
    if route.several and len(route.targets) < 2:
        raise FieldError("connectors must be at least 2, separated by ;", "connectors")
    if route.alike and len({target.kind for target in route.targets}) > 1:
        raise FieldError(f"{route.type_name} cannot have mixed connector types", "connectors")
    return route


def _builder(types: Mapping[str, type[Route]], side: Side) -> Callable[[Mapping[str, Any]], Route]:
    def build(values: Mapping[str, Any]) -> Route:
        route_type = types[values["type"]]
        typed = values["connectors"] if route_type.several else [values["connector"]]
        targets = tuple(_parse_target(each, side) for each in typed)
        rate = int(values["rate"]) if side == MT else 0
        return _judge(route_type(side, int(values["order"]), targets, tuple(values.get("filters", ())), rate))

    return build


def values_of(route: Route) -> dict[str, Any]:
    """The values a route was built from."""
    values: dict[str, Any] = {"type": route.type_name, "order": route.order}
    if not isinstance(route, DefaultRoute):
        values["filters"] = list(route.filters)
    if route.several:
        values["connectors"] = [str(target) for target in route.targets]
    else:
        values["connector"] = str(route.targets[0])
    if route.side == MT:
        values["rate"] = route.rate
    return values


def route_kind(side: Side, types: Sequence[type[Route]] = ROUTE_TYPES) -> Kind:
    """The kind of routes of one side."""
    by_name = {each.name_for(side): each for each in types}
    return Kind(
        name=KIND_NAMES[side],
        key="order",
        fields=(
            Field(
                "type",
                type_parser(tuple(by_name), f"Unknown {side} Route type:{{}}"),
                about="How the route chooses among connectors.",
            ),
            Field("order", _parse_order, fixed=True, about="Routes are tried from the highest order down; 0 is last."),
        ),
        build=_builder(by_name, side),
        values=values_of,
        about=f"An entry of the {side} routing table.",
        variants={name: _fields_of(each, side) for name, each in by_name.items()},
    )


MTROUTE_KIND = route_kind(MT)
MOROUTE_KIND = route_kind(MO)
