"""Optional parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.smpp import tlv
from tests.smpp.strategies import TLVS


def test_the_table_names_each_tag_once():
    assert len(tlv.BY_TAG) == len(tlv.BY_NAME) == len(tlv.SPECS) == 44
    assert all(not tlv.is_vendor(spec.tag) for spec in tlv.SPECS)


@pytest.mark.parametrize(
    ("which", "value", "made"),
    [
        ("sar_msg_ref_num", 0x1234, (0x020C, b"\x12\x34")),
        (0x0427, 2, (0x0427, b"\2")),
        ("message_state", b"\2", (0x0427, b"\2")),
        ("receipted_message_id", b"abc", (0x001E, b"abc\0")),
        ("receipted_message_id", b"abc\0", (0x001E, b"abc\0")),
        ("network_error_code", b"\3\0\1", (0x0423, b"\3\0\1")),
        ("alert_on_message_delivery", b"", (0x130C, b"")),
        ("message_payload", b"x" * 65535, (0x0424, b"x" * 65535)),
        (0x1401, b"vendor", (0x1401, b"vendor")),
        ("0x1401", b"", (0x1401, b"")),
        ("5121", b"v", (0x1401, b"v")),
    ],
)
def test_made_from_name_or_tag(which, value, made):
    assert tlv.make(which, value) == made


@pytest.mark.parametrize(
    ("which", "value", "problem"),
    [
        ("no_such_tlv", 1, "neither the name nor the number of a TLV"),
        ("0x10000", b"", "two octets"),
        (-1, b"", "two octets"),
        ("message_state", 256, "message_state is 256, outside 0..255"),
        ("message_state", b"\0\1", "message_state has 2 octets, 1 are allowed"),
        ("network_error_code", b"\1", "network_error_code has 1 octets, 3 are allowed"),
        ("network_error_code", 3, "network_error_code takes octets"),
        ("source_subaddress", b"x" * 24, "24 octets, 2 to 23 are allowed"),
        ("receipted_message_id", b"x" * 65, "66 octets, 1 to 65 are allowed"),
        (0x1401, 5, "0x1401 takes octets"),
        ("message_payload", b"x" * 65536, "65536 octets"),
    ],
)
def test_refused_with_its_name(which, value, problem):
    with pytest.raises(ValueError, match=problem):
        tlv.make(which, value)


@pytest.mark.parametrize(
    ("tag", "octets", "meaning"),
    [
        (tlv.MESSAGE_STATE, b"\2", 2),
        (tlv.MESSAGE_STATE, b"\0\0\0\2", 2),
        (tlv.SAR_MSG_REF_NUM, b"\x12\x34", 0x1234),
        (tlv.RECEIPTED_MESSAGE_ID, b"abc\0", b"abc"),
        (tlv.RECEIPTED_MESSAGE_ID, b"abc", b"abc"),
        (tlv.NETWORK_ERROR_CODE, b"\3\0\1", b"\3\0\1"),
        (0x1401, b"\0\1", b"\0\1"),
        (tlv.MESSAGE_STATE, b"", 0),
    ],
)
def test_read_never_refuses(tag, octets, meaning):
    assert tlv.read(tag, octets) == meaning


def test_names_of_tags():
    assert tlv.name(0x0424) == "message_payload"
    assert tlv.name(0x1401) == "0x1401"
    assert tlv.is_vendor(0x1400)
    assert tlv.is_vendor(0x3FFF)
    assert not tlv.is_vendor(0x4000)


@given(TLVS)
def test_what_goes_out_comes_in_unknown_and_repeated_tags_included(tlvs):
    data = tlv.encode_tlvs(tlvs)
    assert tlv.decode_tlvs(b"?" + data + b"?", 1, 1 + len(data)) == tlvs


@given(TLVS, st.binary(min_size=1, max_size=3))
def test_octets_too_few_for_another_are_a_problem_and_what_came_before_is_kept(tlvs, rest):
    data = tlv.encode_tlvs(tlvs) + rest
    found, problem = tlv.split_tlvs(data, 0, len(data))
    assert found == tlvs
    assert problem == f"{len(rest)} octets after the last TLV, too few for another"


def test_a_length_beyond_the_pdu_is_a_problem():
    with pytest.raises(ValueError, match="message_payload should have 5 octets, the PDU has 2"):
        tlv.decode_tlvs(b"\x04\x24\0\5ab", 0, 6)


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ((0x10000, b""), "has tag 65536"),
        ((1, "text"), "has 0x0001 with str, octets are needed"),
        ((0x0424, b"x" * 65536), "message_payload with 65536 octets, 65535 are allowed"),
        ("ab", "must hold"),
        ((1, b"a", 2), "must hold"),
    ],
)
def test_what_two_octets_cannot_hold_is_not_written(entry, problem):
    with pytest.raises(ValueError, match=problem):
        tlv.encode_tlvs((entry,))


def test_first_finds_the_first():
    tlvs = ((1, b"a"), (2, b"b"), (1, b"c"))
    assert tlv.first(tlvs, 1) == b"a"
    assert tlv.first(tlvs, 3) is None
