"""Receipts before their answers, on the next session, in another form, doubled, and of messages that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jasminlike.smpp.pdu import DeliverSmResp, SubmitSm
from tests.flows.callbacks import Callbacks
from tests.flows.gateway import Gateway
from tests.flows.wire import Smsc, Wire, answer, receipt

FORMS = [("1a2b", "1A2B"), ("00001a2b", "1a2b"), ("0012345", "12345"), ("1A2B", "6699"), ("6699", "1A2B"),
         ("5F0C0B6E-41E9-4B1B-9B5E-5E3D5E1E1C11", "5f0c0b6e-41e9-4b1b-9b5e-5e3d5e1e1c11")]  # fmt: skip


@pytest.fixture
def smsc(gateway: Gateway, request: pytest.FixtureRequest) -> Iterator[tuple[Smsc, Wire, str, str]]:
    """An operator by hand, its session, the numbers that lead to it, and its connector."""
    mark = abs(hash(request.node.name)) % 10**8
    cid, to = f"f07-{mark}", f"07{mark:08d}"
    with Smsc() as listening:
        gateway.add_connector(cid, listening.port, started=False)
        gateway.add_route(cid, to)
        gateway.set_up(f"smppccm -1 {cid}")
        session = listening.accept()
        yield listening, session, to, cid
        session.cut()
    gateway.set_up(f"smppccm -0 {cid}")


def _send(gateway: Gateway, client: Callbacks, to: str) -> str:
    return gateway.send(to=to, content="Hello", dlr_url=client.url("/dlr"), dlr_level=2).id


def _told_once(gateway: Gateway, client: Callbacks, message: str) -> None:
    (call,) = client.until("/dlr", 1)
    assert (call["id"], call["message_status"]) == (message, "DELIVRD")
    assert gateway.until_state(message, "delivered")
    assert len(client.of("/dlr")) == 1


def test_before_the_answer(gateway: Gateway, smsc: tuple[Smsc, Wire, str, str], client: Callbacks) -> None:
    _, session, to, _ = smsc
    message = _send(gateway, client, to)
    pdu = session.expect(SubmitSm)
    session.send(receipt("early7", pdu, sequence=1))
    session.send(answer(pdu, "early7"))
    assert session.expect(DeliverSmResp).status == 0
    _told_once(gateway, client, message)


def test_on_the_next_session(gateway: Gateway, smsc: tuple[Smsc, Wire, str, str], client: Callbacks) -> None:
    listening, session, to, _ = smsc
    message = _send(gateway, client, to)
    pdu = session.expect(SubmitSm)
    session.send(answer(pdu, "moved7"))
    gateway.until_state(message, "sent")
    session.cut()
    following = listening.accept()
    following.send(receipt("moved7", pdu, sequence=1))
    assert following.expect(DeliverSmResp).status == 0
    _told_once(gateway, client, message)
    following.cut()


def test_doubled_and_unknown(gateway: Gateway, smsc: tuple[Smsc, Wire, str, str], client: Callbacks) -> None:
    _, session, to, _ = smsc
    message = _send(gateway, client, to)
    pdu = session.expect(SubmitSm)
    session.send(answer(pdu, "double7"))
    before = gateway.metric("gateway_receipts_orphan_count")
    ids = ("double7", "double7", "nobody's", "double7")
    session.send(*(receipt(id, pdu, sequence=number) for number, id in enumerate(ids, 1)))
    assert [session.expect(DeliverSmResp).status for _ in ids] == [0] * len(ids)
    _told_once(gateway, client, message)
    after = gateway.send(to=to, content="after", dlr_url=client.url("/after"), dlr_level=2).id
    pdu = session.expect(SubmitSm)
    session.send(answer(pdu, "after7"), receipt("after7", pdu, sequence=9))
    assert client.until("/after", 1)[0]["id"] == after
    assert len(client.of("/dlr")) == 1
    assert gateway.metric("gateway_receipts_orphan_count") >= before


@pytest.mark.parametrize(("answered", "told"), FORMS)
def test_an_id_in_another_form(
    gateway: Gateway, smsc: tuple[Smsc, Wire, str, str], client: Callbacks, answered: str, told: str
) -> None:
    _, session, to, _ = smsc
    message = _send(gateway, client, to)
    pdu = session.expect(SubmitSm)
    session.send(answer(pdu, answered))
    gateway.until_state(message, "sent")
    session.send(receipt(told, pdu, sequence=1))
    assert session.expect(DeliverSmResp).status == 0
    _told_once(gateway, client, message)
