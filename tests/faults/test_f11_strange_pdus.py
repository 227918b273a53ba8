"""PDUs that nobody should send, from an operator and from a client: the session lives on, or ends with a reason."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest

from jasminlike.smpp import statuses as s
from jasminlike.smpp.pdu import DeliverSm, DeliverSmResp, EnquireLink, EnquireLinkResp, GenericNack, Pdu, SubmitSm
from tests.faults.ledger import text
from tests.flows.callbacks import Callbacks
from tests.flows.gateway import Gateway
from tests.flows.operators import Operator
from tests.flows.wire import Esme, Smsc, Wire, answer, receipt, submit

VENDOR = ((0x1400, b"\x00\xff vendor"), (0x3FFF, b""), (0x0000, b"x" * 300))
IMPOSSIBLE_LENGTHS = (0, 1, 15, 16 << 20, 0xFFFFFFFF)


@pytest.fixture(scope="module")
def smsc(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Smsc]:
    """An operator by hand for 111, and a simulated one for 112."""
    with Smsc() as smsc, Operator(tmp_path_factory.mktemp("operator")) as operator:
        gateway.add_connector("byhand", smsc.port, started=False, retry="none", requeue_delay=0.2)
        gateway.add_route("byhand", "111")
        gateway.add_connector("simulated", operator.port)
        gateway.add_route("simulated", "112")
        yield smsc


@pytest.fixture
def session(gateway: Gateway, smsc: Smsc) -> Iterator[Wire]:
    """A session of the operator by hand."""
    gateway.set_up("smppccm -1 byhand")
    session = smsc.accept()
    yield session
    session.cut()
    gateway.set_up("smppccm -0 byhand")


def _alive(session: Wire) -> None:
    probe = EnquireLink(sequence=4711)
    session.send(probe)
    assert session.expect(EnquireLinkResp).sequence == 4711


def test_vendor_parameters_and_status_of_an_operator(gateway: Gateway, session: Wire, client: Callbacks) -> None:
    message = gateway.send(to="111", content="vendor", dlr_url=client.url("/dlr"), dlr_level=2).id
    pdu = session.expect(SubmitSm)
    accepted = answer(pdu, "v1")
    accepted.tlvs = VENDOR
    delivered = receipt("v1", pdu, sequence=5)
    delivered.tlvs = VENDOR
    session.send(accepted, delivered)
    assert session.expect(DeliverSmResp).status == 0
    assert client.until("/dlr")[0]["message_status"] == "DELIVRD"
    gateway.until_state(message, "delivered")
    refused = gateway.send(to="111", content="refused").id
    session.send(answer(session.expect(SubmitSm), "", status=0x4FF))
    assert "4FF" in gateway.until_state(refused, "rejected")["parts"][0]["error"].upper()
    _alive(session)


def test_a_receipt_in_a_state_nobody_knows(gateway: Gateway, session: Wire) -> None:
    gateway.send(to="111", content="odd", dlr="yes", dlr_level=2)
    pdu = session.expect(SubmitSm)
    session.send(answer(pdu, "odd1"), receipt("odd1", pdu, state="WHATEVR", sequence=6))
    assert session.expect(DeliverSmResp).status == 0
    _alive(session)


def _deliver(octets: bytes, coding: int) -> bytes:
    from jasminlike.smpp.codec import encode

    return encode(
        DeliverSm(source_addr=b"491", destination_addr=b"12345", data_coding=coding, short_message=octets, sequence=7)
    )


def _changed(frame: bytes, at: int, octets: bytes) -> bytes:
    return frame[:at] + octets + frame[at + len(octets) :]


@pytest.mark.parametrize(
    ("octets", "coding"), [(b"\xd8\x00\x00", 8), (b"\xdc\x00\xd8\x00", 8), (b"\xff\xfe\x1b", 0), (b"\xff", 0xF7)]
)
def test_texts_that_cannot_be_read(gateway: Gateway, session: Wire, octets: bytes, coding: int) -> None:
    session.write(_deliver(octets, coding))
    session.expect(DeliverSmResp)
    _alive(session)


@pytest.mark.parametrize(
    ("frame", "command"),
    [
        (struct.pack(">IIII", 16, 0x000000AB, 0, 8), GenericNack),
        (struct.pack(">IIII", 20, 0x00010204, 0, 8) + b"\1\2\3\4", GenericNack),
        (struct.pack(">IIII", 16, 5, 0, 8), DeliverSmResp),
        (struct.pack(">IIII", 16 + 30, 5, 0, 8) + b"x" * 30, DeliverSmResp),
        (struct.pack(">IIII", 16 + 200, 5, 0, 8) + b"\0\1\1" + b"4" * 197, DeliverSmResp),
    ],
)
def test_what_cannot_be_read_is_refused(session: Wire, frame: bytes, command: type) -> None:
    session.write(frame)
    refusal = session.expect(command)
    assert refusal.status != 0
    assert refusal.sequence == 8
    _alive(session)


@pytest.mark.parametrize("length", IMPOSSIBLE_LENGTHS)
def test_a_length_that_cannot_be_ends_the_operators_session(gateway: Gateway, smsc: Smsc, length: int) -> None:
    gateway.set_up("smppccm -1 byhand")
    session = smsc.accept()
    message = gateway.send(to="111", content=f"length {length}").id
    session.expect(SubmitSm)
    session.write(struct.pack(">IIII", length, 0x80000004, 0, 1))
    session.until_closed()
    again = smsc.accept()
    pdu = again.expect(SubmitSm)
    assert text(pdu) == f"length {length}"
    again.send(answer(pdu, f"l{length}"))
    assert gateway.until_state(message, "sent")["parts"][0]["redelivered"] is True
    again.cut()
    gateway.set_up("smppccm -0 byhand")


@pytest.mark.parametrize("length", IMPOSSIBLE_LENGTHS)
def test_a_length_that_cannot_be_ends_a_clients_session(gateway: Gateway, smsc: Smsc, length: int) -> None:
    with Esme(gateway.ports["smpps"]) as bad, Esme(gateway.ports["smpps"]) as good:
        bad.write(struct.pack(">IIII", length, 4, 0, 2))
        bad.until_closed()
        assert good.ask(submit("112", b"Hello")).status == 0


def _next_answer(esme: Esme) -> Pdu:
    """The next answer; receipts of earlier tests may come in between."""
    while not (pdu := esme.next()).is_response:
        pass
    return pdu


def test_a_client_says_strange_things(gateway: Gateway, smsc: Smsc) -> None:
    with Esme(gateway.ports["smpps"]) as esme:
        assert esme.ask(submit("112", b"with parameters", registered_delivery=0, tlvs=VENDOR)).status == 0
        esme.write(struct.pack(">IIII", 16, 0x7FFFFFFF, 0, 90))
        nack = esme.expect(GenericNack)
        assert (nack.status, nack.sequence) == (s.ESME_RINVCMDID, 90)
        whole = esme.encoded(submit("112", b"x"))
        esme.write((len(whole) - 3).to_bytes(4, "big") + whole[4:-3])
        assert _next_answer(esme).status != 0
        esme.write(struct.pack(">IIII", 16 + 40, 4, 0, 92) + b"y" * 40)
        assert _next_answer(esme).status != 0
        assert esme.ask(submit("112", b"\xd8\x00\x00", data_coding=8)).sequence
        assert esme.ask(submit("112", b"still there")).status == 0
