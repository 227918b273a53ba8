"""A client leaves while its receipts are due, and comes back, perhaps to another process: each once, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from jasminlike.smpp.pdu import SubmitSm, SubmitSmResp, Unbind
from tests.flows.gateway import Gateway
from tests.flows.process import until
from tests.flows.wire import Esme, Smsc, Wire, answer, receipt, submit

COUNT = 60


def _submitted(gateway: Gateway, session: Wire) -> tuple[list[str], list[SubmitSm]]:
    with Esme(gateway.ports["smpps"]) as esme:
        ids = []
        pdus = []
        for number in range(COUNT):
            taken = esme.ask(submit("17", b"text %d" % number))
            assert isinstance(taken, SubmitSmResp)
            ids.append(taken.message_id.decode())
            pdus.append(session.expect(SubmitSm))
            session.send(answer(pdus[-1], f"op{number}"))
        esme.ask(Unbind())
        esme.until_closed()
    return ids, pdus


@pytest.mark.parametrize("how", ["same process", "restarted", "killed"])
def test_each_comes_once_and_in_order(tmp_path: Path, how: str) -> None:
    with Smsc() as smsc, Gateway(tmp_path) as gateway:
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", smsc.port, started=False)
        gateway.add_route("north", "17")
        gateway.set_up("smppccm -1 north")
        session = smsc.accept()
        ids, pdus = _submitted(gateway, session)
        half = COUNT // 2
        session.send(*(receipt(f"op{number}", pdus[number], sequence=number + 1) for number in range(half)))
        for _ in range(half):
            session.next()
        if how == "restarted":
            session.cut()
            gateway.restart()
        elif how == "killed":
            gateway.sigkill()
            gateway.start()
        if how != "same process":
            session = smsc.accept()
        session.send(*(receipt(f"op{number}", pdus[number], sequence=number + 1) for number in range(half, COUNT)))
        for _ in range(half):
            session.next()
        with Esme(gateway.ports["smpps"]) as esme:
            told = [pdu.tlv(0x001E) for pdu in esme.receipts(COUNT)]
            assert [each.rstrip(b"\0").decode() for each in told if each] == ids
            until(lambda: gateway.metric("gateway_stored_deliveries") == 0, "none is left")
            with pytest.raises(TimeoutError):
                esme.next(0.1)
        session.cut()
        gateway.stop()
        assert gateway.errors() == []
