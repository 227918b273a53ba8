"""Operators that misbehave: connections cut, throttling, answers lost, late, doubled or out of order, receipts in
every order and form, garbage, one octet at a time, nobody there for a while. Every message ends as it should."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.callbacks import Callbacks
from tests.flows.gateway import Gateway
from tests.flows.load import Load
from tests.flows.operators import Operator
from tests.flows.process import until

COUNT = 200


@pytest.fixture
def cid(request: pytest.FixtureRequest) -> str:
    """A connector's name for this test alone."""
    return f"c{zlib.crc32(request.node.name.encode()):010d}"


def _all_delivered(gateway: Gateway, load: Load, seconds: float = 25.0) -> None:
    waiting = set(load.accepted.values())

    def look() -> bool:
        waiting.difference_update([id for id in list(waiting) if gateway.state(id) == "delivered"])
        return not waiting

    try:
        until(look, "all are delivered", seconds)
    except AssertionError:
        raise AssertionError([gateway.status(id) for id in list(waiting)[:3]]) from None


def _came(operator: Operator, to: str) -> Counter[str]:
    return Counter(message["text"] for message in operator.taken(to))


@pytest.fixture
def connected(gateway: Gateway, operator: Operator, cid: str) -> Iterator[str]:
    """A connector to the operator, and a route; the number to send to."""
    gateway.add_connector(cid, operator.port, window=20, retry="ESME_RSYSERR,5,0.2;ESME_RTHROTTLED,20,0.2")
    to = cid[1:]
    gateway.add_route(cid, to)
    yield to
    gateway.set_up(f"smppccm -0 {cid}")


@pytest.mark.parametrize(
    "faults",
    [
        {"disconnect_every": 37},
        {"throttle_share": 0.05, "throttle_burst": 3},
        {"throughput": 400},
        {"window_limit": 5, "window_status": "ESME_RTHROTTLED", "answer_delay": 5},
        {"error_share": 0.1},
        {"receipt_first_share": 0.5, "answer_delay": 20, "receipt_delay": 0},
        {"receipt_first_share": 1, "receipt_twice_share": 0.5},
        {"receipt_twice_share": 1},
        {"duplicate_share": 0.5},
        {"reorder_share": 0.5},
        {"answer_delay": "0-100"},
        {"answer_id": "hex", "receipt_id": "decimal"},
        {"answer_id": "decimal", "receipt_id": "hex"},
        {"answer_id": "hex-upper-zeros", "receipt_id": "hex"},
        {"answer_id": "decimal-zeros", "receipt_id": "decimal"},
        {"answer_id": "uuid"},
        {"receipt_form": "text"},
        {"receipt_form": "tlv"},
        {"receipt_esm_class": "forgotten", "receipt_form": "both"},
        {"unbind_every": 50},
        {"garbage_after": 60},
        {"crumbs": "yes"},
        {"glue": 30},
    ],
    ids=lambda faults: ",".join(f"{name}={value}" for name, value in faults.items()),
)
def test_every_message_is_delivered(
    gateway: Gateway, operator: Operator, connected: str, cid: str, faults: dict[str, object]
) -> None:
    cuts = {"disconnect_every", "garbage_after", "unbind_every"} & set(faults)
    operator.change(**faults)
    load = Load(gateway, connected, COUNT, dlr="yes", dlr_level=2).start().wait()
    assert len(load.accepted) == COUNT
    _all_delivered(gateway, load)
    came = _came(operator, connected)
    assert set(came) == set(load.accepted)
    twice = {text for text, times in came.items() if times > 1}
    if cuts:
        assert all(gateway.status(load.accepted[text])["parts"][0]["redelivered"] for text in twice)
    else:
        assert twice == set()


def test_lost_answers_are_asked_for_again(gateway: Gateway, operator: Operator, cid: str) -> None:
    gateway.add_connector(cid, operator.port, res_to=0.5, requeue_delay=0.2, window=20)
    gateway.add_route(cid, cid[1:])
    operator.change(lost_share=0.2)
    load = Load(gateway, cid[1:], 60, dlr="yes", dlr_level=2).start().wait()
    until(lambda: len(_came(operator, cid[1:])) == 60, "all came once at least", 20)
    operator.change(lost_share=0)
    _all_delivered(gateway, load)
    twice = [text for text, times in _came(operator, cid[1:]).items() if times > 1]
    assert twice
    for text in twice:
        assert gateway.status(load.accepted[text])["parts"][0]["redelivered"]
    gateway.set_up(f"smppccm -0 {cid}")


