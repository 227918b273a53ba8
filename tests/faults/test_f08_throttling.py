"""An operator that throttles: the gateway pauses, keeps the order and needs hardly more time than it must."""

from __future__ import annotations

import time

import pytest

from tests.faults.ledger import until_delivered
from tests.flows.gateway import Gateway
from tests.flows.load import Load
from tests.flows.operators import Operator

COUNT = 100


@pytest.mark.parametrize("status", ["ESME_RTHROTTLED", "ESME_RMSGQFUL"])
def test_bursts_keep_the_order(gateway: Gateway, operator: Operator, status: str) -> None:
    cid, to = f"f08{status[-4:]}", {"ESME_RTHROTTLED": "081", "ESME_RMSGQFUL": "082"}[status]
    gateway.add_connector(cid, operator.port, window=1, retry=f"{status},50,0.2")
    gateway.add_route(cid, to)
    if status == "ESME_RTHROTTLED":
        operator.change(throttle_share=0.1, throttle_burst=3)
    else:
        operator.change(error_share=0.1, error_status=f"{status}:1")
    load = Load(gateway, to, COUNT, clients=1, dlr="yes", dlr_level=2).start().wait()
    until_delivered(gateway, list(load.accepted.values()))
    came = [message["text"] for message in operator.taken(to)]
    assert sorted(came) == sorted(load.accepted), "each once"
    assert operator.stats()["refused"][status] > 0
    if status == "ESME_RTHROTTLED":
        assert came == list(load.accepted), "in the order in which they were accepted"
    gateway.set_up(f"smppccm -0 {cid}")


def test_the_time_it_takes(gateway: Gateway, operator: Operator) -> None:
    rate, count = 100, 200
    gateway.add_connector("f08time", operator.port, window=20, retry="ESME_RTHROTTLED,50,0.2")
    gateway.add_route("f08time", "083")
    operator.change(throughput=rate)
    began = time.monotonic()
    load = Load(gateway, "083", count, dlr="yes", dlr_level=2).start().wait()
    came = [message["text"] for message in operator.until_taken(count, "083", 20)]
    took = time.monotonic() - began
    assert sorted(came) == sorted(load.accepted), "each once"
    ideal = count / rate
    assert took < 2.5 * ideal, f"{took:.1f} s for what takes {ideal:.1f} s"
    gateway.set_up("smppccm -0 f08time")
