"""The GSM alphabet against the tables of 3GPP TS 23.038, and against itself there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.text import gsm7

# Written down separately from the product's table: code points of octets 0x00-0x7F, 0x1B being the escape.
DEFAULT = [
    *(0x40, 0xA3, 0x24, 0xA5, 0xE8, 0xE9, 0xF9, 0xEC, 0xF2, 0xC7, 0x0A, 0xD8, 0xF8, 0x0D, 0xC5, 0xE5),
    *(0x394, 0x5F, 0x3A6, 0x393, 0x39B, 0x3A9, 0x3A0, 0x3A8, 0x3A3, 0x398, 0x39E, None, 0xC6, 0xE6, 0xDF, 0xC9),
    *(0x20, 0x21, 0x22, 0x23, 0xA4, *range(0x25, 0x40)),
    *(0xA1, *range(0x41, 0x5B), 0xC4, 0xD6, 0xD1, 0xDC, 0xA7),
    *(0xBF, *range(0x61, 0x7B), 0xE4, 0xF6, 0xF1, 0xFC, 0xE0),
]
EXTENSION = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
gsm_texts = st.text(st.sampled_from(sorted(gsm7.CHARACTERS)))


def test_every_octet_of_the_default_alphabet() -> None:
    assert len(DEFAULT) == 128
    for octet, code_point in enumerate(DEFAULT):
        if code_point is None:
            continue
        assert gsm7.encode(chr(code_point)) == bytes((octet,))
        assert gsm7.decode(bytes((octet,))) == chr(code_point)


def test_every_pair_of_the_extension_table() -> None:
    for character, octet in EXTENSION.items():
        assert gsm7.encode(character) == bytes((0x1B, octet))
        assert gsm7.decode(bytes((0x1B, octet))) == character
    assert len(gsm7.CHARACTERS) == 127 + len(EXTENSION)


def test_the_euro_and_the_at_sign_inside_a_text() -> None:
    assert gsm7.encode("a@b: 5€ [x]") == b"a\x00b: 5\x1be \x1b<x\x1b>"


@given(gsm_texts)
def test_what_fits_comes_back(text: str) -> None:
    octets = gsm7.encode(text)
    assert gsm7.decode(octets) == text
    assert gsm7.fits(text)
    assert len(octets) == gsm7.septets(text) == sum(2 if character in EXTENSION else 1 for character in text)
    assert max(octets, default=0) < 0x80


@given(st.text())
def test_fits_agrees_with_encode_and_with_the_offending_characters(text: str) -> None:
    wrong = [character for character in text if character not in gsm7.CHARACTERS]
    assert gsm7.fits(text) == (not wrong)
    assert set(gsm7.offending(text)) == set(wrong)
    if wrong:
        with pytest.raises(gsm7.NotGsm7) as caught:
            gsm7.encode(text)
        assert caught.value.offending == tuple(dict.fromkeys(wrong))
    octets, lost = gsm7.encode_lossy(text)
    assert lost == tuple(dict.fromkeys(wrong))
    assert gsm7.decode(octets) == "".join("?" if character in wrong else character for character in text)


@pytest.mark.parametrize(
    "character", ["\0", "\x1b", "`", "ç", "\x80", "\x85", "\xe5\xff", "я", "\ufffe", "😀", "\ud800"]
)
def test_characters_outside_are_refused(character: str) -> None:
    assert not gsm7.fits(f"ab{character}")
    with pytest.raises(gsm7.NotGsm7):
        gsm7.septets(f"ab{character}")


def test_the_error_names_the_characters_once_each_and_counts_the_rest() -> None:
    with pytest.raises(gsm7.NotGsm7, match=r"'я' \(U\+044F\), 'ж' \(U\+0436\)$"):
        gsm7.encode("яжяж")
    with pytest.raises(gsm7.NotGsm7, match="and 2 more"):
        gsm7.encode("абвгдежзийкл")


@given(st.binary())
def test_decode_never_raises(octets: bytes) -> None:
    assert isinstance(gsm7.decode(octets), str)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"a\x1b", "a "),  # an escape that ends the message
        (b"\x1b\x1be", " e"),  # an escape to a table beyond: a space, then the letter
        (b"\x1b\x1b\x1be", " €"),
        (b"\x1bAb", "Ab"),  # a pair the extension table lacks shows the default character
        (b"\x1b\x00", "@"),
        (b"\xe5\x1be\xff", "\ufffd€\ufffd"),  # the private octets of the encoder mean nothing from outside
        (b"\x1b\xe5", "\ufffd"),
        (b"", ""),
    ],
)
def test_odd_octets(octets: bytes, text: str) -> None:
    assert gsm7.decode(octets) == text
