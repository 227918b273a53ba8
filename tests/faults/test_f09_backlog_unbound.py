"""A backlog for an operator that is not there: it waits in the queue, is not moved about, and costs no time."""

from __future__ import annotations

import os
import socket
import time

from tests.flows.gateway import Gateway
from tests.flows.load import Load
from tests.flows.operators import Operator
from tests.flows.process import until

COUNT = 500
ATTEMPTS = 4


def _busy_seconds(gateway: Gateway) -> float:
    """The time the gateway's process has used of a processor."""
    assert gateway.program is not None
    with open(f"/proc/{gateway.program.pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_it_waits_quietly(gateway: Gateway, operator: Operator) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
    gateway.add_connector("f09", port, started=False, con_fail_delay=0.4)
    gateway.add_route("f09", "09")
    gateway.set_up("smppccm -1 f09")
    load = Load(gateway, "09", COUNT).start().wait()
    assert len(load.accepted) == COUNT

    def failures() -> int:
        return gateway.events().count("connect-failed")

    before, began, so_far = _busy_seconds(gateway), time.monotonic(), failures()
    stored = gateway.metric("gateway_stored_deliveries")
    until(lambda: failures() >= so_far + ATTEMPTS, "it tries on")
    took, busy = time.monotonic() - began, _busy_seconds(gateway) - before
    assert busy < 0.25 * took + 0.1, f"{busy:.2f} s of a processor in {took:.2f} s of waiting"
    assert gateway.metric("gateway_stored_deliveries") == stored == COUNT
    gateway.set_up(f"smppccm -u f09\nport {operator.port}\nok")
    gateway.until_bound("f09")
    assert sorted(message["text"] for message in operator.until_taken(COUNT, "09")) == sorted(load.accepted)
    until(lambda: gateway.metric("gateway_stored_deliveries") == 0, "all are done")
    assert len(operator.messages("09")) == COUNT, "each went once"
    gateway.set_up("smppccm -0 f09")
