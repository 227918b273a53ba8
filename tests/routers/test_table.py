"""The compiled table: first match from the top, the index decides as asking every filter would, and why it did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.accounts.model import User
from jasminlike.errors import NO_ROUTE, GatewayError
from jasminlike.filters.addresses import DestinationAddrFilter, SourceAddrFilter
from jasminlike.filters.base import MO, MT, Filter, OneValue, Side
from jasminlike.filters.content import ShortMessageFilter
from jasminlike.filters.parties import ConnectorFilter, GroupFilter, TagFilter, TransparentFilter, UserFilter
from jasminlike.filters.subject import Subject
from jasminlike.interfaces import Plan
from routers.routes import DefaultRoute, FailoverRoute, RandomRoundrobinRoute, Route, StaticRoute, Target
from routers.skeleton import CircleRoute
from routers.table import Router, compile_table

A, B, C = Target("smppc", "a"), Target("smppc", "b"), Target("smppc", "c")
DEFAULT = DefaultRoute(MT, 0, (A,), rate=7)
FRANCE = DestinationAddrFilter("france", "^33")
MOBILE = DestinationAddrFilter("mobile", "^33(6|7)")
ACME = UserFilter("acme", "acme")


def user(uid: str = "acme", gid: str = "partners") -> User:
    return User(uid=uid, gid=gid, username=uid, password="")


def table(
    routes: Sequence[Route], *filters: Filter, side: Side = MT, draw: Callable[[], float] = lambda: 0.0
) -> Router:
    return compile_table(routes, {each.fid: each for each in filters}, side, draw)


def order(router: Router, subject: Subject) -> int | None:
    route = router.find(subject)
    return None if route is None else route.order


def test_an_empty_table_has_no_route() -> None:
    router = table([])
    with pytest.raises(GatewayError) as caught:
        router.plan(Subject())
    assert caught.value.reason is NO_ROUTE
    with pytest.raises(GatewayError) as caught:
        table([], side=MO).plan_incoming(Subject())
    assert caught.value.reason is NO_ROUTE


def test_the_highest_that_matches_wins_whatever_the_order_of_input() -> None:
    routes = [DEFAULT, StaticRoute(MT, 20, (B,), ("mobile",)), StaticRoute(MT, 10, (C,), ("france",))]
    for given_order in (routes, routes[::-1]):
        router = table(given_order, FRANCE, MOBILE)
        assert order(router, Subject(destination="33612")) == 20
        assert order(router, Subject(destination="33112")) == 10
        assert order(router, Subject(destination="44")) == 0


def test_all_filters_of_a_route_must_match() -> None:
    router = table([StaticRoute(MT, 1, (B,), ("france", "acme"))], FRANCE, ACME)
    assert order(router, Subject(user(), destination="33")) == 1
    assert order(router, Subject(user("other"), destination="33")) is None
    assert order(router, Subject(user(), destination="44")) is None


def test_without_a_default_what_matches_nothing_has_no_route() -> None:
    with pytest.raises(GatewayError):
        table([StaticRoute(MT, 1, (B,), ("france",))], FRANCE).plan(Subject(destination="44"))


def test_the_plan_of_each_type() -> None:
    assert table([DEFAULT]).plan(Subject()) == Plan(("a",), 7, "0")
    static = StaticRoute(MT, 5, (B,), ("t",), rate=25_000)
    assert table([static], TransparentFilter("t")).plan(Subject()) == Plan(("b",), 25_000, "5")
    failover = FailoverRoute(MT, 5, (B, A, C), ("t",), rate=1)
    assert table([failover], TransparentFilter("t")).plan(Subject()) == Plan(("b", "a", "c"), 1, "5", only_bound=True)


def test_a_random_route_draws_one_and_has_no_fallbacks() -> None:
    route = RandomRoundrobinRoute(MT, 5, (A, B, C), ("t",))
    draws = iter([0.0, 0.34, 0.99999, 0.5])
    router = table([route], TransparentFilter("t"), draw=lambda: next(draws))
    plans = [router.plan(Subject()) for _ in range(4)]
    assert [plan.connectors for plan in plans] == [("a",), ("b",), ("c",), ("b",)]
    assert not any(plan.only_bound for plan in plans)


def test_a_random_route_uses_all_its_connectors_alike() -> None:
    router = compile_table([RandomRoundrobinRoute(MT, 5, (A, B, C), ())], {}, MT)
    counts = dict.fromkeys("abc", 0)
    for _ in range(3000):
        counts[router.plan(Subject()).connectors[0]] += 1
    assert all(800 < count < 1200 for count in counts.values())


def test_a_connector_named_twice_is_drawn_twice_as_often() -> None:
    draws = iter([0.0, 0.4, 0.9])
    router = table([RandomRoundrobinRoute(MT, 5, (A, A, B))], draw=lambda: next(draws))
    assert [router.plan(Subject()).connectors for _ in range(3)] == [("a",), ("a",), ("b",)]


def test_ways_of_several_connectors_keep_their_order() -> None:
    draws = iter([0.0, 0.5])
    router = table([CircleRoute(MT, 5, (A, B))], draw=lambda: next(draws))
    assert [router.plan(Subject()).connectors for _ in range(2)] == [("a", "b"), ("b", "a")]


def test_where_incoming_messages_go() -> None:
    crm, desk, box = Target("http", "crm"), Target("http", "desk"), Target("smpps", "acmebox")
    draws = iter([0.6])
    router = table(
        [
            DefaultRoute(MO, 0, (crm,)),
            FailoverRoute(MO, 30, (desk, crm), ("c30",)),
            RandomRoundrobinRoute(MO, 20, (crm, box), ("c20",)),
        ],
        ConnectorFilter("c30", "telco_a"),
        ConnectorFilter("c20", "telco_b"),
        side=MO,
        draw=lambda: next(draws),
    )
    assert router.plan_incoming(Subject(connector="telco_a")) == (("http", "desk"), ("http", "crm"))
    assert router.plan_incoming(Subject(connector="telco_b")) == (("smpps", "acmebox"),)
    assert router.plan_incoming(Subject(connector="telco_c")) == (("http", "crm"),)


def test_a_route_with_a_missing_or_misplaced_filter_matches_nothing_and_says_so() -> None:
    routes = [DEFAULT, StaticRoute(MT, 9, (B,), ("gone",)), StaticRoute(MT, 8, (B,), ("c",))]
    router = table(routes, ConnectorFilter("c", "a"))
    assert order(router, Subject(connector="a")) == 0
    assert [(broken.route.order, broken.why) for broken in router.broken] == [
        (9, "Unknown fid: gone"),
        (8, "ConnectorFilter#c is not a valid filter for MTRoute (not in MTFILTERS)"),
    ]


def test_a_dry_run_tells_of_every_route() -> None:
    routes = [
        DEFAULT,
        StaticRoute(MT, 30, (B,), ("mobile", "acme")),
        StaticRoute(MT, 20, (B,), ("france",)),
        StaticRoute(MT, 25, (B,), ("gone",)),
        StaticRoute(MT, 10, (B,), ("acme",)),
    ]
    verdicts = table(routes, FRANCE, MOBILE, ACME).explain(Subject(user(), destination="33112"))
    assert [(each.route.order, each.matches, each.chosen, each.why) for each in verdicts] == [
        (30, False, False, "does not match: mobile <DA (dst_addr=^33(6|7))>"),
        (25, False, False, "Unknown fid: gone"),
        (20, True, True, "takes the message"),
        (10, True, False, "would match, but order 20 comes first"),
        (0, True, False, "would match, but order 20 comes first"),
    ]
    assert verdicts[0].answers == (
        ("mobile", "<DA (dst_addr=^33(6|7))>", False),
        ("acme", "<U (uid=acme)>", True),
    )


@dataclass(frozen=True, slots=True)
class CountingFilter(OneValue):
    """A destination filter that counts how often it is asked."""

    type_name: ClassVar[str] = "CountingFilter"
    asked: ClassVar[list[str]] = []

    def matches(self, subject: Subject) -> bool:
        self.asked.append(self.value)
        return subject.destination.startswith(self.value)

    def describe(self) -> str:
        return "<CF>"


def test_what_the_index_excludes_is_never_asked() -> None:
    """One hundred routes of five filters: only those of the message's own account and prefix are looked at."""
    filters: list[Filter] = [GroupFilter("g", "partners"), TagFilter("t", "vip"), TransparentFilter("any")]
    routes: list[Route] = [DEFAULT]
    for number in range(1, 101):
        filters += [UserFilter(f"u{number}", f"user{number}"), DestinationAddrFilter(f"d{number}", f"^33{number}")]
        filters.append(CountingFilter(f"c{number}", f"33{number}"))
        routes.append(StaticRoute(MT, number, (B,), (f"c{number}", f"u{number}", f"d{number}", "g", "t")))
    router = table(routes, *filters)
    CountingFilter.asked.clear()
    assert order(router, Subject(user("user42"), destination="3342", tags=("vip",))) == 42
    assert CountingFilter.asked == ["3342"]
    CountingFilter.asked.clear()
    for subject in (
        Subject(user("user42"), destination="3342"),
        Subject(user("user42", "others"), destination="3342", tags=("vip",)),
        Subject(user("user42"), destination="44", tags=("vip",)),
        Subject(user("user101"), destination="3342", tags=("vip",)),
        Subject(None, destination="3342", tags=("vip",)),
    ):
        assert order(router, subject) == 0
    assert CountingFilter.asked == []


