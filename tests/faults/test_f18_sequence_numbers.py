"""Sequence numbers at their end: 0x7FFFFFFF, and 1 after it; and those that the specification does not have."""

from __future__ import annotations

import pytest

from jasminlike.smpp.pdu import DeliverSm, DeliverSmResp, SubmitSm, SubmitSmResp
from jasminlike.smpp.session import Session
from jasminlike.smpp.window import Window
from tests.flows.gateway import Gateway
from tests.flows.operators import Operator
from tests.flows.wire import Esme, Smsc, submit

LAST = 0x7FFFFFFF
AROUND = (LAST - 2, LAST - 1, LAST, 1, 2, 3)


def test_a_client_wraps(gateway: Gateway, operator: Operator) -> None:
    gateway.add_connector("wraps", operator.port)
    gateway.add_route("wraps", "181")
    with Esme(gateway.ports["smpps"]) as esme:
        for sequence in (*AROUND, LAST + 1, 0xFFFFFFFF):
            esme.send(submit("181", b"n", sequence=sequence, registered_delivery=0))
            answer = esme.expect(SubmitSmResp)
            assert (answer.status, answer.sequence) == (0, sequence)
    gateway.set_up("smppccm -0 wraps")


def test_an_operator_wraps(gateway: Gateway) -> None:
    with Smsc() as smsc:
        gateway.add_connector("opwraps", smsc.port, started=False)
        gateway.set_up("smppccm -1 opwraps")
        session = smsc.accept()
        for sequence in AROUND:
            session.send(DeliverSm(source_addr=b"49", destination_addr=b"1", short_message=b"n", sequence=sequence))
            assert session.expect(DeliverSmResp).sequence == sequence
        session.cut()
        gateway.set_up("smppccm -0 opwraps")


@pytest.mark.parametrize("kept", [False, True])
def test_our_own_numbers_wrap(kept: bool) -> None:
    session = Session("esme", window=100)
    session.window = Window(100, 60.0)
    session.window._last = LAST - 3
    if kept:
        session.window.add(1, SubmitSm.command_id, "waits", 0.0)
    numbers = []
    for _ in range(6):
        numbers.append(session.window.next_sequence())
        session.window.add(numbers[-1], SubmitSm.command_id, numbers[-1], 0.0)
    assert numbers == ([LAST - 2, LAST - 1, LAST, 2, 3, 4] if kept else list(AROUND))
    for number in numbers:
        taken = session.window.take(number, SubmitSmResp.command_id)
        assert taken is not None
        assert taken[0] == number
