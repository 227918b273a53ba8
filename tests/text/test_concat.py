"""The header of a part: built, read, and read when broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.text.concat import Concat, Parted, header, read


def test_the_two_headers_octet_by_octet() -> None:
    assert header(0x4D, 3, 2) == bytes.fromhex("0500034d0302")
    assert header(0x124D, 3, 2, wide=True) == bytes.fromhex("060804124d0302")


@given(st.integers(0, 0xFFFF), st.integers(1, 255), st.data(), st.booleans(), st.binary(max_size=20))
def test_what_is_built_is_read(ref: int, total: int, data: st.DataObject, wide: bool, body: bytes) -> None:
    ref = ref if wide else ref & 0xFF
    seq = data.draw(st.integers(1, total))
    assert read(header(ref, total, seq, wide=wide) + body) == Parted(Concat(ref, total, seq, wide), b"", body)


@pytest.mark.parametrize(
    ("ref", "total", "seq", "wide"),
    [(256, 2, 1, False), (-1, 2, 1, False), (65536, 2, 1, True), (1, 2, 0, False), (1, 2, 3, False), (1, 256, 1, True)],
)
def test_impossible_numbers_are_not_written(ref: int, total: int, seq: int, wide: bool) -> None:
    with pytest.raises(ValueError, match=r"0\.\.|1\.\."):
        header(ref, total, seq, wide=wide)


def test_other_elements_are_kept() -> None:
    ports = bytes.fromhex("05040b8423f0")
    whole = bytes((len(ports) + 5,)) + ports + bytes.fromhex("0003070201") + b"text"
    assert read(whole) == Parted(Concat(7, 2, 1, False), ports, b"text")


def test_the_last_of_two_concatenations_counts() -> None:
    assert read(bytes.fromhex("0a00030702010003080302") + b"x").concat == Concat(8, 3, 2, False)


@pytest.mark.parametrize("payload", [b"", b"\x05", b"\x05\x00\x03\x07\x02", b"\x03\x00\x03\x07tail", b"\x01\x00tail"])
def test_a_broken_header_is_text(payload: bytes) -> None:
    assert read(payload) == Parted(None, b"", payload)


@pytest.mark.parametrize("numbers", ["070300", "070304", "070000"])
def test_an_impossible_part_is_no_part(numbers: str) -> None:
    element = bytes.fromhex("0003" + numbers)
    assert read(b"\x05" + element + b"text") == Parted(None, element, b"text")


@given(st.binary())
def test_read_never_raises_and_loses_nothing(payload: bytes) -> None:
    concat, elements, body = read(payload)
    assert payload.endswith(body)
    if concat is None:
        assert body == payload or len(elements) + len(body) + 1 == len(payload)
