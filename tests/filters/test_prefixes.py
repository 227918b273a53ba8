"""What can be said of an expression's beginnings, and that it is never wrong."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.filters.prefixes import MOST, Beginnings, beginnings


@pytest.mark.parametrize(
    ("pattern", "values", "enough"),
    [
        ("^33", ("33",), True),
        ("33", ("33",), True),
        ("^(33|34)", ("33", "34"), True),
        ("^33|^44", ("33", "44"), True),
        ("^33(6|7)", ("336", "337"), True),
        ("^33[67]", ("336", "337"), True),
        ("^33[6-8]", ("336", "337", "338"), True),
        ("^3(?:3|4)5", ("335", "345"), True),
        (r"^\+33", ("+33",), True),
        ("^33.*", ("33",), True),
        (".*", ("",), True),
        ("", ("",), True),
        ("^33$", ("33",), False),
        (r"^33\d+", ("33",), False),
        (r"^33\d{9}$", ("33",), False),
        ("^33.+", ("33",), False),
        ("^336*", ("33",), False),
        ("^33(6|7)?8", ("33",), False),
        (r"^33(6\d|7)", ("336", "337"), False),
        ("^33(6|7|)", ("33", "336", "337"), True),
        ("ACME", ("ACME",), True),
        ("^33[一-龥]", ("33",), False),
    ],
)
def test_what_is_understood(pattern: str, values: tuple[str, ...], enough: bool) -> None:
    assert beginnings(pattern) == Beginnings(values, enough)


@pytest.mark.parametrize(
    "pattern", [r"\d+", "[^3]", ".33", "(?i)acme", "(?=33)3", "(?P<x>33)", "3?4", "^33|.4", r"\b33", "(^33)"]
)
def test_what_is_left_to_the_expression_itself(pattern: str) -> None:
    re.compile(pattern)
    assert beginnings(pattern) is None


def test_a_long_list_is_understood_and_a_product_of_lists_is_cut_short() -> None:
    listed = "|".join(str(number) for number in range(10000, 10000 + MOST))
    found = beginnings(f"^({listed})")
    assert found is not None
    assert len(found.values) == MOST
    assert beginnings("^1[0-9][0-9][0-9][0-9][0-9]") == Beginnings(
        tuple(f"1{number:03d}" for number in range(1000)), False
    )


def test_nesting_beyond_reason_is_left_alone() -> None:
    assert beginnings("(" * 5000 + "3" + ")" * 5000) is None


_pieces = st.sampled_from(
    ["3", "4", "6", "a", "|", "(", ")", "(?:", "[67]", "[4-6]", "[]3]", "[^3]", "[^]3]", r"[\]3]", ".", ".*", "^", "$",
     "?", "*", "+", "{2}", r"\d", r"\+", r"\.", r"\(", "[)]", "[(]", "[|]", "-", "[3-]", "[-3]"]
)  # fmt: skip


@given(st.lists(_pieces, max_size=8).map("".join), st.text("346a.+|-]()\n", max_size=6))
def test_it_never_contradicts_the_expression(pattern: str, text: str) -> None:
    try:
        expression = re.compile(pattern)
    except re.error:
        return
    found = beginnings(pattern)
    if found is None:
        return
    begins = text.startswith(found.values)
    matches = expression.match(text) is not None
    assert begins or not matches
    if found.enough:
        assert begins == matches
