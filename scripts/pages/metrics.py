"""docs/reference/metrics.md: what /metrics shows."""

from __future__ import annotations

import re

from http_api.metrics import render
from jasminlike.stats import Stats
from pages.tables import RENDERED, code, table

MEANINGS = {
    "created_at": "when counting began",
    "request_count": "requests",
    "interceptor_count": "messages a script looked at",
    "auth_error_count": "wrong user names or passwords, and disabled accounts",
    "route_error_count": "messages without a route",
    "interceptor_error_count": "messages a script refused or failed on",
    "throughput_error_count": "messages over an account's throughput",
    "charging_error_count": "messages an account could not pay",
    "server_error_count": "errors of the gateway itself",
    "success_count": "messages accepted",
    "connected_count": "connections",
    "connect_count": "connections since the start",
    "disconnect_count": "connections that ended",
    "disconnected_count": "connections that ended",
    "bound_count": "sessions that were bound",
    "submit_sm_request_count": "requests to send",
    "submit_sm_count": "requests to send that were taken",
    "deliver_sm_count": "deliver_sm: receipts and incoming messages",
    "data_sm_count": "data_sm: receipts and incoming messages",
    "elink_count": "enquire_link",
    "throttling_error_count": "answers that said: too fast",
    "other_submit_error_count": "other refusals",
    "bound_trx_count": "transceiver sessions bound now",
    "bound_rx_count": "receiver sessions bound now",
    "bound_tx_count": "transmitter sessions bound now",
    "bind_trx_count": "binds as transceiver",
    "bind_rx_count": "binds as receiver",
    "bind_tx_count": "binds as transmitter",
    "unbind_count": "unbinds",
    "accepted_count": "messages accepted, by all doors",
    "parts_count": "parts they were split into",
    "delivered_count": "messages that ended as delivered",
    "undelivered_count": "messages that ended as undelivered",
    "expired_count": "messages that ended as expired",
    "rejected_count": "messages that ended as rejected",
    "failed_count": "messages that ended as failed",
    "receipts_matched_count": "receipts that found their message",
    "receipts_orphan_count": "receipts that found none",
    "callbacks_ok_count": "callbacks that clients acknowledged",
    "callbacks_failed_count": "callbacks that failed, each attempt counted",
    "callbacks_parked_count": "callbacks that were set aside after all attempts",
    "incoming_count": "messages from subscribers, parts counted",
    "resubmitted_count": "parts sent again that may have gone before",
}
"""What a counter counts, by its name without the family. A counter that is not here makes the rendering fail."""


def page() -> str:
    """The text of the page."""
    stats = Stats()
    stats.connector("x")
    text = render(stats, ()).decode()
    rows = []
    for name, kind in re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text):
        family, _, rest = name.partition("_")
        label = "`cid`" if family == "smppc" else ""
        rows.append((code(name), kind, label, MEANINGS[rest]))
    lines = [
        "# Metrics",
        "",
        RENDERED,
        "",
        "`/metrics` gives these to Prometheus. They start at zero with the process. Names that begin with `httpapi_`,",
        "`smppc_` and `smppsapi_` are those of Jasmin, so that its dashboards work; what goes up and down is a gauge.",
        "Further gauges, named `gateway_…`, show the moment (queues, connectors) and carry their own help.",
        "",
        *table(("name", "type", "label", "counts"), rows),
    ]
    return "\n".join(lines) + "\n"
