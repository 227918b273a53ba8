"""Names and numbers of command_status."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.smpp import statuses


def test_every_status_of_smpp_3_4_has_its_number():
    # SMPP 3.4 table 5-2, by ranges: which numbers have a name, and a few by hand.
    named = {*range(0x09), *range(0x0A, 0x10), 0x11, 0x13, 0x14, 0x15, 0x33, 0x34, 0x40, *range(0x42, 0x46), 0x48}
    named |= {0x49, 0x50, 0x51, *range(0x53, 0x56), 0x58, *range(0x61, 0x68), *range(0xC0, 0xC5), 0xFE, 0xFF}
    assert {number for number in statuses.NAMES if number < 0x100} == named
    assert statuses.number("ESME_RTHROTTLED") == 0x58
    assert statuses.name(0x45) == "ESME_RSUBMITFAIL"
    assert statuses.name(0) == "ESME_ROK"


def test_no_two_names_share_a_number():
    assert len(statuses.NAMES) == len(statuses.NUMBERS)


@pytest.mark.parametrize(("status", "text"), [(0x401, "0x00000401"), (0x09, "0x00000009"), (0xFFFFFFFF, "0xFFFFFFFF")])
def test_a_number_without_a_name_keeps_its_number(status, text):
    assert statuses.name(status) == text
    assert statuses.number(text) == status


@given(st.integers(0, 0xFFFFFFFF))
def test_number_reads_what_name_writes(status):
    assert statuses.number(statuses.name(status)) == status


@pytest.mark.parametrize("text", ["esme_rthrottled", " ESME_RTHROTTLED ", "88", "0x58", "0X00000058"])
def test_a_person_may_write_it_in_several_ways(text):
    assert statuses.number(text) == statuses.ESME_RTHROTTLED


def test_the_second_names_of_smpp_5_are_understood():
    assert statuses.number("ESME_RINVTLVSTREAM") == statuses.ESME_RINVOPTPARSTREAM
    assert statuses.name(0xC0) == "ESME_RINVOPTPARSTREAM"


@pytest.mark.parametrize("text", ["", "ESME_RNOTHING", "-1", "0x100000000", "1.5"])
def test_anything_else_is_refused_by_name(text):
    with pytest.raises(ValueError, match="command_status"):
        statuses.number(text)