@pytest.mark.parametrize(("in_doubt", "state"), [("fail", "unknown"), ("hold", "sending")])
def test_what_is_in_doubt_is_not_sent_again_where_the_operator_says_so(
    gateway: Gateway, operator: Operator, cid: str, in_doubt: str, state: str
) -> None:
    gateway.add_connector(cid, operator.port, res_to=0.3, requeue_delay=0.2, in_doubt=in_doubt)
    gateway.add_route(cid, cid[1:])
    operator.change(lost_share=1)
    message = gateway.send(to=cid[1:], content="Hello").id
    operator.until_taken(1)
    if in_doubt == "fail":
        gateway.until_state(message, state)
    else:
        until(lambda: gateway.metric("gateway_parked_deliveries") >= 1, "it is set aside")
    operator.change(lost_share=0)
    gateway.until_state(gateway.send(to=cid[1:], content="after").id, "sent")
    assert [each["text"] for each in operator.taken(cid[1:])] == ["Hello", "after"]
    gateway.set_up(f"smppccm -0 {cid}")


def test_a_final_error_is_told(gateway: Gateway, operator: Operator, connected: str, client: Callbacks) -> None:
    operator.change(error_share=1, error_status="ESME_RINVDSTADR:1")
    message = gateway.send(to=connected, content="Hello", dlr_url=client.url("/dlr"), dlr_level=3).id
    told = gateway.until_state(message, "rejected")
    assert told["parts"][0]["error"] == "ESME_RINVDSTADR"
    # They are called at once, on two connections.
    first, second = sorted(client.until("/dlr", 2), key=lambda call: call["level"])
    assert (first["level"], first["message_status"]) == ("1", "ESME_RINVDSTADR")
    assert (second["level"], second["message_status"]) == ("2", "REJECTD")


def test_an_operator_that_is_away_for_a_while(gateway: Gateway, operator: Operator, connected: str, cid: str) -> None:
    gateway.until_state(gateway.send(to=connected, content="before").id, "sent")
    operator.leave()
    gateway.until_bound(cid, False)
    load = Load(gateway, connected, 100).start().wait()
    assert len(load.accepted) == 100
    assert gateway.state(load.accepted["text 0"]) == "queued"
    operator.come_back()
    assert set(_came_all(operator, connected, 100)) == set(load.accepted)


def _came_all(operator: Operator, to: str, count: int) -> list[str]:
    return [message["text"] for message in operator.until_taken(count, to)]


def test_an_operator_that_never_answers_the_bind(gateway: Gateway, tmp_path: Path, cid: str) -> None:
    with Operator(tmp_path, half_open=True) as deaf:
        gateway.add_connector(cid, deaf.port, started=False, bind_to=0.3)
        gateway.add_route(cid, cid[1:])
        gateway.set_up(f"smppccm -1 {cid}")
        message = gateway.send(to=cid[1:], content="Hello").id
        until(lambda: deaf.stats()["connections"] >= 3, "it tries again and again")
        assert gateway.state(message) == "queued"
        deaf.change(half_open="no")
        deaf.until_taken(1)
        gateway.until_state(message, "sent")
        gateway.set_up(f"smppccm -0 {cid}")


def test_an_operator_that_refuses_binds_at_first(gateway: Gateway, tmp_path: Path, cid: str) -> None:
    with Operator(tmp_path, refuse_first=3, refuse_status="ESME_RINVPASWD") as operator:
        gateway.add_connector(cid, operator.port)
        assert operator.stats()["binds_refused"] == {"ESME_RINVPASWD": 3}
        gateway.set_up(f"smppccm -0 {cid}")


def test_an_operator_that_falls_silent(gateway: Gateway, operator: Operator, cid: str) -> None:
    gateway.add_connector(cid, operator.port, elink_interval=0.3, res_to=1, requeue_delay=0.2, window=5)
    gateway.add_route(cid, cid[1:])
    operator.change(silence_after=10)
    load = Load(gateway, cid[1:], 30).start().wait()
    until(lambda: set(_came(operator, cid[1:])) == set(load.accepted), "all came, over several sessions", 25)
    assert operator.stats()["connections"] > 2
    gateway.set_up(f"smppccm -0 {cid}")


def test_a_window_that_is_changed_under_load(gateway: Gateway, operator: Operator, cid: str) -> None:
    operator.change(answer_delay=20)
    gateway.add_connector(cid, operator.port, window=2)
    to = cid[1:]
    gateway.add_route(cid, to)
    load = Load(gateway, to, 150).start().wait()
    gateway.set_up(f"smppccm -u {cid}\nwindow 40\nok")
    assert set(_came_all(operator, to, 150)) == set(load.accepted)
    for id in load.accepted.values():
        gateway.until_state(id, "sent")
    assert max(_came(operator, to).values()) == 1
    gateway.set_up(f"smppccm -0 {cid}")
