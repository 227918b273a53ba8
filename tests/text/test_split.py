"""Cutting: lengths, pairs that stay together, refusals, and that nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.text import codings, gsm7
from jasminlike.text.concat import read
from jasminlike.text.split import Method, Part, PayloadTooLong, Sar, TooManyParts, count, split


def bodies(parts: list[Part]) -> list[bytes]:
    return [read(part.payload).body if part.udhi else part.payload for part in parts]


texts = st.text(st.sampled_from("aé€[Я😀한\0"), min_size=130, max_size=1200)


@given(texts, st.sampled_from(Method))
def test_a_text_is_whole_after_all_and_each_part_can_be_read_alone(text: str, method: Method) -> None:
    data_coding, payload = codings.choose(text)
    parts = split(payload, data_coding, method=method, ref=9)
    assert b"".join(bodies(parts)) == payload
    assert "".join(codings.display(body, data_coding) for body in bodies(parts)) == text
    assert len(parts) == count(payload, data_coding, method=method)


@given(st.binary(max_size=2000), st.integers(0, 255), st.sampled_from(Method))
def test_no_octet_is_lost_whatever_the_coding(payload: bytes, data_coding: int, method: Method) -> None:
    parts = split(payload, data_coding, method=method, ref=200)
    assert b"".join(bodies(parts)) == payload
    meaning = codings.coding(data_coding)
    header = {Method.UDH16: 7}.get(method, 6)
    if len(parts) > 1:
        assert all(0 < len(body) <= meaning.room(header) for body in bodies(parts))
        assert all(len(body) % meaning.unit == 0 for body in bodies(parts)[:-1])
        assert all(meaning.septets or len(part.payload) <= 140 for part in parts)


@pytest.mark.parametrize(
    ("data_coding", "octets", "parts"),
    [
        (0, 160, 1),
        (0, 161, 2),
        (0, 306, 2),
        (0, 307, 3),
        (1, 161, 2),
        (3, 140, 1),
        (3, 141, 2),
        (3, 268, 2),
        (3, 269, 3),
        (8, 140, 1),
        (8, 142, 2),
        (8, 268, 2),
        (8, 270, 3),
        (4, 140, 1),
        (4, 269, 3),
        (0xF0, 306, 2),
        (0xF4, 269, 3),
    ],
)
def test_how_many_parts(data_coding: int, octets: int, parts: int) -> None:
    assert len(split(b"aa" * (octets // 2) + b"a" * (octets % 2), data_coding)) == parts


def test_the_usual_header() -> None:
    first, second = split(b"x" * 153 + b"y" * 10, 0, ref=0x4D)
    assert first == Part(bytes.fromhex("0500034d0201") + b"x" * 153, udhi=True)
    assert second == Part(bytes.fromhex("0500034d0202") + b"y" * 10, udhi=True)


def test_the_wide_header() -> None:
    first, second = split(b"x" * 161, 0, method=Method.UDH16, ref=0x124D)
    assert first.payload == bytes.fromhex("060804124d0201") + b"x" * 152
    assert second.payload == bytes.fromhex("060804124d0202") + b"x" * 9


def test_sar_leaves_the_text_alone() -> None:
    first, second = split(b"x" * 161, 0, method=Method.SAR, ref=65535)
    assert first == Part(b"x" * 153, sar=Sar(65535, 2, 1))
    assert second == Part(b"x" * 8, sar=Sar(65535, 2, 2))


def test_message_payload_is_one_part() -> None:
    assert split(b"x" * 161, 0, method=Method.PAYLOAD, max_parts=1) == [Part(b"x" * 161, in_tlv=True)]
    assert split(b"x" * 160, 0, method=Method.PAYLOAD) == [Part(b"x" * 160)]
    with pytest.raises(PayloadTooLong, match="65536 octets") as caught:
        split(b"x" * 65536, 0, method=Method.PAYLOAD)
    assert (caught.value.octets, caught.value.allowed) == (65536, 65535)


def test_a_short_text_has_no_header_by_any_method() -> None:
    for method in Method:
        assert split(b"", 0, method=method) == [Part(b"")]
        assert split(b"hello", 0, method=method) == [Part(b"hello")]


def test_an_escape_pair_moves_to_the_next_part_whole() -> None:
    payload = gsm7.encode("a" * 152 + "€" + "b" * 20)
    first, second = bodies(split(payload, 0))
    assert (first, second) == (b"a" * 152, b"\x1be" + b"b" * 20)


def test_an_escaped_escape_at_the_edge_is_a_finished_pair() -> None:
    first, _ = bodies(split(b"a" * 151 + b"\x1b\x1b" + b"b" * 20, 0))
    assert first == b"a" * 151 + b"\x1b\x1b"


def test_a_text_of_euros_takes_the_parts_it_needs() -> None:
    parts = bodies(split(gsm7.encode("€" * 160), 0))
    assert [len(part) for part in parts] == [152, 152, 16]


def test_a_surrogate_pair_moves_to_the_next_part_whole() -> None:
    payload = ("я" * 66 + "😀" + "я" * 10).encode("utf-16-be")
    first, second = bodies(split(payload, 8))
    assert first.decode("utf-16-be") == "я" * 66
    assert second.decode("utf-16-be") == "😀" + "я" * 10


def test_half_a_surrogate_pair_is_cut_like_anything_else() -> None:
    payload = b"\x04\x2f" * 66 + b"\xd8\x3d" + b"\x04\x2f" * 10
    assert len(bodies(split(payload, 8))[0]) == 134


def test_escapes_mean_nothing_in_other_codings() -> None:
    first, _ = bodies(split(b"a" * 133 + b"\x1b" + b"e" * 10, 4))
    assert first == b"a" * 133 + b"\x1b"


def test_too_many_parts_are_refused_with_the_numbers() -> None:
    with pytest.raises(TooManyParts, match="needs 7 parts, 5 are allowed") as caught:
        split(b"x" * 1000, 0, max_parts=5)
    assert (caught.value.needed, caught.value.allowed) == (7, 5)
    assert len(split(b"x" * 153 * 255, 0)) == 255
    with pytest.raises(TooManyParts) as caught:
        split(b"x" * (153 * 255 + 1), 0)
    assert (caught.value.needed, caught.value.allowed) == (256, 255)
    assert count(b"x" * (153 * 255 + 1), 0) == 256


@pytest.mark.parametrize("max_parts", [0, -1, 256])
def test_the_limit_itself_has_limits(max_parts: int) -> None:
    with pytest.raises(ValueError, match=r"1\.\.255"):
        split(b"x", 0, max_parts=max_parts)


@pytest.mark.parametrize(
    ("method", "ref"), [(Method.UDH, 256), (Method.UDH16, 65536), (Method.SAR, 65536), (Method.SAR, -1)]
)
def test_a_reference_out_of_range_is_refused(method: Method, ref: int) -> None:
    with pytest.raises(ValueError, match=f"reference {ref}"):
        split(b"x" * 200, 0, method=method, ref=ref)
