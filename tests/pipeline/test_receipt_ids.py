"""The forms of message ids, and what is learnt of a connector's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.pipeline.receipt_ids import SURE, IdRule, as_decimal, as_hexadecimal, canonical


@pytest.mark.parametrize(
    ("written", "key"), [("00Ab ", "ab"), (" 7", "7"), ("000", "0"), ("", ""), ("ID-0", "id-0"), ("0x1F", "x1f")]
)
def test_the_canonical_form(written, key):
    assert canonical(written) == key


def test_the_other_base():
    assert (as_hexadecimal("255"), as_hexadecimal("ff"), as_hexadecimal("9" * 41)) == ("ff", None, None)
    assert (as_decimal("ff"), as_decimal("10"), as_decimal("xyz"), as_decimal("")) == ("255", "16", None, None)
    assert as_decimal("f" * 41) is None


@given(st.integers(0, 2**64))
def test_both_ways_lead_back(number):
    hexadecimal = as_hexadecimal(str(number))
    assert hexadecimal is not None
    assert as_decimal(hexadecimal) == str(number)


def test_every_form_is_tried_as_answered_first():
    rule = IdRule()
    assert rule.candidates("0010") == ["10", "a", "16"]
    assert rule.candidates("AB") == ["ab", "171"]
    assert rule.candidates("msg-7") == ["msg-7"]
    assert rule.name == "as answered"


def test_the_operators_setting_decides():
    assert IdRule(fixed=1).candidates("255") == ["ff", "255", "597"]
    assert IdRule(fixed=1).candidates("msg") == ["msg"]
    assert IdRule(fixed=2).candidates("ff") == ["255", "ff"]
    assert IdRule(fixed=2).name == "hexadecimal of decimal"


def test_decimal_receipts_of_hexadecimal_answers_are_learnt():
    rule = IdRule()
    for smsc_id in ("1F", "20", "msg", "2A"):
        rule.answered(smsc_id)
    for number in range(SURE):
        assert rule.name == "as answered", number
        rule.candidates(str(31 + number))
    assert rule.name == "decimal of hexadecimal"
    assert rule.candidates("31")[0] == "1f"


def test_hexadecimal_receipts_of_decimal_answers_are_learnt():
    rule = IdRule()
    for number in range(10, 20):
        rule.answered(str(number))
        rule.candidates(f"{number:x}")
    assert rule.name == "hexadecimal of decimal"
    assert rule.candidates("1f")[0] == "31"


def test_the_same_form_on_both_sides_stays():
    rule = IdRule()
    for number in range(10, 30):
        rule.answered(f"{number:x}")
        rule.candidates(f"{number:x}")
    assert rule.name == "as answered"
