"""/metrics as Prometheus itself reads it."""

from __future__ import annotations

from typing import Any

import pytest_twisted
from prometheus_client.parser import text_string_to_metric_families

from http_api.endpoint import Ask
from http_api.metrics import Gauge, render
from jasminlike.stats import Stats
from tests.http_api.api import Api


def families(stats: Stats, gauges: list[Gauge] = []) -> dict[str, Any]:  # noqa: B006
    found = list(text_string_to_metric_families(render(stats, gauges).decode()))
    assert len({each.name for each in found}) == len(found)
    return {each.name: each for each in found}


def value(family: Any, **labels: str) -> float:
    (sample,) = [each for each in family.samples if each.labels == labels]
    return float(sample.value)


NAMES = """
httpapi: request_count interceptor_count auth_error_count route_error_count interceptor_error_count
throughput_error_count charging_error_count server_error_count success_count
smppc: connected_count disconnected_count bound_count submit_sm_request_count submit_sm_count deliver_sm_count
data_sm_count interceptor_count elink_count throttling_error_count interceptor_error_count other_submit_error_count
smppsapi: connected_count connect_count disconnect_count interceptor_count bound_trx_count bound_rx_count bound_tx_count
bind_trx_count bind_rx_count bind_tx_count unbind_count submit_sm_request_count submit_sm_count deliver_sm_count
data_sm_count elink_count throttling_error_count interceptor_error_count other_submit_error_count
"""


def known_names() -> list[str]:
    names, prefix = [], ""
    for word in NAMES.split():
        if word.endswith(":"):
            prefix = word[:-1]
        else:
            names.append(f"{prefix}_{word}")
    return names


def test_every_name_that_dashboards_know_is_there() -> None:
    names = known_names()
    assert len(names) == 9 + 12 + 19
    assert set(names) <= families(Stats()).keys()


def test_what_goes_up_and_down_is_a_gauge() -> None:
    found = families(Stats())
    gauges = {name for name, each in found.items() if each.type == "gauge"}
    assert gauges == {
        "smppsapi_connected_count",
        "smppsapi_bound_trx_count",
        "smppsapi_bound_rx_count",
        "smppsapi_bound_tx_count",
        "gateway_created_at",
    }
    assert {each.type for each in found.values()} == {"gauge", "counter"}
    assert all(each.documentation for each in found.values())


def test_values_come_from_the_counters() -> None:
    stats = Stats()
    stats.http.request_count = 7
    stats.smpps.bound_rx_count = 2
    stats.gateway.callbacks_parked_count = 3
    stats.connector("north").submit_sm_count = 5
    stats.connector('a"b\\c\n').elink_count = 1
    found = families(stats)
    assert value(found["httpapi_request_count"]) == 7
    assert value(found["smppsapi_bound_rx_count"]) == 2
    assert value(found["gateway_callbacks_parked_count"]) == 3
    assert value(found["smppc_submit_sm_count"], cid="north") == 5
    assert value(found["smppc_elink_count"], cid='a"b\\c\n') == 1
    assert len(found["smppc_elink_count"].samples) == 2


def test_gauges_of_others() -> None:
    found = families(
        Stats(),
        [
            Gauge("waiting_parts", "Parts that\nwait", "cid", {"north": 4.0, "south": 0.5}),
            Gauge("store_failing", "1 while it fails", "", {"": 1.0}),
        ],
    )
    waiting = found["gateway_waiting_parts"]
    assert (waiting.type, value(waiting, cid="north"), value(waiting, cid="south")) == ("gauge", 4.0, 0.5)
    assert value(found["gateway_store_failing"]) == 1.0


@pytest_twisted.ensureDeferred
async def test_the_endpoint_needs_no_login_and_counts_nothing(api: Api) -> None:
    api.gauges.append(Gauge("x", "about", "", {"": 2.0}))
    endpoint: Any = api.site.resource.children[b"metrics"]._endpoint
    reply = await endpoint.answer(Ask(b"", b"", b"", ""))
    assert (reply.status, reply.content_type) == (200, b"text/plain; version=0.0.4; charset=utf-8")
    assert b"\ngateway_x 2.0\n" in reply.body
    assert b"\nhttpapi_request_count 0\n" in reply.body
