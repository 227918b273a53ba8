"""Interceptors as kinds of the catalogue: `mtinterceptor` and `mointerceptor`, known by their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from interceptors.scripts import Script, parse_script
from interceptors.table import DEFAULT, KIND_NAMES, Interceptor, static_name
from jasminlike.filters.base import MO, MT, Side
from jasminlike.filters.kinds import filters_field, type_parser
from jasminlike.kind import Field, FieldError, Kind


def _parse_order(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise FieldError("Interceptor order must be a positive integer", "order")
    return int(text)


def _builder(side: Side) -> Callable[[Mapping[str, Any]], Interceptor]:
    def build(values: Mapping[str, Any]) -> Interceptor:
        order, default = int(values["order"]), values["type"] == DEFAULT
        if default and order != 0:
            raise FieldError(f"The order of a {DEFAULT} is 0", "order")
        if not default and order == 0:
            raise FieldError(f"This interceptor order (0) is reserved for {DEFAULT} only", "order")
        script = Script(**values["script"])
        return Interceptor(side, order, script, () if default else tuple(values["filters"]), default)

    return build


def values_of(entry: Interceptor) -> dict[str, Any]:
    """The values an interceptor was built from."""
    values: dict[str, Any] = {"type": entry.type_name, "order": entry.order, "script": entry.script.values()}
    return values if entry.default else {**values, "filters": list(entry.filters)}


def interceptor_kind(side: Side) -> Kind:
    """The kind of interceptors of one side."""
    names = (DEFAULT, static_name(side))
    script = Field(
        "script",
        parse_script,
        show=lambda values: str(Script(**values)),
        about="The script: `python3(/path)`, or `trusted(/path)` to run it in the gateway's own process.",
    )
    return Kind(
        name=KIND_NAMES[side],
        key="order",
        fields=(
            Field(
                "type",
                type_parser(names, f"Unknown {side} Interceptor type:{{}}"),
                about="Whether it has filters, or takes what no other one does.",
            ),
            Field("order", _parse_order, fixed=True, about="Tried from the highest order down; 0 is last."),
        ),
        build=_builder(side),
        values=values_of,
        about=f"An entry of the {side} interception table.",
        variants={DEFAULT: (script,), names[1]: (filters_field(side, "Interceptor"), script)},
    )


MTINTERCEPTOR_KIND = interceptor_kind(MT)
MOINTERCEPTOR_KIND = interceptor_kind(MO)
