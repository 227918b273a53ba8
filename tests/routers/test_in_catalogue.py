"""Routes and filters in the catalogue: what it refuses, and that the book follows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred, succeed

from jasminlike.catalog.draft import StillUsed
from jasminlike.catalog.service import Catalog
from jasminlike.filters.base import MT
from jasminlike.filters.kinds import FILTER_KIND
from jasminlike.filters.subject import Subject
from jasminlike.interfaces import CatalogueChange
from jasminlike.kind import Field, FieldError, Kind
from routers.book import RouteBook
from routers.kinds import MOROUTE_KIND, MTROUTE_KIND

CONNECTOR = Kind("smppcc", "cid", (Field("cid", str),), lambda values: values["cid"], lambda cid: {"cid": cid})
CLIENT = Kind("httpcc", "cid", (Field("cid", str),), lambda values: values["cid"], lambda cid: {"cid": cid})


class Store:
    """A store that keeps the documents in memory."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], bytes] = {}

    def load(self) -> Deferred[list[tuple[str, str, bytes]]]:
        return succeed([(*name, document) for name, document in self.documents.items()])

    def apply(self, changes: Sequence[CatalogueChange]) -> Deferred[None]:
        for change in changes:
            if change.document is None:
                del self.documents[change.kind, change.key]
            else:
                self.documents[change.kind, change.key] = change.document
        return succeed(None)

    def audit(self, limit: int) -> Deferred[list[dict[str, Any]]]:
        return succeed([])


async def opened(store: Store) -> tuple[Catalog, RouteBook]:
    catalog = Catalog(store, [FILTER_KIND, MTROUTE_KIND, MOROUTE_KIND, CONNECTOR, CLIENT])
    book = RouteBook(catalog)
    catalog.subscribe(book.changed)
    await catalog.load()
    return catalog, book


async def filled(store: Store) -> tuple[Catalog, RouteBook]:
    catalog, book = await opened(store)
    for cid in ("telco_a", "telco_b"):
        await catalog.add("smppcc", {"cid": cid}, "test")
    await catalog.add("filter", {"fid": "fr", "type": "DestinationAddrFilter", "destination_addr": "^33"}, "test")
    await catalog.add("mtroute", {"type": "DefaultRoute", "order": 0, "connector": "smppc(telco_a)", "rate": 0}, "test")
    await catalog.add("mtroute", static("telco_b"), "test")
    return catalog, book


def static(cid: str, fid: str = "fr", order: int = 10) -> dict[str, Any]:
    return {"type": "StaticMTRoute", "order": order, "filters": [fid], "connector": f"smppc({cid})", "rate": 5}


@ensureDeferred
async def test_the_book_follows_the_catalogue_and_a_restart() -> None:
    store = Store()
    catalog, book = await filled(store)
    assert book.plan(Subject(destination="33612")).connectors == ("telco_b",)
    assert book.plan(Subject(destination="44")).connectors == ("telco_a",)
    await catalog.remove("mtroute", "10", "test")
    assert book.plan(Subject(destination="33612")).connectors == ("telco_a",)
    await catalog.add("mtroute", static("telco_b"), "test")
    _, book = await opened(store)
    assert book.plan(Subject(destination="33612")).connectors == ("telco_b",)
    assert [route.order for route in (row.route for row in book.table(MT).rows)] == [10, 0]


@ensureDeferred
async def test_what_a_route_names_must_exist_and_stays_while_it_is_named() -> None:
    catalog, _ = await filled(Store())
    with pytest.raises(FieldError, match="Unknown fid: gone"):
        await catalog.add("mtroute", static("telco_a", "gone", 20), "test")
    with pytest.raises(FieldError, match="Unknown smppc cid: gone"):
        await catalog.add("mtroute", static("gone", order=20), "test")
    with pytest.raises(StillUsed):
        await catalog.remove("filter", "fr", "test")
    with pytest.raises(StillUsed):
        await catalog.remove("smppcc", "telco_b", "test")


@ensureDeferred
async def test_a_filter_on_the_wrong_side_is_refused() -> None:
    catalog, _ = await filled(Store())
    await catalog.add("filter", {"fid": "from_a", "type": "ConnectorFilter", "cid": "telco_a"}, "test")
    with pytest.raises(FieldError, match="ConnectorFilter#from_a is not a valid filter for MTRoute"):
        await catalog.add("mtroute", static("telco_a", "from_a", 20), "test")
