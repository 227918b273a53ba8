"""Whole PDUs by hand, and what is not one: the three outcomes of reading, the one of writing."""

from __future__ import annotations

import pytest

from jasminlike.smpp import constants as c
from jasminlike.smpp import statuses as s
from jasminlike.smpp import tlv
from jasminlike.smpp.codec import check_start, decode, encode
from jasminlike.smpp.errors import EncodeError, Incomplete, PduError, StreamLost
from jasminlike.smpp.fields import DistributionList, SmeAddress, UnsuccessSme
from jasminlike.smpp.pdu import (
    AlertNotification,
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    CancelSm,
    DataSm,
    DataSmResp,
    DeliverSm,
    DeliverSmResp,
    EnquireLink,
    GenericNack,
    Outbind,
    Pdu,
    QuerySm,
    QuerySmResp,
    ReplaceSm,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Unbind,
)


def frame(command_id: int, body: bytes = b"", status: int = 0, sequence: int = 1) -> bytes:
    head = (16 + len(body), command_id, status, sequence)
    return b"".join(number.to_bytes(4, "big") for number in head) + body


# Octets written down by hand from the field tables of SMPP 3.4 §4.
BY_HAND: list[tuple[Pdu, bytes]] = [
    (GenericNack(status=3, sequence=9), frame(0x80000000, status=3, sequence=9)),
    (EnquireLink(sequence=1), frame(0x15)),
    (Unbind(sequence=0x7FFFFFFF), frame(0x06, sequence=0x7FFFFFFF)),
    (
        # The example of SMPP 3.4 §3.2.2.
        BindTransmitter(
            sequence=1, system_id=b"SMPP3TEST", password=b"secret08", system_type=b"SUBMIT1", addr_ton=1, addr_npi=1
        ),
        bytes.fromhex(
            "0000002F 00000002 00000000 00000001 534D5050335445535400 736563726574303800 5355424D49543100 34 01 01 00"
        ),
    ),
    (
        BindReceiver(sequence=1, system_id=b"me", password=b"pw", interface_version=0x33, address_range=b"^33"),
        frame(0x01, b"me\0pw\0\0\x33\0\0^33\0"),
    ),
    (
        BindTransceiverResp(sequence=1, system_id=b"smsc", tlvs=((0x0210, b"\x34"),)),
        frame(0x80000009, b"smsc\0\x02\x10\0\1\x34"),
    ),
    (Outbind(sequence=1, system_id=b"smsc", password=b"pw"), frame(0x0B, b"smsc\0pw\0")),
    (
        SubmitSm(
            sequence=1,
            service_type=b"CMT",
            source_addr_ton=5,
            source_addr_npi=0,
            source_addr=b"Shop",
            dest_addr_ton=1,
            dest_addr_npi=1,
            destination_addr=b"33612345678",
            esm_class=0x40,
            protocol_id=0x7F,
            priority_flag=2,
            schedule_delivery_time=b"250102030405000+",
            validity_period=b"000001000000000R",
            registered_delivery=1,
            replace_if_present_flag=1,
            data_coding=8,
            sm_default_msg_id=4,
            short_message=b"\0h\0i",
            tlvs=((0x1401, b"v"), (0x1401, b"")),
        ),
        frame(
            0x04,
            b"CMT\0\5\0Shop\0\1\x0133612345678\0\x40\x7f\x02250102030405000+\x00000001000000000R\0\1\1\x08\4\4\0h\0i"
            b"\x14\1\0\1v\x14\1\0\0",
        ),
    ),
    (SubmitSmResp(sequence=1, message_id=b"a1"), frame(0x80000004, b"a1\0")),
    (SubmitSmResp(sequence=1, status=0x58), frame(0x80000004, status=0x58)),
    (SubmitSmResp(sequence=1, status=0x58, message_id=b"a1"), frame(0x80000004, b"a1\0", status=0x58)),
    (
        SubmitMulti(
            sequence=1,
            source_addr=b"1",
            dest_address=(SmeAddress(b"22", 1, 1), DistributionList(b"vip")),
            short_message=b"hi",
        ),
        frame(0x21, b"\0\0\x001\0\2\1\1\x0122\0\2vip\0\0\0\0\0\0\0\0\0\0\2hi"),
    ),
    (
        SubmitMultiResp(sequence=1, message_id=b"a1", unsuccess_sme=(UnsuccessSme(b"22", 0x0B, 1, 1),)),
        frame(0x80000021, b"a1\0\1\1\x0122\0\0\0\0\x0b"),
    ),
    (
        DeliverSm(sequence=1, source_addr=b"33", destination_addr=b"44", esm_class=4, short_message=b"id:1"),
        frame(0x05, b"\0\0\x0033\0\0\x0044\0\4\0\0\0\0\0\0\0\0\4id:1"),
    ),
    (DeliverSmResp(sequence=1), frame(0x80000005, b"\0")),
    (DeliverSmResp(sequence=1, status=0x64), frame(0x80000005, b"\0", status=0x64)),
    (
        DataSm(sequence=1, source_addr=b"1", destination_addr=b"2", esm_class=1, registered_delivery=1, data_coding=4),
        frame(0x103, b"\0\0\x001\0\0\x002\0\1\1\4"),
    ),
    (DataSmResp(sequence=1, message_id=b"x"), frame(0x80000103, b"x\0")),
    (QuerySm(sequence=1, message_id=b"m", source_addr_ton=1, source_addr=b"1"), frame(0x03, b"m\0\1\x001\0")),
    (
        QuerySmResp(sequence=1, message_id=b"m", final_date=b"250102030405000+", message_state=2, error_code=7),
        frame(0x80000003, b"m\x00250102030405000+\0\2\7"),
    ),
    (
        CancelSm(sequence=1, message_id=b"m", source_addr=b"1", destination_addr=b"2"),
        frame(0x08, b"\0m\0\0\x001\0\0\x002\0"),
    ),
    (
        ReplaceSm(sequence=1, message_id=b"m", source_addr=b"1", registered_delivery=1, short_message=b"hi"),
        frame(0x07, b"m\0\0\x001\0\0\0\1\0\2hi"),
    ),
    (
        AlertNotification(sequence=1, source_addr=b"1", esme_addr=b"2", tlvs=((0x0422, b"\0"),)),
        frame(0x102, b"\0\x001\0\0\x002\0\x04\x22\0\1\0"),
    ),
]


