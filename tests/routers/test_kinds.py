"""Routes as operators type them: what is taken, what is refused and in which words, and that the store keeps them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jasminlike.filters.addresses import DestinationAddrFilter
from jasminlike.filters.base import MO, MT, Filter, Side
from jasminlike.filters.parties import ConnectorFilter, UserFilter
from jasminlike.kind import REQUIRED, FieldError, Ref
from routers.kinds import (
    MOROUTE_KIND,
    MTROUTE_KIND,
    parse_rate,
    route_kind,
    show_rate,
)
from routers.routes import ROUTE_TYPES, FailoverRoute, Route, Target
from routers.skeleton import CircleRoute

MT_SAMPLES: dict[str, dict[str, str]] = {
    "DefaultRoute": {"order": "0", "connector": "smppc(telco_a)", "rate": "0"},
    "StaticMTRoute": {"order": "10", "filters": "f1", "connector": "smppc(telco_a)", "rate": "0.5"},
    "RandomRoundrobinMTRoute": {"order": "20", "filters": "f1;f2", "connectors": "smppc(a);smppc(b)", "rate": "1"},
    "FailoverMTRoute": {"order": "30", "filters": "f1", "connectors": "smppc(a);smppc(b);smppc(c)", "rate": "0.025"},
}
MO_SAMPLES: dict[str, dict[str, str]] = {
    "DefaultRoute": {"order": "0", "connector": "http(crm)"},
    "StaticMORoute": {"order": "10", "filters": "f1", "connector": "smpps(acmebox)"},
    "RandomRoundrobinMORoute": {"order": "20", "filters": "f1", "connectors": "http(a);smpps(b)"},
    "FailoverMORoute": {"order": "30", "filters": "f1", "connectors": "http(a);http(b)"},
}
KINDS = {MT: MTROUTE_KIND, MO: MOROUTE_KIND}
SAMPLES = [(MT, name) for name in MT_SAMPLES] + [(MO, name) for name in MO_SAMPLES]


def sample(side: Side, name: str) -> dict[str, str]:
    return (MT_SAMPLES if side == MT else MO_SAMPLES)[name]


def typed(side: Side, type_name: str, **keys: str) -> Route:
    """A route from what an operator types."""
    kind = KINDS[side]
    given = {"type": type_name, **keys}
    proper = kind.index["type"].parse(type_name)
    values: dict[str, Any] = {field.name: field.parse(given[field.name]) for field in kind.fields_of(proper)}
    thing = kind.build(values)
    assert isinstance(thing, Route)
    return thing


def refusal(side: Side, type_name: str, **keys: str) -> str:
    proper = {**sample(side, type_name), **keys}
    with pytest.raises(FieldError) as caught:
        typed(side, type_name, **proper)
    return str(caught.value)


def test_the_kinds_have_the_names_and_types_operators_know() -> None:
    assert (MTROUTE_KIND.name, MOROUTE_KIND.name) == ("mtroute", "moroute")
    assert list(MTROUTE_KIND.variants) == list(MT_SAMPLES)
    assert list(MOROUTE_KIND.variants) == list(MO_SAMPLES)


def test_the_keys_of_each_type_in_the_order_in_which_they_are_asked() -> None:
    keys = {name: [field.name for field in fields] for name, fields in MTROUTE_KIND.variants.items()}
    assert keys["DefaultRoute"] == ["connector", "rate"]
    assert keys["StaticMTRoute"] == ["filters", "connector", "rate"]
    assert keys["FailoverMTRoute"] == ["filters", "connectors", "rate"]
    assert [field.name for field in MOROUTE_KIND.variants["FailoverMORoute"]] == ["filters", "connectors"]
    assert all(field.default is REQUIRED for field in MTROUTE_KIND.fields_of("FailoverMTRoute"))


@pytest.mark.parametrize(("side", "name"), SAMPLES)
def test_a_route_survives_the_store(side: Side, name: str) -> None:
    kind = KINDS[side]
    thing = typed(side, name.lower(), **sample(side, name))
    assert thing.type_name == name
    stored = json.loads(json.dumps(kind.values(thing)))
    assert set(stored) == {field.name for field in kind.fields_of(name)}
    again = kind.build(stored)
    assert again == thing
    assert type(again) is type(thing)
    assert kind.key_of(thing) == thing.key == sample(side, name)["order"]


def test_what_a_route_is_made_of() -> None:
    route = typed(MT, "FailoverMTRoute", order="20", filters="f1 ; f2", connectors="SMPPC(a); smppc(b)", rate="0.025")
    assert route == FailoverRoute(MT, 20, (Target("smppc", "a"), Target("smppc", "b")), ("f1", "f2"), 25_000)


def test_an_unknown_type_is_refused_with_the_list() -> None:
    with pytest.raises(FieldError) as caught:
        MTROUTE_KIND.index["type"].parse("BestQualityMTRoute")
    assert str(caught.value) == (
        "Unknown MT Route type:BestQualityMTRoute, available types: DefaultRoute, StaticMTRoute, "
        "RandomRoundrobinMTRoute, FailoverMTRoute"
    )
    with pytest.raises(
        FieldError, match="Unknown MO Route type:StaticMTRoute, available types: DefaultRoute, StaticMO"
    ):
        MOROUTE_KIND.index["type"].parse("StaticMTRoute")


@pytest.mark.parametrize("order", ["-1", "x", "1.5", "", "²", " 1", "9" * 5000])
def test_an_order_that_is_no_number_is_refused(order: str) -> None:
    assert refusal(MT, "StaticMTRoute", order=order) == "Route order must be a positive integer"


def test_order_0_and_the_default_route_belong_together() -> None:
    reserved = "This route order (0) is reserved for DefaultRoute only"
    assert refusal(MT, "StaticMTRoute", order="0") == reserved
    assert refusal(MO, "FailoverMORoute", order="0") == reserved
    assert "0" in refusal(MT, "DefaultRoute", order="5")


@pytest.mark.parametrize("rate", ["", "abc", "1,5", "nan", "inf", "1e999999999999999999999", "1e30", "1000001"])
def test_a_rate_that_is_no_number_is_refused(rate: str) -> None:
    assert refusal(MT, "StaticMTRoute", rate=rate) == f"Incorrect rate (must be float): {rate}"


def test_a_rate_below_zero_and_one_finer_than_we_count_are_refused() -> None:
    assert refusal(MT, "StaticMTRoute", rate="-0.1") == "rate can not be a negative value"
    assert "6 decimals" in refusal(MT, "StaticMTRoute", rate="0.0000001")


@pytest.mark.parametrize(
    ("text", "rate", "shown"),
    [("0", 0, "0 (!)"), ("0.025", 25_000, "0.02500"), ("1", 1_000_000, "1.00000"), ("0.000001", 1, "0.000001"),
     ("1e-5", 10, "0.00001"), ("12345.678901", 12_345_678_901, "12345.678901")],
)  # fmt: skip
def test_rates_are_exact(text: str, rate: int, shown: str) -> None:
    assert parse_rate(text) == rate
    assert show_rate(rate) == shown


@pytest.mark.parametrize("connector", ["telco_a", "http(crm)", "smpps(u)", "smppc()", "smppc(a b)", "smppc(a)x", ""])
def test_where_mt_routes_may_lead(connector: str) -> None:
    text = "Invalid syntax for connector id, must be smppc(some_id)."
    assert refusal(MT, "StaticMTRoute", connector=connector) == text
    assert refusal(MT, "FailoverMTRoute", connectors=f"smppc(a);{connector}") == text


def test_where_mo_routes_may_lead() -> None:
    text = "Invalid syntax for connector id, must be smpps(some_id) or http(some_id)."
    assert refusal(MO, "StaticMORoute", connector="smppc(a)") == text


def test_several_means_two() -> None:
    assert "at least 2" in refusal(MT, "RandomRoundrobinMTRoute", connectors="smppc(a)")
    values = {**MTROUTE_KIND.values(typed(MT, "FailoverMTRoute", **MT_SAMPLES["FailoverMTRoute"])), "connectors": []}
    with pytest.raises(FieldError, match="at least 2"):
        MTROUTE_KIND.build(values)


def test_a_failover_for_incoming_messages_stays_with_one_kind() -> None:
    text = refusal(MO, "FailoverMORoute", connectors="http(a);smpps(b)")
    assert text == "FailoverMORoute cannot have mixed connector types"
    assert typed(MO, "RandomRoundrobinMORoute", order="1", filters="f", connectors="http(a);smpps(b)")


@pytest.mark.parametrize("filters", ["", ";", "a;;b", "a;"])
def test_empty_filter_names_are_refused(filters: str) -> None:
    assert "filters" in refusal(MT, "StaticMTRoute", filters=filters)


def refs(side: Side, name: str) -> list[Ref]:
    kind = KINDS[side]
    values = kind.values(typed(side, name, **sample(side, name)))
    return [ref for field in kind.fields_of(name) for ref in field.refers(values[field.name])]


def test_what_a_route_refers_to_and_what_is_said_when_it_is_missing() -> None:
    assert [(ref.kind, ref.key, ref.problem(None)) for ref in refs(MT, "RandomRoundrobinMTRoute")] == [
        ("filter", "f1", "Unknown fid: f1"),
        ("filter", "f2", "Unknown fid: f2"),
        ("smppcc", "a", "Unknown smppc cid: a"),
        ("smppcc", "b", "Unknown smppc cid: b"),
    ]
    assert refs(MO, "DefaultRoute") == [Ref("httpcc", "crm", "Unknown http cid: crm")]
    assert [ref.key for ref in refs(MO, "StaticMORoute")] == ["f1"]


@pytest.mark.parametrize(
    ("side", "named", "refusal"),
    [
        (MT, UserFilter("f1", "acme"), ""),
        (MO, UserFilter("f1", "acme"), "UserFilter#f1 is not a valid filter for MORoute (not in MOFILTERS)"),
        (MT, ConnectorFilter("f1", "a"), "ConnectorFilter#f1 is not a valid filter for MTRoute (not in MTFILTERS)"),
        (MO, ConnectorFilter("f1", "a"), ""),
        (MT, DestinationAddrFilter("f1", "^33"), ""),
        (MO, DestinationAddrFilter("f1", "^33"), ""),
    ],
)
def test_filters_are_judged_by_the_side_they_shall_stand_on(side: Side, named: Filter, refusal: str) -> None:
    ref = refs(side, f"Static{side}Route")[0]
    assert ref.problem(named) == refusal


@pytest.mark.parametrize(
    ("side", "name", "summary"),
    [
        (MT, "DefaultRoute", "DefaultRoute to smppc(telco_a) NOT RATED"),
        (MT, "StaticMTRoute", "StaticMTRoute to smppc(telco_a) rated 0.50"),
        (
            MT,
            "FailoverMTRoute",
            "FailoverMTRoute to 3 connectors:\n\t- smppc(a)\n\t- smppc(b)\n\t- smppc(c) \nrated 0.03",
        ),
        (MO, "StaticMORoute", "StaticMORoute to smpps(acmebox) NOT RATED"),
    ],
)
def test_how_one_route_is_shown(side: Side, name: str, summary: str) -> None:
    assert typed(side, name, **sample(side, name)).summary() == summary


def test_the_skeleton_works_as_a_type_of_its_own() -> None:
    kind = route_kind(MT, (*ROUTE_TYPES, CircleRoute))
    values = {"type": "CircleMTRoute", "order": 5, "filters": ["f"], "connectors": ["smppc(a)", "smppc(b)"], "rate": 0}
    route = kind.build(values)
    assert kind.values(route) == values
    assert [[target.id for target in way] for way in route.ways()] == [["a", "b"], ["b", "a"]]