def test_the_text_is_read_only_when_nothing_cheaper_decides() -> None:
    def unreadable(payload: bytes, data_coding: int, esm_class: int) -> str:
        raise AssertionError("nobody needs the text")

    routes = [DEFAULT, StaticRoute(MT, 1, (B,), ("text", "digits"))]
    router = table(routes, ShortMessageFilter("text", "STOP"), DestinationAddrFilter("digits", r"\d{3}$"))
    assert order(router, Subject(destination="12", read_text=unreadable)) == 0
    with pytest.raises(AssertionError, match="nobody"):
        order(router, Subject(destination="123", read_text=unreadable))


# --- the index against asking every filter ------------------------------------------------------------------

_patterns = st.sampled_from(
    ["^33", "33", "^(33|34)", "^336", "^3", "", ".*", "^33$", r"^33\d+", r"\d{3}", "^33[67]", "^33.*6", "^4|^33",
     "(?i)ac", "^AC", "AC(ME)?", "^$", "^(33|)"]
)  # fmt: skip
_names = st.sampled_from(["x", "y", "z"])
_filters: st.SearchStrategy[Callable[[str], Filter]] = st.one_of(
    st.just(TransparentFilter),
    _names.map(lambda value: lambda fid: UserFilter(fid, value)),
    _names.map(lambda value: lambda fid: GroupFilter(fid, value)),
    _names.map(lambda value: lambda fid: TagFilter(fid, value)),
    _patterns.map(lambda value: lambda fid: DestinationAddrFilter(fid, value)),
    _patterns.map(lambda value: lambda fid: SourceAddrFilter(fid, value)),
    _patterns.map(lambda value: lambda fid: ShortMessageFilter(fid, value)),
)
_incoming_filters: st.SearchStrategy[Callable[[str], Filter]] = st.one_of(
    _names.map(lambda value: lambda fid: ConnectorFilter(fid, value)),
    _names.map(lambda value: lambda fid: TagFilter(fid, value)),
    _patterns.map(lambda value: lambda fid: DestinationAddrFilter(fid, value)),
)
_addresses = st.sampled_from(["", "3", "33", "336", "3361234", "34", "44", "4", "ACME", "acme", "AC", "33\n"])


