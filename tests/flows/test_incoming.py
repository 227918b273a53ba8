"""What subscribers write reaches the client's URL: once when acknowledged, again when not, joined when long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.callbacks import ACK, Callbacks, Form, Reply
from tests.flows.gateway import Gateway
from tests.flows.operators import Operator


@pytest.fixture
def reluctant() -> Iterator[Callbacks]:
    """A client that acknowledges the third call only."""

    def reply(_call: Form, before: int) -> Reply:
        return ((503, b"later"), (200, b""), ACK)[before]

    with Callbacks(reply) as callbacks:
        yield callbacks


def _route(gateway: Gateway, operator: Operator, cid: str, url: str) -> None:
    gateway.add_connector(cid, operator.port)
    gateway.set_up(f"""
        httpccm -a
        cid {cid}-web
        url {url}
        method POST
        ok
        filter -a
        fid from-{cid}
        type ConnectorFilter
        cid {cid}
        ok
        morouter -a
        type StaticMORoute
        order {next(gateway.orders)}
        filters from-{cid}
        connector http({cid}-web)
        ok
        """)


def test_a_message_is_thrown_until_it_is_acknowledged(
    gateway: Gateway, operator: Operator, reluctant: Callbacks
) -> None:
    _route(gateway, operator, "mo-retry", reluctant.url("/mo"))
    operator.tell("send * 491700000001 12345 Good morning")
    calls = reluctant.until("/mo", 3)
    assert calls[0] == calls[1] == calls[2]
    assert (calls[0]["from"], calls[0]["to"], calls[0]["content"]) == ("491700000001", "12345", "Good morning")
    assert calls[0]["origin-connector"] == "mo-retry"
    assert bytes.fromhex(calls[0]["binary"]) == b"Good morning"
    assert operator.stats()["incoming_answered"] == 1, "the operator sent it once: it was stored when it was answered"


@pytest.mark.parametrize("long", ["udh", "udh16", "sar", "payload"])
def test_a_long_message_comes_as_one_text(gateway: Gateway, operator: Operator, client: Callbacks, long: str) -> None:
    _route(gateway, operator, f"mo-{long}", client.url("/mo"))
    text = "Ein langer Text, der in mehreren Teilen kommt. " * 8
    operator.change(incoming_long=long, incoming_order="backward")
    operator.tell(f"send * 491700000001 12345 {text}")
    (call,) = client.until("/mo")
    assert call["content"].strip() == text.strip()


def test_many_messages_all_arrive(gateway: Gateway, operator: Operator, client: Callbacks) -> None:
    _route(gateway, operator, "mo-many", client.url("/mo"))
    operator.tell("mo 300")
    calls = client.until("/mo", 300, 20)
    assert len({call["id"] for call in calls}) == 300
    assert {call["content"] for call in calls} == {f"Hello {number}" for number in range(1, 301)}
