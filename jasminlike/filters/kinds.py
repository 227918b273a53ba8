"""Filters as a kind of the catalogue: `filter`, known by `fid`, in the types of `FILTER_TYPES`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jasminlike.filters.addresses import DestinationAddrFilter, SourceAddrFilter
from jasminlike.filters.base import Filter, Side
from jasminlike.filters.content import ShortMessageFilter
from jasminlike.filters.parties import ConnectorFilter, GroupFilter, TagFilter, TransparentFilter, UserFilter
from jasminlike.filters.times import DateIntervalFilter, TimeIntervalFilter
from jasminlike.kind import Field, FieldError, Kind, Ref

FILTER_TYPES: tuple[type[Filter], ...] = (
    TransparentFilter,
    ConnectorFilter,
    UserFilter,
    GroupFilter,
    SourceAddrFilter,
    DestinationAddrFilter,
    ShortMessageFilter,
    DateIntervalFilter,
    TimeIntervalFilter,
    TagFilter,
)
"""Every type of filter, in the order in which operators read them."""

_FID = re.compile(r"[A-Za-z0-9_-]{1,16}")


def _parse_fid(text: str) -> str:
    if not _FID.fullmatch(text):
        raise FieldError(f"Invalid Filter fid syntax: {text}", "fid")
    return text


def type_parser(names: Sequence[str], refusal: str) -> Callable[[str], str]:
    """Takes a type's name in any case and gives its proper spelling; `refusal` is said before the list of types."""
    proper = {name.lower(): name for name in names}

    def parse(text: str) -> str:
        name = proper.get(text.strip().lower())
        if name is None:
            raise FieldError(f"{refusal.format(text)}, available types: {', '.join(names)}", "type")
        return name

    return parse


def filter_kind(types: Sequence[type[Filter]]) -> Kind:
    """The kind `filter` with these types."""
    by_name = {each.type_name: each for each in types}
    parse_type = type_parser(tuple(by_name), 'Unknown Filter type: "{}"')

    def build(values: Mapping[str, Any]) -> Filter:
        kind = by_name[parse_type(str(values["type"]))]
        return kind.from_values(_parse_fid(str(values["fid"])), values)

    def values(thing: Filter) -> dict[str, Any]:
        return {"fid": thing.fid, "type": thing.type_name, **thing.values()}

    return Kind(
        name="filter",
        key="fid",
        fields=(
            Field("fid", _parse_fid, fixed=True, about="The filter's name, 1 to 16 letters, digits, - or _."),
            Field("type", parse_type, about="What the filter looks at."),
        ),
        build=build,
        values=values,
        about="A condition on messages, used by routes and interceptors.",
        variants={name: each.FIELDS for name, each in by_name.items()},
    )


FILTER_KIND = filter_kind(FILTER_TYPES)


def parse_names(text: str) -> list[str]:
    """Names of filters as a table's entry gives them: `fid;fid`."""
    fids = [fid.strip() for fid in text.split(";")]
    if not all(fids):
        raise FieldError("filters must be names separated by ;", "filters")
    return fids


def misplaced(found: Filter, side: Side, bearer: str) -> str:
    """Why a filter may not stand on a side, "" if it may; `bearer` is what names it, `Route` or `Interceptor`."""
    if side in found.sides:
        return ""
    return f"{found.type_name}#{found.fid} is not a valid filter for {side}{bearer} (not in {side}FILTERS)"


def filters_field(side: Side, bearer: str) -> Field:
    """The key `filters` of an entry of a table: names of filters that exist and may stand on its side."""

    def refuse(found: Filter) -> str:
        return misplaced(found, side, bearer)

    def refers(fids: Sequence[str]) -> list[Ref]:
        return [Ref("filter", fid, f"Unknown fid: {fid}", refuse=refuse) for fid in fids]

    return Field(
        "filters",
        parse_names,
        show=";".join,
        about="Names of filters with ; between them, all of which must match.",
        refers=refers,
    )
