"""What each data_coding means, and what is chosen, refused and shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.text import codings, gsm7
from jasminlike.text.codings import Alphabet, NotEncodable, choose, coding, display, encode


@pytest.mark.parametrize(
    ("values", "single", "narrow", "wide"),
    [
        ((0, 1), 160, 153, 152),
        ((3, 6, 7, 10, 2, 4), 140, 134, 133),
        ((8, 5, 9, 13, 14), 140, 134, 132),
        ((0xF0, 0xF1, 0xF2, 0xF3, 0xC0, 0xD8, 0x10, 0x13), 160, 153, 152),
        ((0xF4, 0xF7, 0x14, 11, 12, 15, 0x20, 0x80, 0xBF), 140, 134, 133),
        ((0xE0, 0x18, 0x1B), 140, 134, 132),
    ],
)
def test_lengths(values: tuple[int, ...], single: int, narrow: int, wide: int) -> None:
    for value in values:
        meaning = coding(value)
        assert (meaning.single, meaning.room(6), meaning.room(7)) == (single, narrow, wide), value


@pytest.mark.parametrize(
    ("value", "alphabet", "message_class"),
    [
        (0, Alphabet.GSM7, None),
        (8, Alphabet.UCS2, None),
        (0xF0, Alphabet.GSM7, 0),
        (0xF2, Alphabet.GSM7, 2),
        (0xF5, Alphabet.OCTETS, 1),
        (0x10, Alphabet.GSM7, 0),
        (0x18, Alphabet.UCS2, 0),
        (0x1B, Alphabet.UCS2, 3),
        (0xC8, Alphabet.GSM7, None),
        (0xE8, Alphabet.UCS2, None),
        (11, Alphabet.OCTETS, None),
        (0x50, Alphabet.OCTETS, None),
    ],
)
def test_alphabet_and_class(value: int, alphabet: Alphabet, message_class: int | None) -> None:
    assert (coding(value).alphabet, coding(value).message_class) == (alphabet, message_class)
    assert coding(value).data_coding == value


@pytest.mark.parametrize("value", [-1, 256])
def test_a_data_coding_is_an_octet(value: int) -> None:
    with pytest.raises(ValueError, match=r"0\.\.255"):
        coding(value)


def test_the_gsm_alphabet_is_chosen_when_it_holds_the_text() -> None:
    assert choose("5€ @") == (0, b"5\x1be \x00")
    assert choose("5€ @", message_class=0) == (0xF0, b"5\x1be \x00")
    assert choose("") == (0, b"")


def test_ucs2_is_chosen_otherwise_with_the_high_octet_first() -> None:
    assert choose("Я") == (8, b"\x04\x2f")
    assert choose("😀") == (8, b"\xd8\x3d\xde\x00")
    assert choose("Я", message_class=1) == (0x19, b"\x04\x2f")


@given(st.text())
def test_the_choice_shows_the_text_again(text: str) -> None:
    if text.startswith("\ufeff"):  # a byte order mark is not shown
        return
    data_coding, payload = choose(text)
    assert display(payload, data_coding) == text
    assert data_coding == (0 if gsm7.fits(text) else 8)


def test_what_is_no_character_is_refused() -> None:
    with pytest.raises(NotEncodable, match="U\\+D800") as caught:
        choose("ab\ud800")
    assert caught.value.offending == ("\ud800",)
    with pytest.raises(ValueError, match="message class 4"):
        choose("ab", message_class=4)


@pytest.mark.parametrize(
    ("data_coding", "text", "octets"),
    [
        (1, "abc", b"abc"),
        (3, "é", b"\xe9"),
        (6, "Я", b"\xcf"),
        (7, "א", b"\xe0"),
        (14, "한", b"\xc7\xd1"),
        (0xF1, "€", b"\x1be"),
    ],
)
def test_a_named_coding_is_kept(data_coding: int, text: str, octets: bytes) -> None:
    assert encode(text, data_coding) == octets
    assert display(octets, data_coding) == text


@pytest.mark.parametrize(
    ("data_coding", "text"), [(0, "Я"), (1, "é"), (3, "€"), (6, "한"), (2, "a"), (4, "a"), (0xF4, "a")]
)
def test_a_text_that_does_not_go_in_is_refused_not_changed(data_coding: int, text: str) -> None:
    with pytest.raises(NotEncodable) as caught:
        encode(text, data_coding)
    assert caught.value.data_coding == data_coding
    assert caught.value.offending == ((text,) if codings.coding(data_coding).alphabet is not Alphabet.OCTETS else ())


@given(st.binary(), st.integers(0, 255))
def test_display_never_raises(payload: bytes, data_coding: int) -> None:
    assert isinstance(display(payload, data_coding), str)


@pytest.mark.parametrize(
    ("payload", "data_coding", "text"),
    [
        (b"caf\xe9", 0, "café"),  # an SMSC whose default alphabet is Latin-1
        ("déjà vu".encode(), 0, "déjà vu"),  # … or UTF-8
        (b"\x04\x2f\x04", 8, "Я\ufffd"),  # half a character at the end
        (b"\xfe\xff\x04\x2f", 8, "Я"),
        (b"\xff\xfe\x2f\x04", 8, "Я"),
        (b"\xd8\x00", 8, "\ufffd"),
        (b"plain", 4, "plain"),
        (b"\x00\x01\xff", 4, "0001ff"),
        (b"\x00\x01", 2, "0001"),
        (b"a\xff", 1, "a\ufffd"),
    ],
)
def test_what_a_person_sees(payload: bytes, data_coding: int, text: str) -> None:
    assert display(payload, data_coding) == text
