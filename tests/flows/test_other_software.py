"""Other authors' SMPP on the other side: the npm package `smpp` as SMSC and as client, the PyPI package `smpplib`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import smpplib.consts
import smpplib.exceptions

from tests.flows.callbacks import Callbacks
from tests.flows.gateway import ACCOUNT, Gateway
from tests.flows.operators import NodeProgram, Operator
from tests.flows.process import until
from tests.flows.smpplib_session import Smpplib

BIND_FAILED = (smpplib.consts.SMPP_ESME_RINVPASWD, smpplib.consts.SMPP_ESME_RBINDFAIL)


@pytest.fixture(scope="module")
def routed(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Operator]]:
    """The gateway with an operator, whose subscribers write to the account's SMPP sessions."""
    with Operator(tmp_path_factory.mktemp("operator")) as operator:
        gateway.add_connector("north", operator.port)
        gateway.add_route("north", "336")
        gateway.set_up("morouter -a\ntype DefaultRoute\nconnector smpps(acme)\nok")
        yield gateway, operator


@pytest.fixture
def session(routed: tuple[Gateway, Operator]) -> Iterator[Smpplib]:
    """A bound session of `smpplib`."""
    with Smpplib(routed[0].ports["smpps"]) as session:
        yield session


def test_node_is_the_smsc(gateway: Gateway, tmp_path: Path, client: Callbacks) -> None:
    with NodeProgram("smsc.js", tmp_path) as smsc:
        gateway.add_connector("nodes", smsc.event("listens", 20)["port"], password="theirs")
        gateway.add_route("nodes", "49")
        assert smsc.event("bound")["password"] == "theirs"
        message = gateway.send(
            to="4915112345678", from_="SHOP", content="Grüße €5", dlr_url=client.url("/dlr"), dlr_level=3
        ).id
        taken = smsc.event("message", to="4915112345678")
        assert (taken["text"], taken["from"], taken["registered"]) == ("Grüße €5", "SHOP", 1)
        first, second = client.until("/dlr", 2)
        assert (first["level"], first["message_status"]) == ("1", "ESME_ROK")
        assert (second["level"], second["message_status"], second["id_smsc"]) == ("2", "DELIVRD", taken["id"])
        assert second["id"] == message
        assert smsc.event("receipt answered")["status"] == 0
        gateway.until_state(message, "delivered")
        cyrillic = "Привет, мир"
        gateway.send(to="4915100000000", coding=8, hex_content=cyrillic.encode("utf-16-be").hex())
        assert smsc.event("message", to="4915100000000")["text"] == cyrillic
        gateway.set_up("smppccm -0 nodes")
        smsc.event("closed")


def test_node_is_the_client(routed: tuple[Gateway, Operator], tmp_path: Path) -> None:
    gateway, operator = routed
    with NodeProgram("client.js", tmp_path, gateway.ports["smpps"], *ACCOUNT) as client:
        assert client.event("bound", 20)["status"] == 0
        client.tell(
            destination_addr="33600000001",
            source_addr="SHOP",
            short_message="Grüße €5",
            data_coding=0,
            registered_delivery=1,
        )
        answer = client.event("answer")
        assert answer["status"] == 0
        (taken,) = operator.until_taken(1, "33600000001")
        assert taken["text"] == "Grüße €5"
        receipt = client.event("receipt")
        assert (receipt["id"], receipt["state"]) == (answer["id"], 2)
        assert receipt["text"].startswith(f"id:{answer['id']} ")
        assert "stat:DELIVRD err:000" in receipt["text"]
        assert gateway.state(answer["id"]) == "delivered"
        operator.tell("send * 491700000001 12345 Good morning")
        incoming = client.event("message")
        assert (incoming["from"], incoming["to"], incoming["text"]) == ("491700000001", "12345", "Good morning")
        client.event("link answered")
        client.tell(unbind=True)
        assert client.event("unbound")["status"] == 0


def test_smpplib_sends_and_gets_its_receipt(routed: tuple[Gateway, Operator], session: Smpplib) -> None:
    gateway, operator = routed
    answer = session.send(destination_addr="33600000002", short_message=b"Hello", registered_delivery=1)
    assert answer.status == 0
    message = answer.message_id.decode()
    assert operator.until_taken(1, "33600000002")[0]["text"] == "Hello"
    receipt = session.until(session.receipts)
    assert receipt.receipted_message_id.decode() == message
    assert receipt.short_message.decode().startswith(f"id:{message} ")
    assert receipt.message_state == 2
    assert (receipt.source_addr, receipt.destination_addr) == (b"33600000002", b"SHOP")
    gateway.until_state(message, "delivered")
    session.client.query_message(message_id=message, source_addr="SHOP", source_addr_ton=5, source_addr_npi=0)
    states: list[Any] = []
    session.client.set_query_resp_handler(states.append)
    assert session.until(states).message_state == 2


def test_smpplib_gets_incoming_messages(routed: tuple[Gateway, Operator], session: Smpplib) -> None:
    routed[1].tell("send * 491700000002 12345 Good evening")
    incoming = session.until(session.messages)
    assert (incoming.source_addr, incoming.short_message) == (b"491700000002", b"Good evening")


def test_what_comes_while_nobody_is_bound_waits(routed: tuple[Gateway, Operator]) -> None:
    gateway, operator = routed
    operator.tell("send * 491700000003 12345 Are you there?")
    until(lambda: operator.stats()["deliveries_waiting"] == 0, "the gateway has answered for it")
    with Smpplib(gateway.ports["smpps"]) as session:
        assert session.until(session.messages).short_message == b"Are you there?"


def test_a_text_in_message_payload_is_passed_on(routed: tuple[Gateway, Operator], session: Smpplib) -> None:
    text = b"a long text of a client that knows message_payload " * 20
    assert session.send(destination_addr="33600000004", short_message=b"", message_payload=text).status == 0
    assert routed[1].until_taken(1, "33600000004")[0]["octets"] == text.hex()


def test_no_route_is_said(session: Smpplib) -> None:
    assert session.send(destination_addr="999", short_message=b"x").status == smpplib.consts.SMPP_ESME_RINVDSTADR


@pytest.mark.parametrize(("username", "password"), [("acme", "wrong"), ("nobody", "s3cret"), ("", "")])
def test_a_wrong_login_is_refused(routed: tuple[Gateway, Operator], username: str, password: str) -> None:
    with pytest.raises(smpplib.exceptions.PDUError) as refused:
        Smpplib(routed[0].ports["smpps"], username, password)
    assert refused.value.args[1] in BIND_FAILED
    with Smpplib(routed[0].ports["smpps"]):
        pass  # who knows the password is let in
