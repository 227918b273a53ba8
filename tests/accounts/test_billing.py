"""Money is exact, and spent once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.accounts.billing import Bill, Purses, as_float, bill, to_units
from jasminlike.errors import GatewayError


@pytest.mark.parametrize(
    ("text", "units"), [("1", 1_000_000), ("0.000001", 1), ("-2.5", -2_500_000), ("1e2", 100_000_000), ("0", 0)]
)
def test_amounts_typed_by_a_person(text, units):
    assert to_units(text) == units


@pytest.mark.parametrize("text", ["", "abc", "0.0000001", "NaN", "Infinity", "1,5"])
def test_what_is_no_amount(text):
    with pytest.raises(ValueError, match=r"is not an amount|is finer"):
        to_units(text)


def test_as_jasmins_clients_read_it():
    assert as_float(1_500_000) == 1.5


def test_a_bill_without_an_early_share_is_due_now():
    assert bill(1_500_000, 3, None) == Bill(4_500_000, 0, 3)


@given(st.integers(0, 10**12), st.integers(1, 255), st.floats(1, 100))
def test_the_shares_add_up_and_each_part_owes_the_same(rate, parts, percent):
    made = bill(rate, parts, percent)
    assert made.now + made.on_answer == rate * parts
    assert 0 <= made.now <= rate * parts
    assert made.on_answer % parts == 0


def test_the_whole_price_must_be_covered():
    purses = Purses([("u", 100, 5)])
    for made in (Bill(50, 51, 1), Bill(101, 0, 1), Bill(0, 0, 6)):
        with pytest.raises(GatewayError) as caught:
            purses.charge("u", made)
        assert caught.value.reason.code == "no_money"
        assert "100" not in caught.value.public
    assert (purses.of("u").balance, purses.of("u").messages) == (100, 5)


def test_what_is_due_now_is_taken():
    purses = Purses([("u", 100, 5)])
    assert purses.charge("u", Bill(40, 60, 5)) == (-40, -5)
    assert (purses.of("u").balance, purses.of("u").messages) == (60, 0)
    assert purses.add("u", -60, 0) == (-60, 0)
    assert purses.add("u", 10, 2) == (10, 2)
    assert (purses.of("u").balance, purses.of("u").messages) == (10, 2)


def test_unlimited_stays_unlimited():
    purses = Purses()
    assert purses.charge("new", Bill(10**12, 0, 10**6)) == (0, 0)
    assert (purses.of("new").balance, purses.of("new").messages) == (None, None)


def test_an_account_that_is_gone_is_forgotten():
    purses = Purses([("u", 1, 1)])
    purses.forget("u")
    purses.forget("nobody")
    assert purses.of("u").balance is None
