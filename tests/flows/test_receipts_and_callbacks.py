"""Receipts at levels 1, 2 and 3 reach the client's URL, once when it acknowledges and again when it does not."""

from __future__ import annotations

import pytest

from tests.flows.callbacks import ACK, Callbacks, Form, Reply
from tests.flows.gateway import Gateway
from tests.flows.operators import Operator


@pytest.fixture(scope="module")
def routed(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """The gateway, with an operator behind it."""
    with Operator(tmp_path_factory.mktemp("operator")) as operator:
        gateway.add_connector("north", operator.port)
        gateway.add_route("north", "")
        yield gateway


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("level", "levels"), [(1, ["1"]), (2, ["2"]), (3, ["1", "2"])])
def test_levels(routed: Gateway, client: Callbacks, level: int, levels: list[str], method: str) -> None:
    message = routed.send(
        to="33612345678", content="Hello", dlr_url=client.url("/dlr"), dlr_level=level, dlr_method=method
    ).id
    calls = client.until("/dlr", len(levels))
    assert [call["level"] for call in calls] == levels
    assert {call["id"] for call in calls} == {message}
    assert {method_of for method_of, _, _ in client.calls} == {method}
    smsc_id = routed.until_state(message, "delivered")["parts"][0]["smsc_id"]
    for call in calls:
        assert call["connector"] == "north"
        if call["level"] == "1":
            assert call["message_status"] == "ESME_ROK"
        else:
            assert (call["message_status"], call["id_smsc"], call["err"]) == ("DELIVRD", smsc_id, "000")


def test_a_callback_is_repeated_until_it_is_acknowledged(routed: Gateway) -> None:
    def reluctant(_call: Form, before: int) -> Reply:
        return ((500, b"not now"), (200, b"OK, whatever"), ACK)[before]

    with Callbacks(reluctant) as client:
        message = routed.send(to="33612345678", content="Hello", dlr_url=client.url("/dlr"), dlr_level=3).id
        calls = client.until("/dlr", 6)
        assert [call["id"] for call in calls] == [message] * 6
        assert sorted(call["level"] for call in calls) == ["1"] * 3 + ["2"] * 3
        again = routed.send(to="33612345678", content="Last", dlr_url=client.url("/last"), dlr_level=1).id
        client.until("/last", 3)
        assert routed.state(again) in ("sent", "delivered")
        assert len(client.of("/dlr")) == 6, "acknowledged calls are not made again"
