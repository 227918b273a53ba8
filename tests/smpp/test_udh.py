"""User data headers: kept whole, built back, and refused with one kind of error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.smpp import udh
from jasminlike.smpp.udh import Concatenation, Element, MalformedUdh, Ports

elements = st.lists(st.builds(Element, st.integers(0, 255), st.binary(max_size=12)), max_size=12)


@given(elements, st.binary(max_size=40))
def test_every_element_is_kept_in_its_order(wanted: list[Element], body: bytes) -> None:
    assert udh.parse(udh.build(wanted) + body) == (tuple(wanted), body)


@given(st.binary())
def test_any_octets_parse_and_build_back_or_are_malformed(payload: bytes) -> None:
    try:
        found, body = udh.parse(payload)
    except MalformedUdh:
        return
    assert udh.build(found) + body == payload


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        (b"", "empty"),
        (b"\x05", "header of 6 octets in a payload of 1"),
        (b"\x05\x00\x03\x07\x02", "header of 6 octets in a payload of 5"),
        (b"\x01\x00x", "0x00 at octet 1 has no length"),
        (b"\x04\x00\x03\x07\x02x", "0x00 at octet 1 ends at octet 6, the header at 5"),
        (b"\x06\x00\x03\x07\x02\x01\x24x", "0x24 at octet 6 has no length"),
    ],
)
def test_where_a_header_breaks_is_said(payload: bytes, says: str) -> None:
    with pytest.raises(MalformedUdh, match=says):
        udh.parse(payload)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ([Element(256, b"")], "identifier 256"),
        ([Element(-1, b"")], "identifier -1"),
        ([Element(1, b"x" * 256)], "has 256 octets"),
        ([Element(1, b"x" * 126), Element(1, b"x" * 126)], "take 256 octets"),
    ],
)
def test_what_makes_no_header_is_refused(wrong: list[Element], says: str) -> None:
    with pytest.raises(MalformedUdh, match=says):
        udh.build(wrong)


def test_an_empty_header_is_one() -> None:
    assert udh.parse(b"\x00text") == ((), b"text")
    assert udh.build([]) == b"\x00"


def test_concatenation() -> None:
    found, body = udh.parse(bytes.fromhex("0500034d0302") + b"x")
    assert udh.concatenation(found) == Concatenation(0x4D, 3, 2, False)
    assert body == b"x"
    assert udh.concatenation([Element(8, b"\x12\x4d\x03\x02")]) == Concatenation(0x124D, 3, 2, True)
    both = [Element(0, b"\x01\x02\x01"), Element(8, b"\x00\x02\x02\x02"), Element(4, b"\x01\x02")]
    assert udh.concatenation(both) == Concatenation(2, 2, 2, True)


@pytest.mark.parametrize(
    "element",
    [Element(0, b"\x01\x02"), Element(8, b"\x01\x02\x01"), Element(0, b"\x01\x02\x00"), Element(0, b"\x01\x02\x03")],
)
def test_an_impossible_concatenation_is_ignored(element: Element) -> None:
    assert udh.concatenation([element]) is None
    assert udh.concatenation([Element(0, b"\x01\x02\x01"), element]) == Concatenation(1, 2, 1, False)


def test_ports() -> None:
    assert udh.ports([Element(5, bytes.fromhex("0b8423f0"))]) == Ports(2948, 9200)
    assert udh.ports([Element(4, b"\xf0\xf1")]) == Ports(240, 241)
    assert udh.ports([Element(5, b"\x0b\x84\x23"), Element(0, b"\x01\x02\x01")]) is None
