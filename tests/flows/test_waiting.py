"""Messages that wait: kept while their connector is stopped, overtaken by urgent ones, ended when their time is over,
refused when too many wait."""

from __future__ import annotations

from pathlib import Path

import smpplib.consts

from tests.flows.gateway import Gateway
from tests.flows.load import Load
from tests.flows.operators import Operator
from tests.flows.process import until
from tests.flows.smpplib_session import Smpplib


def test_messages_for_a_stopped_connector_wait_for_it(gateway: Gateway, operator: Operator) -> None:
    gateway.add_connector("stopped", operator.port, started=False)
    gateway.add_route("stopped", "1")
    ids = [gateway.send(to="1555", content=f"text {number}").id for number in range(20)]
    assert {gateway.state(each) for each in ids} == {"queued"}
    assert operator.stats()["binds"] == 0
    gateway.restart()
    assert {gateway.state(each) for each in ids} == {"queued"}
    gateway.set_up("smppccm -1 stopped")
    taken = operator.until_taken(20)
    assert [message["text"] for message in taken] == [f"text {number}" for number in range(20)], "in order"
    for each in ids:
        told = gateway.until_state(each, "sent")
        assert not told["parts"][0]["redelivered"]
    gateway.set_up("smppccm -0 stopped")


def test_an_urgent_message_overtakes_all_that_wait(gateway: Gateway, operator: Operator) -> None:
    gateway.add_connector("slow", operator.port, started=False, submit_throughput=100)
    gateway.add_route("slow", "2")
    accepted = Load(gateway, "2555", 2000).start().wait().accepted
    assert len(accepted) == 2000
    gateway.set_up("smppccm -1 slow")
    operator.until_taken(20)
    urgent = gateway.send(to="2555", content="urgent", priority=3).id
    before = len(operator.taken())
    gateway.until_state(urgent, "sent")
    texts = [message["text"] for message in operator.until_taken(before + 30)]
    # A tenth of a second's messages may be on their way, and some may have gone before we had counted.
    assert "urgent" in texts[: before + 12], f"it came as number {texts.index('urgent')}, {before} were there"
    told = gateway.metric("gateway_waiting_parts", cid="slow")
    assert told > 1500, "the others wait on"
    order = [accepted[text][:13] for text in texts if text != "urgent"]  # an id begins with its millisecond
    assert order == sorted(order), "the others come in the order in which they were accepted"
    gateway.set_up("smppccm -0 slow")


def test_a_message_whose_validity_ends_while_it_waits_expires(gateway: Gateway, operator: Operator) -> None:
    gateway.add_connector("late", operator.port, started=False)
    gateway.add_route("late", "3")
    with Smpplib(gateway.ports["smpps"]) as session:
        answer = session.send(
            destination_addr="3555",
            short_message=b"for this moment only",
            validity_period="000000000002000R",
            registered_delivery=1,
        )
        assert answer.status == 0
        message = answer.message_id.decode()
        assert gateway.state(message) == "queued"
        receipt = session.until(session.receipts)
        assert receipt.receipted_message_id.decode() == message
        assert receipt.message_state == smpplib.consts.SMPP_MESSAGE_STATE_EXPIRED
        assert b"stat:EXPIRED" in receipt.short_message
    told = gateway.status(message)
    assert (told["state"], told["final"]) == ("expired", True)
    assert told["reason"]
    gateway.send(to="3555", content="still good")
    gateway.set_up("smppccm -1 late")
    assert [each["text"] for each in operator.until_taken(1)] == ["still good"]
    gateway.set_up("smppccm -0 late")


def test_a_full_gateway_refuses_and_takes_again(tmp_path: Path, operator: Operator) -> None:
    with Gateway(tmp_path, store__max_messages=50) as gateway:
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", operator.port, started=False)
        gateway.add_route("north", "")
        load = Load(gateway, "1555", 200).start().wait()
        assert len(load.accepted) == 50
        assert load.refused == [503] * 150
        refused = gateway.send(to="1555", content="one too many")
        assert (refused.status, refused.text) == (503, 'Error "The gateway holds as many messages as it may"')
        assert int(refused.headers["Retry-After"]) > 0
        with Smpplib(gateway.ports["smpps"]) as session:
            assert session.send(destination_addr="1555", short_message=b"x").status == smpplib.consts.SMPP_ESME_RMSGQFUL
        gateway.set_up("smppccm -1 north")
        assert {each["text"] for each in operator.until_taken(50)} == set(load.accepted)
        until(lambda: gateway.metric("gateway_stored_deliveries") == 0, "the queue is empty")
        gateway.until_state(gateway.send(to="1555", content="welcome again").id, "sent")
        gateway.stop()
        assert gateway.errors() == []
