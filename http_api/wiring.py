"""Puts the HTTP API together from finished collaborators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from twisted.web.resource import Resource

from http_api.balance import Balance
from http_api.endpoint import Endpoint
from http_api.front import Access, Front, Limits
from http_api.metrics import Gauges, Metrics, no_gauges
from http_api.ping import ping, release
from http_api.rate import Rate
from http_api.send import Intake, Send
from http_api.site import ApiSite
from http_api.status import Status
from jasminlike import __version__
from jasminlike.accounts.billing import Purses
from jasminlike.interfaces import Clock, Logins, Records
from jasminlike.stats import Stats

LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class HttpApi:
    """`front` is the factory to listen with; `site` alone would answer the same, more slowly."""

    front: Front
    site: ApiSite


def build(
    intake: Intake,
    logins: Logins,
    purses: Purses,
    records: Records,
    stats: Stats,
    clock: Clock,
    limits: Limits = LIMITS,
    *,
    access: Access | None = None,
    gauges: Gauges | None = no_gauges,
    others: Mapping[str, Resource] | None = None,
) -> HttpApi:
    """The API. Without `gauges` (None) there is no /metrics; `others` are further paths, as resources."""
    send = Send(intake, logins, stats)
    endpoints: dict[str, Endpoint] = {
        "": release(__version__, stats),
        "ping": ping(stats),
        "send": send,
        "rate": Rate(intake, logins, stats),
        "balance": Balance(purses, logins, stats),
        "status": Status(records, logins, stats),
    }
    if gauges is not None:
        endpoints["metrics"] = Metrics(stats, gauges)
    site = ApiSite(endpoints, clock, limits.max_body, limits.idle_timeout, access, others)
    return HttpApi(Front(send, site, clock, limits, access), site)