@pytest.mark.parametrize(("pdu", "octets"), BY_HAND, ids=lambda value: getattr(value, "name", ""))
def test_octets_written_by_hand(pdu: Pdu, octets: bytes) -> None:
    assert encode(pdu) == octets
    assert decode(octets) == pdu


TOLERATED: list[tuple[bytes, Pdu]] = [
    (frame(0x80000004), SubmitSmResp(sequence=1)),
    (frame(0x80000004, b"a1"), SubmitSmResp(sequence=1, message_id=b"a1")),
    (frame(0x80000004, b"x" * 90 + b"\0"), SubmitSmResp(sequence=1, message_id=b"x" * 90)),
    (frame(0x80000005), DeliverSmResp(sequence=1)),
    (frame(0x80000005, b"id\0"), DeliverSmResp(sequence=1, message_id=b"id")),
    (frame(0x80000009, status=0x0E), BindTransceiverResp(sequence=1, status=0x0E)),
    (frame(0x80000009), BindTransceiverResp(sequence=1)),
    (frame(0x80000003, status=0x67), QuerySmResp(sequence=1, status=0x67)),
    (frame(0x80000004, b"a\0", status=0x401), SubmitSmResp(sequence=1, status=0x401, message_id=b"a")),
    (frame(0x15, b"\x14\1\0\1v"), EnquireLink(sequence=1, tlvs=((0x1401, b"v"),))),
    # TON 7 and NPI 5 do not exist, short_message has one octet more than it may: kept.
    (
        frame(0x05, b"\0\7\x051\0\0\x002\0\0\0\0\0\0\0\0\xf5\0\xff" + b"x" * 255),
        DeliverSm(
            sequence=1,
            source_addr_ton=7,
            source_addr_npi=5,
            source_addr=b"1",
            destination_addr=b"2",
            data_coding=0xF5,
            short_message=b"x" * 255,
        ),
    ),
    # short_message and message_payload at once, which §5.3.2.32 forbids: both kept.
    (
        frame(0x05, b"\0\0\x001\0\0\x002\0\0\0\0\0\0\0\0\0\0\2hi\x04\x24\0\4long"),
        DeliverSm(
            sequence=1,
            source_addr=b"1",
            destination_addr=b"2",
            short_message=b"hi",
            tlvs=((tlv.MESSAGE_PAYLOAD, b"long"),),
        ),
    ),
]


@pytest.mark.parametrize(("octets", "pdu"), TOLERATED)
def test_what_peers_do_although_they_should_not(octets: bytes, pdu: Pdu) -> None:
    assert decode(octets) == pdu


SUBMIT = encode(SubmitSm(sequence=1, source_addr=b"12", destination_addr=b"34", short_message=b"hello"))


