"""What callbacks say, parameter by parameter."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.httpc import forms
from jasminlike.message import envelope
from jasminlike.message.model import HTTP, Address, Incoming, Receipt, ReceiptWish, Tracked

TRACKED = Tracked(
    "0193-id", 1, 1, "u1", HTTP, "north", Address("1"), Address("33612"), ReceiptWish(3, "http://h/"), 1.0, "SM1"
)
MESSAGE = Incoming("mo-1", "north", Address("+33612"), Address("4040"), b"Hello \xe4&=+", 8)


def shown(fields: forms.Fields) -> dict[str, str]:
    assert len({name for name, _ in fields}) == len(fields)
    return {name: value.decode("latin-1") for name, value in fields}


def test_level_1() -> None:
    assert shown(forms.answered(TRACKED, "ESME_RTHROTTLED")) == {
        "id": "0193-id",
        "level": "1",
        "message_status": "ESME_RTHROTTLED",
        "connector": "north",
    }


def test_level_2_names_the_connector_and_pads_figures() -> None:
    receipt = Receipt("north", "ABC", "DELIVRD", "0", "1", "12", "2401020304", "240102030405", "Hello wörld")
    assert forms.ended(TRACKED, receipt) == (
        ("id", b"0193-id"),
        ("level", b"2"),
        ("message_status", b"DELIVRD"),
        ("connector", b"north"),
        ("id_smsc", b"ABC"),
        ("sub", b"001"),
        ("dlvrd", b"012"),
        ("subdate", b"2401020304"),
        ("donedate", b"240102030405"),
        ("err", b"000"),
        ("text", "Hello wörld".encode()),
    )


def test_level_2_without_figures() -> None:
    fields = shown(forms.ended(TRACKED, Receipt("north", "", "UNDELIV", error="ESME_RSYSERR")))
    assert fields["id_smsc"] == "SM1"
    assert [fields[name] for name in ("sub", "dlvrd", "subdate", "donedate", "err", "text")] == [
        "ND", "ND", "ND", "ND", "ESME_RSYSERR", ""
    ]  # fmt: skip


def test_an_incoming_message_in_full() -> None:
    fields = shown(forms.incoming(msgspec.structs.replace(MESSAGE, priority=2, validity=b"000001000000000R")))
    assert fields == {
        "id": "mo-1",
        "from": "+33612",
        "to": "4040",
        "origin-connector": "north",
        "content": "Hello \xe4&=+",
        "binary": "48656c6c6f20e4263d2b",
        "coding": "8",
        "priority": "2",
        "validity": "000001000000000R",
    }


def test_what_the_operator_did_not_give_is_left_out() -> None:
    fields = shown(forms.incoming(MESSAGE))
    assert {"priority", "validity", "tlv_params", "custom_tlvs", "incomplete"} & fields.keys() == set()


def test_a_message_of_which_parts_are_missing_says_so() -> None:
    assert shown(forms.incoming(msgspec.structs.replace(MESSAGE, incomplete=True)))["incomplete"] == "1"


def test_optional_parameters() -> None:
    tlvs = (
        (0x0204, b"\x01\x02"),
        (0x020A, b"\x00\x50"),
        (0x0427, b"\x02"),
        (0x0019, b"\x01"),
        (0x0201, b"\x63"),
        (0x001E, b"1004\0"),
        (0x0423, b"\x03\x00\x11"),
        (0x0424, b"the text"),
        (0x1401, b"\xde\xad\xbe\xef"),
        (0x0202, b"\x80\x01"),
    )
    fields = shown(forms.incoming(msgspec.structs.replace(MESSAGE, tlvs=tlvs)))
    assert json.loads(fields["tlv_params"]) == {
        "user_message_reference": "258",
        "source_port": "80",
        "message_state": "DELIVERED",
        "payload_type": "WCMP_MESSAGE",
        "privacy_indicator": "99",
        "receipted_message_id": "31303034",
        "network_error_code": "030011",
    }
    assert json.loads(fields["custom_tlvs"]) == [
        {"tag": 0x1401, "length": 4, "type": "OctetString", "value": "deadbeef"},
        {"tag": 0x0202, "length": 2, "type": "OctetString", "value": "8001"},
    ]


@given(st.lists(st.tuples(st.sampled_from(["id", "origin-connector", "text"]), st.binary(max_size=40))))
def test_a_form_is_read_back_octet_by_octet(fields: list[tuple[str, bytes]]) -> None:
    octets = forms.urlencoded(tuple(fields))
    pairs: list[Any] = parse_qsl(octets.decode("ascii"), keep_blank_values=True, encoding="latin-1")
    assert [(name, value.encode("latin-1")) for name, value in pairs] == fields


def test_a_callback_survives_its_queue() -> None:
    callback = forms.Callback(forms.INCOMING, "mo-1", 12.5, b"a=1", connectors=("c1", "c2"))
    assert envelope.decode(envelope.encode(callback), forms.Callback) == callback
    with pytest.raises(envelope.UnknownEnvelope):
        envelope.decode(b"\x02" + envelope.encode(callback)[1:], forms.Callback)