def _subjects(**who: Any) -> st.SearchStrategy[Subject]:
    return st.builds(
        Subject,
        source=_addresses,
        destination=_addresses,
        payload=st.sampled_from([b"33 hello", b"ACME", b""]),
        tags=st.lists(_names, max_size=3),
        **who,
    )


_senders = st.one_of(st.none(), st.builds(user, _names, _names))


def naive(routes: Sequence[Route], filters: dict[str, Filter], subject: Subject) -> int | None:
    """What asking every filter of every route, from the top, would decide."""
    for route in sorted(routes, key=lambda each: each.order, reverse=True):
        if all(filters[fid].matches(subject) for fid in route.filters):
            return route.order
    return None


def _drawn(made: list[list[Callable[[str], Filter]]], side: Side) -> tuple[list[Route], dict[str, Filter]]:
    filters: dict[str, Filter] = {}
    routes: list[Route] = []
    for number, makers in enumerate(made, 1):
        fids = tuple(f"f{number}-{place}" for place in range(len(makers)))
        filters.update({fid: make(fid) for fid, make in zip(fids, makers, strict=True)})
        routes.append(StaticRoute(side, number, (A,), fids))
    return routes, filters


@given(
    st.lists(st.lists(_filters, max_size=5), max_size=12), st.lists(_subjects(user=_senders), min_size=1, max_size=8)
)
def test_the_index_decides_as_asking_every_filter_does(
    made: list[list[Callable[[str], Filter]]], subjects: list[Subject]
) -> None:
    routes, filters = _drawn(made, MT)
    router = compile_table(routes, filters, MT)
    for subject in subjects:
        expected = naive(routes, filters, subject)
        assert order(router, subject) == expected
        chosen = [verdict.route.order for verdict in router.explain(subject) if verdict.chosen]
        assert chosen == ([] if expected is None else [expected])


@given(
    st.lists(st.lists(_incoming_filters, max_size=3), max_size=12),
    st.lists(_subjects(connector=st.one_of(st.none(), _names)), min_size=1, max_size=8),
)
def test_the_same_for_incoming_messages(made: list[list[Callable[[str], Filter]]], subjects: list[Subject]) -> None:
    routes, filters = _drawn(made, MO)
    router = compile_table(routes, filters, MO)
    for subject in subjects:
        assert order(router, subject) == naive(routes, filters, subject)
