"""The classes made from the table."""

from pathlib import Path

import pytest

from jasminlike.smpp import pdu as pdus
from jasminlike.smpp import stub, tlv
from jasminlike.smpp.pdu import (
    AlertNotification,
    BindTransceiver,
    DeliverSm,
    GenericNack,
    Outbind,
    SubmitSm,
    SubmitSmResp,
    message_octets,
)


def test_defaults_come_from_the_table():
    bind = BindTransceiver(system_id=b"me")
    assert (bind.system_id, bind.password, bind.interface_version) == (b"me", b"", 0x34)
    assert (bind.status, bind.sequence, bind.tlvs) == (0, 0, ())
    assert (bind.command_id, bind.name, bind.is_response) == (0x09, "bind_transceiver", False)


def test_a_misspelt_field_is_refused_when_made_and_when_set():
    with pytest.raises(TypeError, match="source_adr"):
        SubmitSm(source_adr=b"1")  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        SubmitSm().source_adr = b"1"  # type: ignore[attr-defined]


def test_equal_when_all_is_equal():
    assert SubmitSm(source_addr=b"1", sequence=2) == SubmitSm(source_addr=b"1", sequence=2)
    assert SubmitSm(source_addr=b"1") != SubmitSm(source_addr=b"2")
    assert SubmitSm(sequence=1) != SubmitSm(sequence=2)
    assert SubmitSm(tlvs=((1, b""),)) != SubmitSm()
    assert SubmitSm() != DeliverSm()


def test_the_response_has_the_class_and_sequence_of_its_request():
    answer = SubmitSm(sequence=7).response(message_id=b"abc")
    assert answer == SubmitSmResp(sequence=7, message_id=b"abc")
    assert SubmitSm(sequence=7).response(0x58) == SubmitSmResp(sequence=7, status=0x58)


@pytest.mark.parametrize("pdu", [AlertNotification(), Outbind(), GenericNack(), SubmitSmResp()])
def test_what_has_no_response_says_so(pdu):
    with pytest.raises(TypeError, match=f"{pdu.name} has no response"):
        pdu.response()


def test_repr_shows_what_is_set_and_no_password():
    shown = repr(BindTransceiver(system_id=b"me", password=b"secret", sequence=3, tlvs=((0x1401, b"x"),)))
    assert shown == "BindTransceiver(status=0, sequence=3, system_id=b'me', password=***, tlvs={0x1401: b'x'})"


def test_tlvs_are_found_added_and_dropped_in_order():
    pdu = SubmitSm(tlvs=((0x1401, b"a"), (0x1401, b"b")))
    pdu.add_tlv("message_state", 2)
    assert pdu.tlvs == ((0x1401, b"a"), (0x1401, b"b"), (0x0427, b"\2"))
    assert pdu.tlv(0x1401) == b"a"
    assert pdu.tlv(tlv.MESSAGE_STATE) == b"\2"
    assert pdu.tlv(0x9999) is None
    pdu.without_tlv(0x1401)
    assert pdu.tlvs == ((0x0427, b"\2"),)


def test_the_message_is_in_one_of_two_places():
    payload = ((tlv.MESSAGE_PAYLOAD, b"long"),)
    assert message_octets(SubmitSm(short_message=b"short", tlvs=payload)) == b"short"
    assert message_octets(SubmitSm(tlvs=payload)) == b"long"
    assert message_octets(pdus.DataSm(tlvs=payload)) == b"long"
    assert message_octets(SubmitSm()) == b""


def test_the_stub_is_what_the_table_says():
    written = Path(pdus.__file__).with_suffix(".pyi").read_text()
    assert written == stub.render(), "run: python -m jasminlike.smpp.stub"
