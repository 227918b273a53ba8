"""Answers that do not come, come late, twice, with a wrong number or out of order: no window is stuck by them."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from jasminlike.smpp.pdu import DeliverSmResp, SubmitSm
from tests.faults.ledger import text
from tests.flows.gateway import Gateway
from tests.flows.process import until
from tests.flows.wire import Smsc, Wire, answer, receipt


@pytest.fixture
def smsc(gateway: Gateway, request: pytest.FixtureRequest) -> Iterator[tuple[Wire, str]]:
    """An operator by hand with a window of 5, and the numbers that lead to it."""
    cid = f"f06{request.node.name[5:20]}".replace("[", "")
    to = f"06{abs(hash(request.node.name)) % 10**6:06d}"
    with Smsc() as listening:
        keys = {"window": 5, "res_to": 0.4, "requeue_delay": 1, "elink_interval": 5}
        gateway.add_connector(cid, listening.port, started=False, **keys)
        gateway.add_route(cid, to)
        gateway.set_up(f"smppccm -1 {cid}")
        session = listening.accept()
        yield session, to
        session.cut()
    gateway.set_up(f"smppccm -0 {cid}")


def _overdue(gateway: Gateway, message: str) -> None:
    until(lambda: f"part={message}" in gateway.events(), "the answer is overdue")


def test_none_comes(gateway: Gateway, smsc: tuple[Wire, str]) -> None:
    session, to = smsc
    messages = [gateway.send(to=to, content=f"text {number}").id for number in range(5)]
    first = {text(session.expect(SubmitSm)) for _ in range(5)}
    again = [session.expect(SubmitSm) for _ in range(5)]
    assert {text(pdu) for pdu in again} == first, "the window was freed, and all went once more"
    for number, pdu in enumerate(again):
        session.send(answer(pdu, f"n{number}"))
    for message in messages:
        told = gateway.until_state(message, "sent")
        assert told["parts"][0]["redelivered"] is True


def test_one_comes_late(gateway: Gateway, smsc: tuple[Wire, str]) -> None:
    session, to = smsc
    message = gateway.send(to=to, content="late", dlr="yes", dlr_level=2).id
    pdu = session.expect(SubmitSm)
    _overdue(gateway, message)
    session.send(answer(pdu, "late1"), receipt("late1", pdu))
    told = gateway.until_state(message, "delivered")
    assert told["parts"][0]["redelivered"] is False
    following = gateway.send(to=to, content="following").id
    pdu = session.expect(SubmitSm)
    assert text(pdu) == "following", "the late one did not go again"
    session.send(answer(pdu, "f1"))
    gateway.until_state(following, "sent")


def test_one_comes_twice_and_with_other_words(gateway: Gateway, smsc: tuple[Wire, str]) -> None:
    session, to = smsc
    message = gateway.send(to=to, content="twice", dlr="yes", dlr_level=2).id
    pdu = session.expect(SubmitSm)
    session.send(answer(pdu, "twice1"), answer(pdu, "twice1"), answer(pdu, "other", status=8))
    gateway.until_state(message, "sent")
    session.send(receipt("twice1", pdu, sequence=77))
    assert session.expect(DeliverSmResp).status == 0
    gateway.until_state(message, "delivered")


def test_one_has_a_wrong_number(gateway: Gateway, smsc: tuple[Wire, str]) -> None:
    session, to = smsc
    message = gateway.send(to=to, content="numbered").id
    pdu = session.expect(SubmitSm)
    wrong = answer(pdu, "wrong")
    for sequence in (0, pdu.sequence + 1000, 0x7FFFFFFF, 0xFFFFFFFF):
        wrong.sequence = sequence
        session.send(wrong)
    again = session.expect(SubmitSm)
    assert text(again) == "numbered", "an answer to nothing answers nothing"
    session.send(answer(again, "right"))
    assert gateway.until_state(message, "sent")["parts"][0]["redelivered"] is True


def test_they_come_out_of_order(gateway: Gateway, smsc: tuple[Wire, str]) -> None:
    session, to = smsc
    accepted: dict[str, str] = {}
    for batch in range(8):
        for number in range(5):
            content = f"text {batch} {number}"
            accepted[content] = gateway.send(to=to, content=content, dlr="yes", dlr_level=2).id
        pdus = [session.expect(SubmitSm) for _ in range(5)]
        random.Random(batch).shuffle(pdus)
        session.send(*(answer(pdu, text(pdu).replace(" ", "-")) for pdu in pdus))
        for pdu in pdus:
            end = "UNDELIV" if text(pdu).endswith("3") else "DELIVRD"
            session.send(receipt(text(pdu).replace(" ", "-"), pdu, end))
    for content, message in accepted.items():
        gateway.until_state(message, "undelivered" if content.endswith("3") else "delivered")
