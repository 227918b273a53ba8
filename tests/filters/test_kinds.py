"""Filters as operators type them: keys, types, refusals; and that what is stored comes back the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jasminlike.filters.base import MO, MT, Filter
from jasminlike.filters.kinds import FILTER_KIND, FILTER_TYPES, filter_kind
from jasminlike.filters.skeleton import LengthFilter
from jasminlike.filters.subject import Subject
from jasminlike.kind import FieldError, Kind

SAMPLES: dict[str, dict[str, str]] = {
    "TransparentFilter": {},
    "ConnectorFilter": {"cid": "telco_a"},
    "UserFilter": {"uid": "acme"},
    "GroupFilter": {"gid": "partners"},
    "SourceAddrFilter": {"source_addr": "^ACME"},
    "DestinationAddrFilter": {"destination_addr": "^33"},
    "ShortMessageFilter": {"short_message": "hello"},
    "DateIntervalFilter": {"dateInterval": "2026-01-01;2026-12-31"},
    "TimeIntervalFilter": {"timeInterval": "08:00:00;18:30:00"},
    "TagFilter": {"tag": "22"},
}


def typed(type_name: str, kind: Kind = FILTER_KIND, **keys: str) -> Filter:
    """A filter from what an operator types, by way of the fields."""
    given = {"fid": "f", "type": type_name, **keys}
    proper = next(field for field in kind.fields if field.name == "type").parse(type_name)
    values: dict[str, Any] = {field.name: field.parse(given[field.name]) for field in kind.fields_of(proper)}
    thing = kind.build(values)
    assert isinstance(thing, Filter)
    return thing


def refusal(type_name: str, **keys: str) -> str:
    with pytest.raises(FieldError) as caught:
        typed(type_name, **keys)
    return str(caught.value)


def test_every_type_has_a_sample() -> None:
    assert [each.type_name for each in FILTER_TYPES] == list(SAMPLES) == list(FILTER_KIND.variants)


@pytest.mark.parametrize("type_name", SAMPLES)
def test_a_filter_survives_the_store(type_name: str) -> None:
    thing = typed(type_name, **SAMPLES[type_name])
    stored = json.loads(json.dumps(FILTER_KIND.values(thing)))
    assert stored == {"fid": "f", "type": type_name, **SAMPLES[type_name]}
    again = FILTER_KIND.build(stored)
    assert again == thing
    assert type(again) is type(thing)


@pytest.mark.parametrize("type_name", SAMPLES)
def test_types_may_be_typed_in_any_case(type_name: str) -> None:
    assert typed(type_name.lower(), **SAMPLES[type_name]).type_name == type_name


@pytest.mark.parametrize(
    ("type_name", "description", "lines"),
    [
        ("TransparentFilter", "<T>", ["TransparentFilter"]),
        ("ConnectorFilter", "<C (cid=telco_a)>", ["ConnectorFilter:", "cid = telco_a"]),
        ("UserFilter", "<U (uid=acme)>", ["UserFilter:", "uid = acme"]),
        ("GroupFilter", "<G (gid=partners)>", ["GroupFilter:", "gid = partners"]),
        ("SourceAddrFilter", "<SA (src_addr=^ACME)>", ["SourceAddrFilter:", "source_addr = ^ACME"]),
        ("DestinationAddrFilter", "<DA (dst_addr=^33)>", ["DestinationAddrFilter:", "destination_addr = ^33"]),
        ("ShortMessageFilter", "<SM (msg=hello)>", ["ShortMessageFilter:", "short_message = hello"]),
        (
            "DateIntervalFilter",
            "<DI (2026-01-01,2026-12-31)>",
            ["DateIntervalFilter:", "Left border = 2026-01-01", "Right border = 2026-12-31"],
        ),
        (
            "TimeIntervalFilter",
            "<TI (08:00:00,18:30:00)>",
            ["TimeIntervalFilter:", "Left border = 08:00:00", "Right border = 18:30:00"],
        ),
        ("TagFilter", "<TG (tag=22)>", ["TagFilter:", "has tag = 22"]),
    ],
)
def test_how_filters_are_shown(type_name: str, description: str, lines: list[str]) -> None:
    thing = typed(type_name, **SAMPLES[type_name])
    assert thing.describe() == description
    assert thing.lines() == lines


def test_the_sides_each_type_may_stand_on() -> None:
    one_sided = {each.type_name: each.sides for each in FILTER_TYPES if len(each.sides) == 1}
    assert one_sided == {"ConnectorFilter": (MO,), "UserFilter": (MT,), "GroupFilter": (MT,)}


@pytest.mark.parametrize("fid", ["", "a b", "é", "x" * 17, "a;b"])
def test_a_bad_fid_is_refused(fid: str) -> None:
    assert refusal("TransparentFilter", fid=fid) == f"Invalid Filter fid syntax: {fid}"


def test_an_unknown_type_is_refused_with_the_list() -> None:
    assert refusal("Nonsense") == f'Unknown Filter type: "Nonsense", available types: {", ".join(SAMPLES)}'


@pytest.mark.parametrize(
    ("type_name", "key"),
    [
        ("SourceAddrFilter", "source_addr"),
        ("DestinationAddrFilter", "destination_addr"),
        ("ShortMessageFilter", "short_message"),
    ],
)
@pytest.mark.parametrize("pattern", ["(", "*3", "a{99999999999999999999}"])
def test_a_bad_expression_is_refused(type_name: str, key: str, pattern: str) -> None:
    assert refusal(type_name, **{key: pattern}) == f"{key} option is not a valid regular expression"


@pytest.mark.parametrize(
    ("type_name", "key", "typed_value", "text"),
    [
        ("DateIntervalFilter", "dateInterval", "2026-01-01", "composed"),
        ("DateIntervalFilter", "dateInterval", "2026-01-01;2026-01-02;2026-01-03", "composed"),
        ("TimeIntervalFilter", "timeInterval", "08:00:00", "composed"),
        ("DateIntervalFilter", "dateInterval", "2026-02-30;2026-03-01", "is not a valid"),
        ("TimeIntervalFilter", "timeInterval", "08:00;09:00", "is not a valid"),
        ("DateIntervalFilter", "dateInterval", "2026-12-31;2026-01-01", "greater"),
        ("TimeIntervalFilter", "timeInterval", "22:00:00;06:00:00", "greater"),
        ("TimeIntervalFilter", "timeInterval", "22:00:00;22:00:00", "greater"),
    ],
)
def test_bad_intervals_are_refused(type_name: str, key: str, typed_value: str, text: str) -> None:
    whole = {
        "composed": f'{key} option value must be composed of 2 values with a ";" separator.',
        "is not a valid": f"{typed_value} is not a valid {key} value",
        "greater": "Right border must be greater than left border",
    }[text]
    assert refusal(type_name, **{key: typed_value}) == whole


@pytest.mark.parametrize(
    ("type_name", "key"),
    [("UserFilter", "uid"), ("GroupFilter", "gid"), ("ConnectorFilter", "cid"), ("TagFilter", "tag")],
)
def test_an_empty_name_is_refused(type_name: str, key: str) -> None:
    assert "missing" in refusal(type_name, **{key: "  "})


def test_a_damaged_document_is_refused_not_built() -> None:
    for damage in ({"type": "Gone"}, {"dateInterval": "x;y"}, {"fid": "???"}):
        with pytest.raises(FieldError):
            FILTER_KIND.build(
                {"fid": "f", "type": "DateIntervalFilter", "dateInterval": "2026-01-01;2026-01-02"} | damage
            )


def test_the_skeleton_works_as_a_type_of_its_own() -> None:
    kind = filter_kind((*FILTER_TYPES, LengthFilter))
    thing = typed("lengthfilter", kind, digits="11")
    assert kind.build(json.loads(json.dumps(kind.values(thing)))) == thing
    assert thing.matches(Subject(destination="+33612345678"))
    assert not thing.matches(Subject(destination="33612"))
    assert (thing.describe(), thing.lines()) == ("<LN (digits=11)>", ["LengthFilter:", "digits = 11"])
    with pytest.raises(FieldError, match="1 to 20"):
        typed("lengthfilter", kind, digits="21")
