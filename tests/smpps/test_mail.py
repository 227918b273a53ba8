"""The PDUs that mail becomes, read by somebody else's decoder too."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from smpp.pdu import pdu_types
from smpp.pdu.pdu_encoding import PDUEncoder

from jasminlike.message import envelope
from jasminlike.message.model import Address, Incoming
from jasminlike.smpp.codec import decode_frame, encode
from jasminlike.smpp.pdu import DataSm, DeliverSm, Pdu, message_octets
from jasminlike.smpps.mail import STATES, Mail, ReceiptMail, pdu_of

ID = "01934567-89ab-7cde-8f01-23456789abcd"
RECEIPT = ReceiptMail(ID, Address("Shop", 5, 0), Address("33612", 1, 1), "DELIVRD", "000", 1.7e9, 1.7e9 + 3600)


def incoming(**fields: Any) -> Incoming:
    values: dict[str, Any] = {"id": ID, "connector": "c", "payload": b"hi"}
    values |= {"source": Address("33612", 1, 1), "destination": Address("12345", 3, 0)}
    return Incoming(**(values | fields))


def sent(mail: Mail, as_data_sm: bool = False) -> Pdu:
    """As it arrives."""
    return decode_frame(encode(pdu_of(mail, as_data_sm)))


def test_a_receipt_is_as_clients_know_it() -> None:
    pdu = sent(Mail(0.0, receipt=RECEIPT))
    assert isinstance(pdu, DeliverSm)
    text = f"id:{ID} submit date:2311142213 done date:2311142313 stat:DELIVRD err:000"
    assert pdu.short_message == text.encode()
    assert (pdu.esm_class, pdu.data_coding, pdu.registered_delivery) == (4, 0, 0)
    assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == (b"33612", 1, 1)
    assert (pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi) == (b"Shop", 5, 0)


def test_another_library_reads_the_receipt() -> None:
    pdu = pdu_of(Mail(0.0, receipt=RECEIPT), False)
    pdu.sequence = 7
    theirs = PDUEncoder().decode(BytesIO(encode(pdu)))
    assert theirs.params["esm_class"].type is pdu_types.EsmClassType.SMSC_DELIVERY_RECEIPT
    assert theirs.params["receipted_message_id"] == ID.encode()
    assert theirs.params["message_state"] is pdu_types.MessageState.DELIVERED
    assert theirs.params["source_addr"] == b"33612"


@pytest.mark.parametrize(("state", "number"), sorted(STATES.items()))
def test_each_state_has_its_number(state: str, number: int) -> None:
    receipt = ReceiptMail(ID, Address(), Address("1"), state, "005", 1.7e9, 1.7e9)
    pdu = sent(Mail(0.0, receipt=receipt))
    assert isinstance(pdu, DeliverSm)
    assert f"stat:{state} err:005".encode() in pdu.short_message
    assert pdu.tlv(0x427) == bytes((number,))


def test_a_state_of_another_world_is_unknown() -> None:
    receipt = ReceiptMail(ID, Address(), Address("1"), "SKIPPED", "1", 1.7e9, 1.7e9)
    pdu = sent(Mail(0.0, receipt=receipt))
    assert pdu.tlv(0x427) == b"\7"
    assert message_octets(pdu).endswith(b"stat:SKIPPED err:001")


def test_a_receipt_as_data_sm_has_only_tlvs() -> None:
    pdu = sent(Mail(0.0, receipt=RECEIPT), as_data_sm=True)
    assert isinstance(pdu, DataSm)
    assert (pdu.esm_class, pdu.source_addr, pdu.destination_addr) == (4, b"33612", b"Shop")
    assert dict(pdu.tlvs) == {0x1E: ID.encode() + b"\0", 0x427: b"\2"}


def test_a_message_is_passed_on_as_it_came() -> None:
    payload = b"\x05\x00\x03\x07\x02\x01hello"
    tlvs = ((0x1401, b"vendor"), (0x0204, b"\0\1"))
    came = incoming(payload=payload, esm_class=0x40, data_coding=8, priority=2, part_of=(7, 2, 1), tlvs=tlvs)
    pdu = sent(Mail(0.0, incoming=came))
    assert isinstance(pdu, DeliverSm)
    assert (pdu.short_message, pdu.esm_class, pdu.data_coding, pdu.priority_flag) == (payload, 0x40, 8, 2)
    assert (pdu.source_addr, pdu.source_addr_ton, pdu.destination_addr, pdu.dest_addr_ton) == (b"33612", 1, b"12345", 3)
    assert pdu.tlvs == tlvs


@pytest.mark.parametrize(("length", "short"), [(0, True), (254, True), (255, False), (60_000, False)])
def test_a_long_text_goes_as_message_payload(length: int, short: bool) -> None:
    pdu = sent(Mail(0.0, incoming=incoming(payload=b"x" * length, tlvs=((0x0424, b"x" * length), (0x1401, b"v")))))
    assert isinstance(pdu, DeliverSm)
    assert message_octets(pdu) == b"x" * length
    assert (pdu.short_message == b"") == (not short or not length)
    assert [tag for tag, _ in pdu.tlvs] == ([0x1401] if short else [0x1401, 0x0424])


def test_a_joined_message_no_longer_says_that_it_is_a_part() -> None:
    tlvs = ((0x020C, b"\0\7"), (0x020E, b"\2"), (0x020F, b"\1"), (0x0426, b"\1"), (0x1401, b"v"))
    assert sent(Mail(0.0, incoming=incoming(tlvs=tlvs, joined=True))).tlvs == ((0x1401, b"v"),)
    assert sent(Mail(0.0, incoming=incoming(tlvs=tlvs))).tlvs == tlvs


def test_an_address_too_long_for_a_deliver_sm_goes_in_a_data_sm() -> None:
    pdu = sent(Mail(0.0, incoming=incoming(source=Address("5" * 40, 1, 1), esm_class=0x40)))
    assert isinstance(pdu, DataSm)
    assert (pdu.source_addr, message_octets(pdu), pdu.esm_class) == (b"5" * 40, b"hi", 0x40)


def test_mail_is_what_it_was_after_the_queue() -> None:
    for mail in (Mail(1.5, receipt=RECEIPT), Mail(0.0, incoming=incoming(tlvs=((1, b"\xff"),), part_of=(1, 2, 3)))):
        assert envelope.decode(envelope.encode(mail), Mail) == mail
    assert Mail(0.0, receipt=RECEIPT).name == Mail(0.0, incoming=incoming()).name == ID


def test_an_empty_envelope_is_no_mail() -> None:
    with pytest.raises(ValueError, match="neither"):
        pdu_of(Mail(0.0), False)
    assert Mail(0.0).name == ""
