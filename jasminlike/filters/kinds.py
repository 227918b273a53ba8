"""Filters as a kind of the catalogue: `filter`, known by `fid`, in the types of `FILTER_TYPES`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jasminlike.filters.addresses import DestinationAddrFilter, SourceAddrFilter
from jasminlike.filters.base import Filter
from jasminlike.filters.content import ShortMessageFilter
from jasminlike.filters.parties import ConnectorFilter, GroupFilter, TagFilter, TransparentFilter, UserFilter
from jasminlike.filters.times import DateIntervalFilter, TimeIntervalFilter
from jasminlike.kind import Field, FieldError, Kind

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
