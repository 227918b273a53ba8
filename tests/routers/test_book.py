"""The tables follow the catalogue, and are compiled only when something that concerns them changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from jasminlike.errors import NO_ROUTE, GatewayError
from jasminlike.filters.addresses import DestinationAddrFilter
from jasminlike.filters.base import MO, MT
from jasminlike.filters.parties import ConnectorFilter, TransparentFilter
from jasminlike.filters.subject import Subject
from routers.book import RouteBook
from routers.routes import DefaultRoute, StaticRoute, Target

A, B, CRM = Target("smppc", "a"), Target("smppc", "b"), Target("http", "crm")


class Shelf:
    """A catalogue that tells the book of what is put on it."""

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Any]] = {"filter": {}, "mtroute": {}, "moroute": {}, "user": {}}
        self.asked = 0
        self.book = RouteBook(self)

    def all(self, kind: str) -> Mapping[str, Any]:
        self.asked += 1
        return self.things[kind]

    def put(self, kind: str, key: str, thing: Any) -> None:
        old = self.things[kind].get(key)
        self.things[kind][key] = thing
        self.book.changed(kind, key, old, thing)


def test_an_empty_book_has_no_route() -> None:
    book = Shelf().book
    for ask in (book.plan, book.plan_incoming):
        with pytest.raises(GatewayError) as caught:
            ask(Subject())
        assert caught.value.reason is NO_ROUTE


def test_each_side_has_its_table() -> None:
    shelf = Shelf()
    shelf.put("mtroute", "0", DefaultRoute(MT, 0, (A,)))
    shelf.put("moroute", "0", DefaultRoute(MO, 0, (CRM,)))
    assert shelf.book.plan(Subject()).connectors == ("a",)
    assert shelf.book.plan_incoming(Subject()) == (("http", "crm"),)


def test_a_changed_route_or_filter_counts_from_the_next_message() -> None:
    shelf = Shelf()
    shelf.put("filter", "f", DestinationAddrFilter("f", "^33"))
    shelf.put("mtroute", "0", DefaultRoute(MT, 0, (A,)))
    shelf.put("mtroute", "1", StaticRoute(MT, 1, (B,), ("f",)))
    subject = Subject(destination="44")
    assert shelf.book.plan(subject).connectors == ("a",)
    shelf.put("filter", "f", DestinationAddrFilter("f", "^44"))
    assert shelf.book.plan(subject).connectors == ("b",)
    del shelf.things["mtroute"]["1"]
    shelf.book.changed("mtroute", "1", object(), None)
    assert shelf.book.plan(subject).connectors == ("a",)


def test_tables_are_compiled_once_and_not_for_changes_elsewhere() -> None:
    shelf = Shelf()
    for order in range(1, 50):
        shelf.put("mtroute", str(order), StaticRoute(MT, order, (A,), ("t",)))
    shelf.put("filter", "t", TransparentFilter("t"))
    for _ in range(10):
        shelf.book.plan(Subject())
    asked = shelf.asked
    shelf.put("user", "acme", object())
    shelf.book.plan(Subject())
    assert shelf.asked == asked == 2


def test_a_route_that_cannot_be_used_is_passed_over_and_reported() -> None:
    shelf = Shelf()
    shelf.put("mtroute", "0", DefaultRoute(MT, 0, (A,)))
    shelf.put("mtroute", "1", StaticRoute(MT, 1, (B,), ("c",)))
    shelf.put("filter", "c", ConnectorFilter("c", "a"))
    assert shelf.book.plan(Subject(connector="a")).connectors == ("a",)
    assert [broken.route.order for broken in shelf.book.table(MT).broken] == [1]
