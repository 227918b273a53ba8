"""/metrics: the counters of the process in Prometheus' text format (version 0.0.4).

The first three families have the names that dashboards for Jasmin know; there everything is a counter, here what goes
up and down is a gauge. `gateway_…` is ours. No login is asked for, as with Jasmin; the operator may switch it off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from http_api.endpoint import Ask, Endpoint
from http_api.replies import Reply, text_error
from jasminlike.stats import Stats

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

HTTPAPI = (
    "request_count",
    "interceptor_count",
    "auth_error_count",
    "route_error_count",
    "interceptor_error_count",
    "throughput_error_count",
    "charging_error_count",
    "server_error_count",
    "success_count",
)
SMPPC = (
    "connected_count",
    "disconnected_count",
    "bound_count",
    "submit_sm_request_count",
    "submit_sm_count",
    "deliver_sm_count",
    "data_sm_count",
    "interceptor_count",
    "elink_count",
    "throttling_error_count",
    "interceptor_error_count",
    "other_submit_error_count",
)
SMPPS = (
    "connected_count",
    "connect_count",
    "disconnect_count",
    "interceptor_count",
    "bound_trx_count",
    "bound_rx_count",
    "bound_tx_count",
    "bind_trx_count",
    "bind_rx_count",
    "bind_tx_count",
    "unbind_count",
    "submit_sm_request_count",
    "submit_sm_count",
    "deliver_sm_count",
    "data_sm_count",
    "elink_count",
    "throttling_error_count",
    "interceptor_error_count",
    "other_submit_error_count",
)
SMPPS_GAUGES = frozenset({"connected_count", "bound_trx_count", "bound_rx_count", "bound_tx_count"})


class Gauge(NamedTuple):
    """A figure of the moment that others know: its name without `gateway_`, what it says, and a value by label.

    `label` names the label of the keys of `values`; when it is empty, `values` has the one key "".
    """

    name: str
    about: str
    label: str
    values: Mapping[str, float]


Gauges = Callable[[], Iterable[Gauge]]


def no_gauges() -> Iterable[Gauge]:
    """None at all."""
    return ()


class Metrics(Endpoint):
    """The endpoint; `gauges` is asked at each request."""

    methods = (b"GET",)

    def __init__(self, stats: Stats, gauges: Gauges = no_gauges) -> None:
        super().__init__(stats)
        self._gauges = gauges

    async def answer(self, ask: Ask) -> Reply:
        """All figures of now."""
        return Reply(200, render(self._stats, self._gauges()), CONTENT_TYPE)

    def refuse(self, status: int, text: str) -> Reply:
        """Words."""
        return text_error(status, text)


def render(stats: Stats, gauges: Iterable[Gauge]) -> bytes:
    """The text."""
    lines: list[str] = []
    for name in HTTPAPI:
        _family(lines, f"httpapi_{name}", "counter", _about("HTTP API", name), [("", getattr(stats.http, name))])
    for name in SMPPC:
        values = [(_labels("cid", cid), getattr(each, name)) for cid, each in sorted(stats.smppc.items())]
        _family(lines, f"smppc_{name}", "counter", _about("SMPP client connector", name), values)
    for name in SMPPS:
        kind = "gauge" if name in SMPPS_GAUGES else "counter"
        _family(lines, f"smppsapi_{name}", kind, _about("SMPP server", name), [("", getattr(stats.smpps, name))])
    for name, value in stats.gateway.rows():
        kind = "gauge" if name.endswith("_at") else "counter"
        _family(lines, f"gateway_{name}", kind, _about("The gateway as a whole", name), [("", value)])
    for gauge in gauges:
        values = [(_labels(gauge.label, key), value) for key, value in sorted(gauge.values.items())]
        _family(lines, f"gateway_{gauge.name}", "gauge", gauge.about, values)
    return "".join(lines).encode()


def _about(whose: str, name: str) -> str:
    return f"{whose}: {name.replace('_', ' ')}"


def _family(lines: list[str], name: str, kind: str, about: str, values: Iterable[tuple[str, float]]) -> None:
    about = about.replace("\\", "\\\\").replace("\n", "\\n")
    lines.append(f"# HELP {name} {about}\n# TYPE {name} {kind}\n")
    lines.extend(f"{name}{labels} {value}\n" for labels, value in values)


def _labels(label: str, value: str) -> str:
    if not label:
        return ""
    value = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{{{label}="{value}"}}'
