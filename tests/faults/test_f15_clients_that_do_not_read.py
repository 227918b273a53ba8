"""Clients that do not read what the gateway writes, or do not answer it: their mail waits, in order, on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from jasminlike.smpp.pdu import DeliverSm
from tests.faults.health import resident_megabytes
from tests.flows.gateway import Gateway
from tests.flows.operators import Operator
from tests.flows.process import until
from tests.flows.wire import Esme

WINDOW = 10


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Gateway, Operator]]:
    """A gateway of which answers are due in a second; all that its operator's subscribers write goes to the account."""
    with Operator(tmp_path) as operator, Gateway(tmp_path, smpps__responseTimerSecs=1) as gateway:
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", operator.port)
        gateway.set_up("morouter -a\ntype DefaultRoute\nconnector smpps(acme)\nok")
        yield gateway, operator
        gateway.stop()
        assert gateway.errors() == []


def _texts(esme: Esme, count: int) -> list[str]:
    return [bytes(esme.expect(DeliverSm).short_message).decode() for _ in range(count)]


def test_one_that_never_answers(place: tuple[Gateway, Operator]) -> None:
    gateway, operator = place
    with Esme(gateway.ports["smpps"], answers=False) as mute:
        operator.tell("mo 100")
        first = _texts(mute, WINDOW)
        with pytest.raises(AssertionError):  # no more than a window came before it was cut
            mute.expect(DeliverSm, 5)
    assert first == [f"Hello {number}" for number in range(1, WINDOW + 1)]
    with Esme(gateway.ports["smpps"]) as good:
        texts = _texts(good, 100)
        assert texts == [f"Hello {number}" for number in range(1, 101)], "what was not answered comes again, in order"
    until(lambda: gateway.metric("gateway_stored_deliveries") == 0, "nothing is left")


def test_one_that_never_reads(place: tuple[Gateway, Operator]) -> None:
    gateway, operator = place
    count = 3000
    before = resident_megabytes(gateway)
    with Esme(gateway.ports["smpps"], receive_buffer=4096):
        operator.tell(f"mo {count}")
        until(lambda: operator.stats()["incoming_answered"] == count, "the gateway has them all", 20)
        assert resident_megabytes(gateway) - before < 60
        with Esme(gateway.ports["smpps"], "tx") as other:
            assert other.status == 0, "others are served"
    with Esme(gateway.ports["smpps"]) as good:
        texts = _texts(good, count)
        assert texts == [f"Hello {number}" for number in range(1, count + 1)]
