"""The operator closes the connection with a full window: what was not answered goes again, flagged; the rest once."""

from __future__ import annotations

import pytest

from jasminlike.smpp.pdu import SubmitSm, Unbind
from tests.faults.ledger import sent_twice, serve, text, until_delivered
from tests.flows.gateway import Gateway
from tests.flows.load import Load
from tests.flows.process import until
from tests.flows.wire import Smsc, Wire, answer, receipt

WINDOW = 10
ANSWERED = 3


def _reset(session: Wire) -> None:
    session.cut()


def _close(session: Wire) -> None:
    session.socket.close()


def _unbind(session: Wire) -> None:
    session.send(Unbind())
    session.socket.close()


@pytest.mark.parametrize("ends", [_reset, _close, _unbind])
def test_a_window_that_is_cut(gateway: Gateway, ends: object) -> None:
    cid = f"cut{ends.__name__}"  # type: ignore[attr-defined]
    to = {"_reset": "051", "_close": "052", "_unbind": "053"}[ends.__name__]  # type: ignore[attr-defined]
    with Smsc() as smsc:
        gateway.add_connector(cid, smsc.port, started=False, window=WINDOW, requeue_delay=0.2)
        gateway.add_route(cid, to)
        gateway.set_up(f"smppccm -1 {cid}")
        load = Load(gateway, to, 40, dlr="yes", dlr_level=2).start().wait()
        assert len(load.accepted) == 40
        first = smsc.accept()
        came = [text(first.expect(SubmitSm)) for _ in range(WINDOW)]
        for pdu in first.came[-WINDOW:][:ANSWERED]:
            assert isinstance(pdu, SubmitSm)
            first.send(answer(pdu, f"early{pdu.sequence}"), receipt(f"early{pdu.sequence}", pdu))
        came += [text(first.expect(SubmitSm)) for _ in range(ANSWERED)]
        done = set(came[:ANSWERED])
        until(lambda: all(gateway.state(load.accepted[each]) == "delivered" for each in done), "three are delivered")
        ends(first)  # type: ignore[operator]
        second = smsc.accept()
        came += serve(second, 40 - ANSWERED)
        until_delivered(gateway, list(load.accepted.values()))
        twice = sent_twice(gateway, load.accepted, came, WINDOW)
        assert len(twice) == WINDOW
        assert not done & set(twice), "what was answered does not go again"
        until(lambda: gateway.metric("gateway_stored_deliveries") == 0, "nothing is left under way")
        second.cut()
        gateway.set_up(f"smppccm -0 {cid}")
