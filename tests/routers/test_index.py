"""Beginnings of addresses: the longest one known stands for the shorter ones within it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.filters.base import Need
from jasminlike.filters.subject import Subject
from routers.index import Beginnings, Index

ROWS = {"33": 0b0001, "336": 0b0010, "3361": 0b0100}
OTHERS = 0b1000


@pytest.mark.parametrize(
    ("address", "rows"),
    [("", 0b1000), ("3", 0b1000), ("33", 0b1001), ("337", 0b1001), ("336", 0b1011), ("33619", 0b1111), ("44", 0b1000)],
)
def test_the_rows_an_address_leaves_possible(address: str, rows: int) -> None:
    assert Beginnings(ROWS, OTHERS).of(address) == rows


_digits = st.text("34", max_size=5)


@given(st.dictionaries(_digits, st.integers(1, 1 << 20), min_size=1, max_size=12), _digits)
def test_they_are_those_of_every_beginning_the_address_has(rows: dict[str, int], address: str) -> None:
    expected = 1 << 21
    for text, bits in rows.items():
        if address.startswith(text):
            expected |= bits
    assert Beginnings(rows, 1 << 21).of(address) == expected


def test_an_index_without_needs_leaves_everything_possible() -> None:
    assert Index([{}, {}, {}]).possible(Subject()) == 0b111
    assert Index([]).possible(Subject()) == 0


def test_a_row_with_several_values_is_possible_for_each_of_them() -> None:
    index = Index([{"tag": Need("tag", ("a", "b"), True)}, {}])
    assert index.possible(Subject(tags=("b",))) == 0b11
    assert index.possible(Subject(tags=("c",))) == 0b10
    assert index.possible(Subject()) == 0b10
