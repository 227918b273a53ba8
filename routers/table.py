"""The routing table as it is used: compiled from routes and filters, immutable, quick to ask.

Rows stand in the order in which they are tried, from the highest route down. What filters need of a message goes into
an index; a row's remaining filters are asked one by one, the cheap ones first. The first row that matches decides.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from jasminlike.errors import NO_ROUTE, GatewayError
from jasminlike.filters.base import MT, Axis, Filter, Need, Side
from jasminlike.filters.kinds import misplaced
from jasminlike.filters.subject import Subject
from jasminlike.interfaces import Plan
from routers.index import Index
from routers.routes import Route, Target


class FilterAnswer(NamedTuple):
    """What one filter says of a message."""

    fid: str
    description: str
    matches: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a route in a dry run: `chosen` is true for at most one, the first whose filters all match."""

    route: Route
    matches: bool
    chosen: bool
    answers: tuple[FilterAnswer, ...]
    why: str


class Row(NamedTuple):
    """A route made ready: the matchers that the index does not answer, and what it plans."""

    route: Route
    filters: tuple[Filter, ...]
    rest: tuple[Callable[[Subject], bool], ...]
    plans: tuple[Plan, ...]
    destinations: tuple[tuple[Target, ...], ...]


class Broken(NamedTuple):
    """A route that matches nothing, because a filter it names is missing or may not stand there."""

    route: Route
    why: str


class Router:
    """One side's table. Made by `compile_table`."""

    def __init__(self, side: Side, rows: tuple[Row, ...], index: Index, broken: tuple[Broken, ...],
                 draw: Callable[[], float]) -> None:  # fmt: skip
        self.side = side
        self.rows = rows
        self.broken = broken
        self._possible = index.possible
        self._draw = draw

    def find(self, subject: Subject) -> Route | None:
        """The route that a message takes, or None."""
        row = self._find(subject)
        return None if row is None else row.route

    def plan(self, subject: Subject) -> Plan:
        """Where a message goes. Raises `GatewayError` with `NO_ROUTE` when no route takes it."""
        row = self._find(subject)
        if row is None:
            raise GatewayError(NO_ROUTE)
        plans = row.plans
        return plans[0] if len(plans) == 1 else plans[int(self._draw() * len(plans))]

    def plan_incoming(self, subject: Subject) -> tuple[Target, ...]:
        """The destinations to try in order, each a (kind, id). Raises as `plan` does."""
        row = self._find(subject)
        if row is None:
            raise GatewayError(NO_ROUTE)
        ways = row.destinations
        return ways[0] if len(ways) == 1 else ways[int(self._draw() * len(ways))]

    def _find(self, subject: Subject) -> Row | None:
        possible = self._possible(subject)
        while possible:
            first = possible & -possible
            row = self.rows[first.bit_length() - 1]
            for matches in row.rest:
                if not matches(subject):
                    break
            else:
                return row
            possible ^= first
        return None

    def explain(self, subject: Subject) -> list[Verdict]:
        """Why each route takes the message or does not, from the highest down. Asks every filter, so it is slow."""
        verdicts: list[Verdict] = []
        chosen: Route | None = None
        for row in self.rows:
            answers = tuple(FilterAnswer(each.fid, each.describe(), each.matches(subject)) for each in row.filters)
            failed = [f"{answer.fid} {answer.description}" for answer in answers if not answer.matches]
            if failed:
                verdict = Verdict(row.route, False, False, answers, "does not match: " + ", ".join(failed))
            elif chosen is not None:
                why = f"would match, but order {chosen.order} comes first"
                verdict = Verdict(row.route, True, False, answers, why)
            else:
                chosen = row.route
                verdict = Verdict(row.route, True, True, answers, "takes the message")
            verdicts.append(verdict)
        verdicts += [Verdict(route, False, False, (), why) for route, why in self.broken]
        return sorted(verdicts, key=lambda verdict: -verdict.route.order)


def compile_table(
    routes: Iterable[Route], filters: Mapping[str, Filter], side: Side, draw: Callable[[], float] = random.random
) -> Router:
    """The table of one side's routes; `draw` gives numbers from 0 up to 1.

    It never fails: a route with a filter that is missing or misplaced matches nothing and is listed in `broken`.
    """
    rows, needs, broken = [], [], []
    for route in sorted(routes, key=lambda route: -route.order):
        found = [filters.get(fid) for fid in route.filters]
        resolved = tuple(each for each in found if each is not None)
        why = _wrong(route, found, side)
        if why:
            broken.append(Broken(route, why))
            continue
        indexed, rest = _split(resolved)
        needs.append(indexed)
        rest.sort(key=lambda each: each.cost)
        ways = route.ways()
        plans = tuple(_plan(route, way) for way in ways) if side == MT else ()
        rows.append(Row(route, resolved, tuple(each.matches for each in rest), plans, ways))
    return Router(side, tuple(rows), Index(needs), tuple(broken), draw)


def _wrong(route: Route, found: list[Filter | None], side: Side) -> str:
    """Why a route cannot be used, "" if it can."""
    for fid, each in zip(route.filters, found, strict=True):
        if each is None:
            return f"Unknown fid: {fid}"
        if why := misplaced(each, side, "Route"):
            return why
    return ""


def _split(filters: Iterable[Filter]) -> tuple[dict[Axis, Need], list[Filter]]:
    """For each axis the need that leaves the fewest messages possible, and the filters that must still be asked."""
    best: dict[Axis, tuple[Need, Filter]] = {}
    rest: list[Filter] = []
    for each in filters:
        need = each.need()
        if need is None:
            rest.append(each)
        elif need.enough and need.axis in ("source", "destination") and "" in need.values:
            continue  # it matches every message
        elif need.axis not in best:
            best[need.axis] = (need, each)
        elif _sharpness(need) > _sharpness(best[need.axis][0]):
            rest.append(best[need.axis][1])
            best[need.axis] = (need, each)
        else:
            rest.append(each)
    rest += [each for need, each in best.values() if not need.enough]
    return {axis: need for axis, (need, _) in best.items()}, rest


def _sharpness(need: Need) -> int:
    return min(len(value) for value in need.values)


def _plan(route: Route, way: tuple[Target, ...]) -> Plan:
    return Plan(tuple(target.id for target in way), route.rate, route.key, route.only_bound)
