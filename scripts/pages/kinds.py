"""All kinds of things that the console administers."""

from __future__ import annotations

from interceptors.kinds import MOINTERCEPTOR_KIND, MTINTERCEPTOR_KIND
from jasminlike.accounts.kinds import GROUP, user_kind
from jasminlike.filters.kinds import FILTER_KIND
from jasminlike.httpc.settings import HTTP_CONNECTOR
from jasminlike.kind import Kind
from jasminlike.smppc.settings import connector_kind
from routers.kinds import MOROUTE_KIND, MTROUTE_KIND


async def _seal(password: str) -> str:
    return password


def kinds() -> dict[str, Kind]:
    """The kinds by name."""
    tables = (MTROUTE_KIND, MOROUTE_KIND, MTINTERCEPTOR_KIND, MOINTERCEPTOR_KIND)
    every = (GROUP, user_kind(_seal), connector_kind(), HTTP_CONNECTOR, FILTER_KIND, *tables)
    return {kind.name: kind for kind in every}
