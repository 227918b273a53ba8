"""Our codec against smpp.pdu3, which somebody else wrote: what one writes the other reads, and means the same by it.

The oracle is stricter or poorer than SMPP 3.4 in places, so values are drawn from what it knows: no vendor TLVs (it
drops them), no TON 7 or NPI 5 (it raises), an empty message_id in deliver_sm_resp, a body in a submit_sm_resp of status
0. It has no code for submit_multi and replace_sm.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from smpp.pdu import constants as theirs
from smpp.pdu import operations, pdu_types
from smpp.pdu.pdu_encoding import PDUEncoder

from jasminlike.smpp import constants as c
from jasminlike.smpp import specs, statuses, tlv
from jasminlike.smpp.codec import decode_frame, encode
from jasminlike.smpp.pdu import CLASSES, Pdu
from tests.smpp.strategies import of_kind

UNKNOWN_TO_IT = {c.SUBMIT_MULTI, c.SUBMIT_MULTI_RESP, c.REPLACE_SM}
KNOWN = [spec for spec in specs.COMMANDS if spec.command_id not in UNKNOWN_TO_IT]

TON = st.sampled_from(sorted(theirs.addr_ton_value_map))
NPI = st.sampled_from(sorted(theirs.addr_npi_value_map))
ESM_CLASS = st.builds(
    lambda mode, kind, features: mode | kind | features,
    st.integers(0, 3),
    st.sampled_from(sorted(theirs.esm_class_type_value_map)),
    st.sampled_from([0, 0x40, 0x80, 0xC0]),
)
REGISTERED = st.builds(
    lambda receipt, acks, intermediate: receipt | acks | intermediate,
    st.integers(0, 2),
    st.sampled_from([0, 4, 8, 12]),
    st.sampled_from([0, 0x10]),
)
TIME = st.sampled_from([b"", b"000001000000000R", b"991231235958304-", b"250102030405000+"])
VALUES: dict[str, Any] = {
    "source_addr_ton": TON,
    "dest_addr_ton": TON,
    "addr_ton": TON,
    "esme_addr_ton": TON,
    "source_addr_npi": NPI,
    "dest_addr_npi": NPI,
    "addr_npi": NPI,
    "esme_addr_npi": NPI,
    "esm_class": ESM_CLASS,
    "registered_delivery": REGISTERED,
    "priority_flag": st.integers(0, 3),
    "replace_if_present_flag": st.integers(0, 1),
    "data_coding": st.sampled_from([*theirs.data_coding_default_value_map, 0x10, 0xC8, 0xF0, 0xF1, 0xF6]),
    "sm_default_msg_id": st.integers(0, 254),
    "message_state": st.sampled_from(sorted(theirs.message_state_value_map)),
    "error_code": st.integers(1, 255),
    "schedule_delivery_time": TIME,
    "validity_period": TIME,
    "final_date": TIME,
    "password": st.binary(max_size=8).filter(lambda value: 0 not in value),
}
# Where the specification leaves one command less than the field's kind allows.
SPECIAL: dict[tuple[int, str], Any] = {
    (c.DELIVER_SM, "schedule_delivery_time"): st.just(b""),
    (c.DELIVER_SM_RESP, "message_id"): st.just(b""),
}
STATUS = st.sampled_from([0, 0, 0, *(number for number in statuses.NAMES if number < 0x100)])


def number(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


TLV_VALUES: dict[str, Any] = {
    "user_message_reference": number(2),
    "source_port": number(2),
    "destination_port": number(2),
    "sar_msg_ref_num": number(2),
    "sar_total_segments": number(1),
    "sar_segment_seqnum": number(1),
    "payload_type": st.sampled_from([b"\0", b"\1"]),
    "message_payload": st.binary(max_size=300),
    "receipted_message_id": st.binary(max_size=64).map(lambda value: value.replace(b"\0", b"") + b"\0"),
    "message_state": st.integers(1, 8).map(lambda value: bytes((value,))),
    "network_error_code": number(3),
    "sc_interface_version": number(1),
    "ms_availability_status": st.sampled_from([b"\0", b"\1", b"\2"]),
    "more_messages_to_send": st.sampled_from([b"\0", b"\1"]),
    "delivery_failure_reason": st.sampled_from([b"\0", b"\3"]),
    "additional_status_info_text": st.sampled_from([b"\0", b"why\0"]),
    "qos_time_to_live": number(4),
    "dest_network_type": st.sampled_from([b"\1", b"\3"]),
}


@st.composite
def known_pdus(draw: st.DrawFn, spec: specs.Spec) -> Pdu:
    """A PDU the oracle can read, its TLVs in the order in which the oracle would write them."""
    fields = {}
    for field in spec.fields:
        values = SPECIAL.get((spec.command_id, field.name), VALUES.get(field.name, of_kind(field.kind)))
        fields[field.name] = draw(values)
    pdu = CLASSES[spec.command_id](status=draw(STATUS), sequence=draw(st.integers(1, 0xFFFFFFFF)), **fields)
    bare = {c.BIND_RECEIVER_RESP, c.BIND_TRANSMITTER_RESP, c.BIND_TRANSCEIVER_RESP, c.SUBMIT_SM_RESP}
    if pdu.status and spec.command_id in bare:
        return CLASSES[spec.command_id](status=pdu.status, sequence=pdu.sequence)
    allowed = operations.getPDUClass(pdu_types.CommandId[spec.name]).optionalParams or []
    for name in allowed:
        if name in TLV_VALUES and draw(st.booleans()):
            pdu.tlvs = (*pdu.tlvs, (tlv.tag(name), draw(TLV_VALUES[name])))
    # It looks at the length of the TLV it read last when it writes an octet string, so there may be one only, the last.
    octets = [entry for entry in pdu.tlvs if tlv.BY_TAG[entry[0]].kind == tlv.OCTETS]
    pdu.tlvs = tuple(entry for entry in pdu.tlvs if entry not in octets) + tuple(octets[:1])
    return pdu


def plain(name: str, value: Any) -> Any:
    """One of their values as ours: a number or octets."""
    if value is None:
        return 0 if name == "error_code" else b""
    if isinstance(value, (int, bytes)):
        return value
    encoder = PDUEncoder.DefaultRequiredParamEncoders[name]
    octets = encoder.encode(value)
    return octets.rstrip(b"\0") if isinstance(octets, bytes) and len(octets) > 1 else octets[0]


@settings(max_examples=400)
@given(st.sampled_from(KNOWN).flatmap(known_pdus))
def test_they_read_what_we_write_and_write_it_back_the_same(ours: Pdu) -> None:
    spec = ours.spec
    octets = encode(ours)
    read = PDUEncoder().decode(BytesIO(octets))
    assert read.commandId.name == spec.name
    assert read.seqNum == ours.sequence
    assert read.status.name == statuses.name(ours.status)
    if len(octets) > c.HEADER_LENGTH:
        for field in spec.fields:
            assert plain(field.name, read.params[field.name]) == getattr(ours, field.name), field.name
        tags = {name for name in read.params or () if name not in ours.field_names}
        assert tags == {tlv.name(tag) for tag, _ in ours.tlvs}
    if not any(tlv.BY_TAG[tag].kind == tlv.OCTETS for tag, _ in ours.tlvs):
        again = PDUEncoder().encode(read)
        assert again == octets
        assert decode_frame(again) == ours


def test_every_tag_has_their_number():
    names = {name: number for name, number in theirs.tag_name_map.items() if number >= 0}
    assert {spec.name: spec.tag for spec in tlv.SPECS} == names


def test_every_command_has_their_number():
    assert {spec.name: spec.command_id for spec in specs.COMMANDS} == theirs.command_id_name_map


def test_every_status_has_their_number():
    names = {name: number for name, number in theirs.command_status_name_map.items() if number >= 0}
    assert names == statuses.NUMBERS
