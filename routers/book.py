"""Both routing tables as they are now, for the pipeline: compiled anew when the catalogue changed.

A change of a route or a filter only marks the tables as stale; the next message compiles them. Loading ten thousand
routes thus compiles once.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from twisted.logger import Logger

from jasminlike.filters.base import MO, MT, Side
from jasminlike.filters.subject import Subject
from jasminlike.interfaces import Plan
from routers.kinds import KIND_NAMES
from routers.routes import Target
from routers.table import Router, compile_table

_RELEVANT = frozenset(("filter", *KIND_NAMES.values()))


class Source(Protocol):
    """Where routes and filters come from: things by key."""

    def all(self, kind: str) -> Mapping[str, Any]:
        """The things of a kind."""


class RouteBook:
    """The MT and the MO table over a catalogue; pass `changed` to the catalogue as a listener."""

    def __init__(self, source: Source, draw: Callable[[], float] = random.random) -> None:
        self._source = source
        self._draw = draw
        self._tables: dict[Side, Router] = {}
        self._log = Logger()

    def changed(self, kind: str, key: str, old: Any, new: Any) -> None:
        """Something of the catalogue is another now."""
        if kind in _RELEVANT:
            self._tables.clear()

    def table(self, side: Side) -> Router:
        """The table of a side."""
        return self._tables.get(side) or self._compiled(side)

    def plan(self, subject: Subject) -> Plan:
        """Where a message to a handset goes. Raises `GatewayError` with `NO_ROUTE`."""
        return self.table(MT).plan(subject)

    def plan_incoming(self, subject: Subject) -> tuple[Target, ...]:
        """Where a message from a handset goes, as (kind, id). Raises `GatewayError` with `NO_ROUTE`."""
        return self.table(MO).plan_incoming(subject)

    def _compiled(self, side: Side) -> Router:
        routes = self._source.all(KIND_NAMES[side]).values()
        table = compile_table(routes, self._source.all("filter"), side, self._draw)
        for route, why in table.broken:
            self._log.warn("{side} route {order} matches nothing: {why}", side=side, order=route.order, why=why)
        self._tables[side] = table
        return table
