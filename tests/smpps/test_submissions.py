"""What a client's PDU becomes, and what its values alone forbid."""

from __future__ import annotations

from typing import Any

import pytest

from jasminlike.message.model import SMPP, Address
from jasminlike.pipeline.submission import Submission
from jasminlike.smpp import statuses as s
from jasminlike.smpp.pdu import DataSm, SubmitSm
from jasminlike.smpps.replies import Refused
from jasminlike.smpps.submissions import of_data_sm, of_submit_sm, wishes
from tests.smpps.esme import account

NOW = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC
USER = account()
WANTED = wishes(False)


def submission(**fields: Any) -> Submission:
    return of_submit_sm(SubmitSm(**{"destination_addr": b"33612", **fields}), USER, NOW, WANTED)


def data(**fields: Any) -> Submission:
    return of_data_sm(DataSm(**{"destination_addr": b"33612", **fields}), USER, NOW, WANTED)


def refusal(make: Any, **fields: Any) -> int:
    with pytest.raises(Refused) as refused:
        make(**fields)
    return refused.value.status


def test_every_field_is_taken_over() -> None:
    found = submission(
        service_type=b"CMT",
        source_addr_ton=5,
        source_addr_npi=0,
        source_addr=b"Shop",
        dest_addr_ton=1,
        dest_addr_npi=1,
        esm_class=0x43,
        protocol_id=0x41,
        priority_flag=3,
        registered_delivery=0x11,
        replace_if_present_flag=1,
        data_coding=0xF5,
        sm_default_msg_id=7,
        short_message=b"\x05\x00\x03\x07\x02\x01hello",
        schedule_delivery_time=b"231115000000000+",
        validity_period=b"231116000000000+",
        tlvs=((0x1401, b"vendor"), (0x020C, b"\0\7"), (0x9999, b"")),
    )
    assert (found.user, found.door) == (USER, SMPP)
    assert found.source == Address("Shop", 5, 0)
    assert found.destination == Address("33612", 1, 1)
    assert found.payload == b"\x05\x00\x03\x07\x02\x01hello"
    assert (found.esm_class, found.protocol_id, found.data_coding, found.service_type) == (0x43, 0x41, 0xF5, "CMT")
    assert (found.priority, found.replace_if_present, found.sm_default_msg_id) == (3, 1, 7)
    assert (found.schedule, found.validity) == (b"231115000000000+", b"231116000000000+")
    assert found.expires_at == 1_700_092_800.0
    assert found.receipt.registered_delivery == 0x11
    assert found.tlvs == [(0x1401, b"vendor"), (0x020C, b"\0\7"), (0x9999, b"")]
    assert found.given == {"source_address", "priority", "dlr_level"}


def test_what_is_not_given_needs_no_authorization() -> None:
    found = submission(short_message=b"hi")
    assert (found.given, found.source, found.expires_at, found.receipt.level) == (frozenset(), None, 0.0, 0)


@pytest.mark.parametrize(
    ("fields", "given"),
    [
        ({"source_addr": b"1"}, "source_address"),
        ({"priority_flag": 1}, "priority"),
        ({"registered_delivery": 2}, "dlr_level"),
    ],
)
def test_what_is_given_is_named(fields: Any, given: str) -> None:
    assert submission(**fields).given == {given}


def test_a_message_payload_is_the_text() -> None:
    found = submission(tlvs=((0x0424, b"x" * 1000), (0x1401, b"v")))
    assert (found.payload, found.tlvs) == (b"x" * 1000, [(0x1401, b"v")])


def test_two_texts_are_refused() -> None:
    assert refusal(submission, short_message=b"a", tlvs=((0x0424, b"b"),)) == s.ESME_ROPTPARNOTALLWD
    assert refusal(submission, tlvs=((0x0424, b"a"), (0x0424, b"b"))) == s.ESME_ROPTPARNOTALLWD


def test_an_empty_destination_is_refused() -> None:
    assert refusal(submission, destination_addr=b"") == s.ESME_RINVDSTADR
    assert refusal(data, destination_addr=b"") == s.ESME_RINVDSTADR


def test_a_priority_that_does_not_exist_is_refused() -> None:
    assert submission(priority_flag=3).priority == 3
    assert refusal(submission, priority_flag=4) == s.ESME_RINVPRTFLG
    assert refusal(submission, priority_flag=255) == s.ESME_RINVPRTFLG


def test_a_relative_validity_counts_from_now() -> None:
    found = submission(validity_period=b"000001020000000R")
    assert (found.expires_at, found.validity) == (NOW + 26 * 3600, b"000001020000000R")


@pytest.mark.parametrize(
    "validity",
    [
        b"231114221319000+",  # a second ago
        b"000000000000000R",
        b"231114",
        b"231399000000000+",
        b"abcdefghijklmnop",
        b"23111500000000\xff+",
    ],
)
def test_a_validity_that_is_over_or_none_is_refused(validity: bytes) -> None:
    assert refusal(submission, validity_period=validity) == s.ESME_RINVEXPIRY


def test_the_offset_of_an_absolute_time_counts() -> None:
    # 22:13:20 UTC is 23:13:20 an hour to the east
    assert submission(validity_period=b"231114231321004+").expires_at == NOW + 1
    assert refusal(submission, validity_period=b"231114231319004+") == s.ESME_RINVEXPIRY


def test_a_schedule_that_cannot_be_read_is_refused() -> None:
    assert refusal(submission, schedule_delivery_time=b"tomorrow") == s.ESME_RINVSCHED
    assert submission(schedule_delivery_time=b"000000010000000R").schedule == b"000000010000000R"


@pytest.mark.parametrize(("tell_answers", "level"), [(False, 2), (True, 3)])
def test_the_wish_follows_the_receipt_bits(tell_answers: bool, level: int) -> None:
    table = wishes(tell_answers)
    assert [table[number].level for number in (0, 1, 2, 3, 0x10, 0x0C, 0x11)] == [0, level, level, level, 0, 0, level]
    assert all(table[number].registered_delivery == number for number in range(256))


def test_a_data_sm_carries_its_text_in_a_tlv() -> None:
    found = data(
        source_addr=b"Shop",
        source_addr_ton=5,
        esm_class=0x40,
        data_coding=8,
        registered_delivery=1,
        service_type=b"WAP",
        tlvs=((0x0424, b"\0h\0i"), (0x1401, b"v")),
    )
    assert (found.payload, found.tlvs, found.data_coding, found.esm_class) == (b"\0h\0i", [(0x1401, b"v")], 8, 0x40)
    assert (found.source, found.service_type) == (Address("Shop", 5, 0), "WAP")
    assert found.given == {"source_address", "dlr_level"}


def test_the_time_to_live_of_a_data_sm_is_its_validity() -> None:
    found = data(tlvs=((0x0017, b"\0\0\0\x3c"), (0x0424, b"hi")))
    assert (found.expires_at, found.tlvs, found.payload) == (NOW + 60, [], b"hi")
    assert refusal(data, tlvs=((0x0017, b"\0\0\0\0"),)) == s.ESME_RINVEXPIRY


def test_an_address_too_long_for_a_message_is_refused() -> None:
    assert refusal(data, destination_addr=b"1" * 21) == s.ESME_RINVDSTADR
    assert refusal(data, source_addr=b"1" * 21) == s.ESME_RINVSRCADR
    assert data(destination_addr=b"1" * 20, source_addr=b"2" * 20).source == Address("2" * 20)
