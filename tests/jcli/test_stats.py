"""Statistics, in the columns operators and their scripts know."""

from __future__ import annotations

import time

import pytest

from jasminlike.interfaces import Bound
from jcli.stats import moment
from tests.fakes.console import Room

AT = time.mktime((2026, 11, 20, 20, 27, 24, 0, 0, -1))


@pytest.fixture
def busy(room: Room) -> Room:
    room.setup(
        """
        group -a
        gid g
        ok
        user -a
        uid acme
        gid g
        username acmebox
        password s3cret
        ok
        smppccm -a
        cid telco_a
        ok
        """
    )
    return room


def test_times() -> None:
    assert moment(AT) == "2026-11-20 20:27:24"
    assert moment(0.0) == "ND"


def test_smppcs(busy: Room) -> None:
    counters = busy.stats.connector("telco_a")
    counters.connected_at = counters.bound_at = AT
    counters.disconnected_at = AT - 2
    counters.submit_sm_request_count, counters.submit_sm_count = 3045, 3042
    counters.deliver_sm_count, counters.data_sm_count = 27, 1
    counters.other_submit_error_count = 3
    busy.play("""\
jcli : stats --smppcs
#Connector id    Connected at         Bound at             Disconnected at      Submits    Delivers    QoS errs    Other errs
#telco_a         2026-11-20 20:27:24  2026-11-20 20:27:24  2026-11-20 20:27:22  3045/3042  27/1        0           3
Total connectors: 1""")  # noqa: E501


def test_smppc(busy: Room) -> None:
    busy.stats.connector("telco_a").elink_count = 12
    lines = busy.type("stats --smppc telco_a")
    assert lines[0] == "#Item                      Value"
    assert [line.split()[0][1:] for line in lines[1:]][:22] == [
        "created_at", "last_received_pdu_at", "last_sent_pdu_at", "last_received_elink_at", "last_sent_elink_at",
        "last_seqNum_at", "last_seqNum", "connected_at", "bound_at", "disconnected_at", "connected_count",
        "bound_count",
        "disconnected_count", "submit_sm_request_count", "submit_sm_count", "deliver_sm_count", "data_sm_count",
        "elink_count", "throttling_error_count", "other_submit_error_count", "interceptor_error_count",
        "interceptor_count",
    ]  # fmt: skip
    assert "#elink_count               12" in lines
    assert "#bound_at                  ND" in lines
    assert busy.type("stats --smppc=other") == ["Unknown connector: other"]


def test_user(busy: Room) -> None:
    busy.stats.smpps_of("acme").bind_count = 4
    busy.stats.http_of("acme").connects_count = 9
    busy.binds.bound["acmebox"] = [Bound("bind_transceiver", "10.0.0.1", AT), Bound("bind_receiver", "10.0.0.2", AT)]
    lines = busy.type("stats --user acme")
    assert lines[0].split() == ["#Item", "Type", "Value"]
    assert [line.split()[0][1:] for line in lines[1:] if "SMPP Server" in line] == [
        "bind_count", "unbind_count", "bound_connections_count", "bound_peer_ips", "submit_sm_request_count",
        "last_activity_at", "qos_last_submit_sm_at", "submit_sm_count", "deliver_sm_count", "data_sm_count",
        "elink_count", "throttling_error_count", "other_submit_error_count",
    ]  # fmt: skip
    assert [line.split()[0][1:] for line in lines if "HTTP Api" in line] == [
        "connects_count", "last_activity_at", "submit_sm_request_count", "balance_request_count", "rate_request_count",
        "qos_last_submit_sm_at",
    ]  # fmt: skip
    assert lines[1] == "#bind_count                SMPP Server  4"
    assert lines[3].endswith('SMPP Server  {"bind_receiver": 1, "bind_transmitter": 0, "bind_transceiver": 1}')
    assert lines[4].endswith(
        "10.0.0.1 (bind_transceiver @ 2026-11-20 20:27:24); 10.0.0.2 (bind_receiver @ 2026-11-20 20:27:24)"
    )
    assert busy.type("stats --user nobody") == ["Unknown User: nobody"]


def test_users(busy: Room) -> None:
    busy.stats.http_of("acme").connects_count = 9
    busy.stats.http_of("acme").last_activity_at = AT
    busy.play("""\
jcli : stats --users
#User id    SMPP Bound connections    SMPP Peer IPs    SMPP L.A.    HTTP requests counter    HTTP L.A.
#acme       0                         -                ND           9                        2026-11-20 20:27:24
Total users: 1""")


def test_apis(busy: Room) -> None:
    busy.stats.http.success_count = 5
    http = busy.type("stats --httpapi")
    assert [line.split()[0][1:] for line in http[1:]] == [
        "created_at", "request_count", "last_request_at", "auth_error_count", "route_error_count",
        "interceptor_error_count", "interceptor_count", "throughput_error_count", "charging_error_count",
        "server_error_count", "success_count", "last_success_at",
    ]  # fmt: skip
    assert "#success_count            5" in http
    smpps = [line.split()[0][1:] for line in busy.type("stats --smppsapi")[1:]]
    assert smpps[:7] == ["created_at", "last_received_pdu_at", "last_sent_pdu_at", "last_received_elink_at",
                         "connected_count", "connect_count", "disconnect_count"]  # fmt: skip
    assert "#accepted_count" in busy.type("stats --gateway")[2]


def test_options(busy: Room) -> None:
    assert busy.type("stats -x")[0] == "no such option: -x"
    assert busy.type("stats --user")[0] == "--user option requires 1 argument"
    assert busy.type("stats --users=1")[0] == "--users option does not take a value"