def submit(**parts: bytes) -> bytes:
    """A submit_sm body of text pieces, to damage one of them."""
    texts = {
        "service": b"\0",
        "source": b"12\0",
        "dest": b"34\0",
        "schedule": b"\0",
        "validity": b"\0",
        "text": b"\2hi",
    }
    texts.update(parts)
    body = texts["service"] + b"\0\0" + texts["source"] + b"\0\0" + texts["dest"] + b"\0\0\0"
    return frame(4, body + texts["schedule"] + texts["validity"] + b"\0\0\0\0" + texts["text"])


MALFORMED = [
    (frame(0x0111), s.ESME_RINVCMDID, "unknown command 0x00000111"),
    (frame(0x7FFFFFFF, b"anything"), s.ESME_RINVCMDID, "unknown command 0x7FFFFFFF"),
    (frame(0x04), s.ESME_RINVCMDLEN, "submit_sm: service_type has no closing NUL: the PDU ends before it"),
    (frame(0x04, b"\0\0"), s.ESME_RINVCMDLEN, "submit_sm: source_addr_npi is missing"),
    (submit(service=b"toolong\0"), s.ESME_RINVSERTYP, "service_type is longer than the 5 octets allowed"),
    (submit(source=b"1" * 21 + b"\0"), s.ESME_RINVSRCADR, "source_addr is longer than the 20 octets allowed"),
    (submit(dest=b"1" * 40 + b"\0"), s.ESME_RINVDSTADR, "destination_addr is longer than the 20 octets allowed"),
    (submit(schedule=b"1" * 17 + b"\0"), s.ESME_RINVSCHED, "schedule_delivery_time is longer"),
    (submit(validity=b"1" * 17 + b"\0"), s.ESME_RINVEXPIRY, "validity_period is longer"),
    (submit(text=b"\3hi"), s.ESME_RINVMSGLEN, "short_message should have 3 octets, the PDU has 2"),
    (submit(text=b"\1hi"), s.ESME_RINVOPTPARSTREAM, "1 octets after the last TLV, too few for another"),
    (submit(text=b"\2hi\4\x24\0\5ab"), s.ESME_RINVOPTPARSTREAM, "message_payload should have 5 octets, the PDU has 2"),
    (SUBMIT[:3] + bytes((len(SUBMIT) - 6,)) + SUBMIT[4:-6], s.ESME_RINVCMDLEN, "submit_sm: "),
    (frame(0x09, b"x" * 16 + b"\0"), s.ESME_RINVSYSID, "system_id is longer than the 15 octets allowed"),
    (frame(0x09, b"me\0" + b"p" * 65 + b"\0"), s.ESME_RINVPASWD, "password is longer"),
    (frame(0x09, b"me\0pw\0" + b"t" * 13 + b"\0"), s.ESME_RINVSYSTYP, "system_type is longer"),
    (frame(0x09, b"me\0pw\0\0\x34"), s.ESME_RINVCMDLEN, "addr_ton is missing"),
    (frame(0x09, b"me\0pw\0\0\x34\0\0" + b"r" * 41 + b"\0"), s.ESME_RINVPARLEN, "address_range is longer"),
    (frame(0x03, b"m" * 65 + b"\0\0\0\0"), s.ESME_RINVMSGID, "message_id is longer than the 64 octets allowed"),
    (frame(0x21, b"\0\0\x001\0\1\7"), s.ESME_RINVNUMDESTS, "dest_address has an entry with dest_flag 7"),
    (frame(0x21, b"\0\0\x001\0\2\2vip\0"), s.ESME_RINVCMDLEN, "dest_address is missing"),
    (frame(0x06, b"\0"), s.ESME_RINVOPTPARSTREAM, "unbind: optional parameters"),
]


@pytest.mark.parametrize(("octets", "answer", "reason"), MALFORMED)
def test_a_bad_pdu_says_what_is_wrong_and_how_to_answer(octets: bytes, answer: int, reason: str) -> None:
    with pytest.raises(PduError, match=reason) as bad:
        decode(octets)
    error = bad.value
    assert error.answer == answer
    assert (error.command_id, error.status, error.sequence) == (int.from_bytes(octets[4:8], "big"), 0, 1)


def test_a_bad_pdu_keeps_what_was_read_before_the_fault():
    with pytest.raises(PduError) as bad:
        decode(submit(dest=b"1" * 40 + b"\0"))
    assert bad.value.partial == SubmitSm(sequence=1, source_addr=b"12")


