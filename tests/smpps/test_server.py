"""The server as clients see it: bind, submit, receipts, the end, and what is no SMPP."""

from __future__ import annotations

import pytest_twisted

from jasminlike.smpp.pdu import SubmitSm
from tests.smpps.esme import Place


@pytest_twisted.ensureDeferred
async def test_a_client_binds_submits_and_unbinds(place: Place) -> None:
    esme = await place.bound()
    assert place.server.binds.sessions("acme")[0].bind == "bind_transceiver"
    answer = await esme.ask(SubmitSm(source_addr=b"Shop", destination_addr=b"33612", short_message=b"hi"))
    assert (answer.name, answer.status, len(answer.message_id)) == ("submit_sm_resp", 0, 36)
    assert place.intake.submissions[0].payload == b"hi"
    esme.protocol.unbind()
    await esme.ended()
    assert place.server.binds.sessions("acme") == []
