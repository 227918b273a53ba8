"""custom_tlvs: three forms, seven types, and what is wrong with the others."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from http_api import tlvs
from jasminlike.errors import BAD_ARGUMENT, GatewayError


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ([], []),
        ({"0x1401": "text"}, [(0x1401, b"text")]),
        ({"5121": "ä"}, [(5121, b"\xc3\xa4")]),
        ({"0x1401:Int1": 255}, [(0x1401, b"\xff")]),
        ({"0x1401:Int2": "5000"}, [(0x1401, b"\x13\x88")]),
        ({"0x1401:Int4": "0x04D2"}, [(0x1401, b"\0\0\x04\xd2")]),
        ({"0x1401:Int8": 2**64 - 1}, [(0x1401, b"\xff" * 8)]),
        ({"0x1401:OctetString": 42}, [(0x1401, b"42")]),
        ({"0x1401:COctetString": "abc"}, [(0x1401, b"abc\0")]),
        ({"0x1401:Hex": "deAD"}, [(0x1401, b"\xde\xad")]),
        ({"0x1402": "b", "0x1401": "a"}, [(0x1402, b"b"), (0x1401, b"a")]),
        ([[12288, None, "COctetString", "ref"], [12289, None, "Int2", 5000]],
         [(12288, b"ref\0"), (12289, b"\x13\x88")]),
        ([["0x3000", 3, None, "ref"]], [(12288, b"ref")]),
        ([{"tag": 5121, "value": "a"}, {"tag": "0x1401", "type": "Int1", "value": 7, "length": 1}],
         [(5121, b"a"), (5121, b"\x07")]),
        ([["0", None, None, ""]], [(0, b"")]),
    ],
)  # fmt: skip
def test_what_is_taken(given: Any, expected: list[tuple[int, bytes]]) -> None:
    assert tlvs.parse(given) == expected
    assert tlvs.parse(msgspec.json.encode(given).decode()) == expected


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("{", "no JSON"),
        ("\udcff", "no JSON"),
        ("1", "neither an object nor a list"),
        ('"x"', "neither an object nor a list"),
        ({"x": "a"}, "[x] is no tag"),
        ({"": "a"}, "[] is no tag"),
        ({"65536": "a"}, "[65536] is no tag"),
        ({"-1": "a"}, "[-1] is no tag"),
        ({"9" * 5000: "a"}, f"[{'9' * 5000}] is no tag"),
        ([[True, None, None, "a"]], "[True] is no tag"),
        ([[1.5, None, None, "a"]], "[1.5] is no tag"),
        ({"1:int4": 7}, "[int4] is none of the types Int1 Int2 Int4 Int8 OctetString COctetString Hex"),
        ([[1, None, ["Int4"], 7]], "none of the types"),
        ({"0x1401:Int1": 256}, "the value of 0x1401 is no Int1"),
        ({"0x1401:Int1": -1}, "the value of 0x1401 is no Int1"),
        ({"0x1401:Int2": "x"}, "the value of 0x1401 is no Int2"),
        ({"0x1401:Int2": True}, "the value of 0x1401 is no Int2"),
        ({"0x1401:Int2": None}, "the value of 0x1401 is no Int2"),
        ({"0x1401": {"a": 1}}, "the value of 0x1401 is no text"),
        ({"0x1401": True}, "the value of 0x1401 is no text"),
        ({"0x1401": "\udcff"}, "the value of 0x1401 is no OctetString"),
        ({"0x1401:Hex": "abc"}, "the value of 0x1401 is no Hex"),
        ({"0x1401:COctetString": "a\0b"}, "the value of 0x1401 holds a NUL"),
        ({"0x1401": "x" * 65536}, "longer than 65535 octets"),
        ([[1, 4, None, "abc"]], "the value of 0x0001 has 3 octets, not 4"),
        ([[1, 2]], "an entry is neither"),
        ([{"tag": 1}], "an entry is neither"),
        ([{"tag": 1, "value": "a", "colour": "red"}], "an entry is neither"),
        ([7], "an entry is neither"),
        ({str(tag): "a" for tag in range(65)}, "more than 64"),
    ],
)
def test_what_is_refused(given: Any, why: str) -> None:
    with pytest.raises(GatewayError) as caught:
        tlvs.parse(given)
    assert (caught.value.reason, caught.value.where) == (BAD_ARGUMENT, "custom_tlvs")
    assert caught.value.public.startswith("Argument [custom_tlvs] has an invalid value: ")
    assert why in caught.value.public