def test_a_bad_response_keeps_its_id():
    with pytest.raises(PduError) as bad:
        decode(frame(0x80000004, b"a1\0\1\2\3"))
    assert bad.value.partial == SubmitSmResp(sequence=1, message_id=b"a1")


@pytest.mark.parametrize("size", [0, 1, 3, 4, 15, 16, len(SUBMIT) - 1])
def test_part_of_a_pdu_is_incomplete(size: int) -> None:
    with pytest.raises(Incomplete) as short:
        decode(SUBMIT[:size])
    assert short.value.have == size
    assert short.value.need == (len(SUBMIT) if size >= 4 else 16)


def test_octets_after_the_pdu_are_not_dropped():
    with pytest.raises(ValueError, match="5 bytes follow the PDU"):
        decode(SUBMIT + b"extra")


LOST = [
    (b"\0\0\0\x0f" + b"\0" * 12, "command_length 15 is shorter than a header"),
    (b"\0\0\0\0", "command_length 0 is shorter than a header"),
    (b"\0\1\0\1", "command_length 65537 .* is over the limit of 65536"),
    (b"\xff\xff\xff\xff", "over the limit"),
    (b"GET / HTTP/1.1\r\n", "speaks HTTP, not SMPP"),
    (b"POST /send", "speaks HTTP"),
    (b"HTTP/1.1 400 Bad Request", "speaks HTTP"),
    (b"PRI * HTTP/2.0", "speaks HTTP/2"),
    (b"SSH-2.0-OpenSSH", "speaks SSH"),
    (b"PROXY TCP4 1.2.3.4", "PROXY protocol"),
    (b"\r\n\r\n\0\r\nQUIT\n", "PROXY protocol"),
    (b"\x16\3\1\2\0\1\0", "speaks TLS"),
    (b"\x15\3\3\0\2\2\x46", "speaks TLS"),
]


@pytest.mark.parametrize(("octets", "reason"), LOST)
def test_what_is_not_smpp_is_named(octets: bytes, reason: str) -> None:
    with pytest.raises(StreamLost, match=reason):
        decode(octets)
    with pytest.raises(StreamLost, match=reason):
        check_start(b"??" + octets, c.MAX_PDU, 2)


def test_the_limit_is_the_callers():
    with pytest.raises(StreamLost, match="over the limit of 20"):
        decode(SUBMIT, max_pdu=20)


NOT_WRITTEN = [
    (SubmitSm(destination_addr=b"1" * 21), "submit_sm: destination_addr is 21 octets long, 20 are allowed"),
    (SubmitSm(source_addr=b"a\0b"), "submit_sm: source_addr contains a NUL"),
    (SubmitSm(source_addr="Shop"), "submit_sm: source_addr must be bytes, not str"),  # type: ignore[arg-type]
    (SubmitSm(short_message=b"x" * 255), "submit_sm: short_message is 255 octets long, 254 are allowed"),
    (SubmitSm(data_coding=256), "submit_sm: data_coding is 256, outside 0..255"),
    (SubmitSm(esm_class=-1), "submit_sm: esm_class is -1, outside 0..255"),
    (SubmitSm(priority_flag=None), "submit_sm: priority_flag must be a number, not NoneType"),  # type: ignore[arg-type]
    (SubmitSm(validity_period=b"x" * 17), "submit_sm: validity_period is 17 octets long, 16 are allowed"),
    (SubmitSm(sequence=1 << 32), "submit_sm: sequence is 4294967296"),
    (SubmitSm(status=-1), "submit_sm: status is -1"),
    (SubmitSm(tlvs=((0x0424, b"x" * 65536),)), "submit_sm: tlvs has message_payload with 65536 octets"),
    (SubmitSm(tlvs=((0x1401, "v"),)), "submit_sm: tlvs has 0x1401 with str"),  # type: ignore[arg-type]
    (SubmitSmResp(message_id=b"x" * 65), "submit_sm_resp: message_id is 65 octets long, 64 are allowed"),
    (BindTransceiver(password=b"x" * 65), "bind_transceiver: password is 65 octets long"),
]


@pytest.mark.parametrize(("pdu", "problem"), NOT_WRITTEN)
def test_what_does_not_fit_is_not_written_and_the_field_is_named(pdu: Pdu, problem: str) -> None:
    with pytest.raises(EncodeError, match=problem) as refused:
        encode(pdu)
    assert refused.value.command == pdu.name
    assert f"{refused.value.field} {refused.value.problem}" in str(refused.value)


def test_a_missing_attribute_of_a_bare_object_is_not_written():
    pdu = SubmitSm.__new__(SubmitSm)
    with pytest.raises(AttributeError):
        encode(pdu)
