"""The kinds of field: what they write, what they refuse, what they read."""

import pytest

from jasminlike.smpp.fields import (
    INT1,
    INT4,
    BadField,
    COctetString,
    Destinations,
    DistributionList,
    LooseCOctetString,
    ShortMessage,
    SmeAddress,
    UnsuccessSme,
    UnsuccessSmes,
)

SHORT = COctetString(5)

WIRE = [
    (INT1, 0, b"\0"),
    (INT1, 255, b"\xff"),
    (INT4, 0x01020304, b"\1\2\3\4"),
    (SHORT, b"", b"\0"),
    (SHORT, b"abcd", b"abcd\0"),
    (LooseCOctetString(5), b"abcd", b"abcd\0"),
    (ShortMessage(), b"", b"\0"),
    (ShortMessage(), b"a\0b", b"\3a\0b"),
    (ShortMessage(), b"x" * 254, b"\xfe" + b"x" * 254),
    (Destinations(), (), b"\0"),
    (Destinations(), (SmeAddress(b"12", 1, 2), DistributionList(b"vip")), b"\2\1\1\x0212\0\2vip\0"),
    (UnsuccessSmes(), (UnsuccessSme(b"12", 0x0B, 1, 2),), b"\1\1\x0212\0\0\0\0\x0b"),
]


@pytest.mark.parametrize(("kind", "value", "octets"), WIRE)
def test_written_and_read_again(kind, value, octets):
    assert kind.encode(value) == octets
    assert kind.decode(b"??" + octets + b"!!", 2, 2 + len(octets)) == (value, 2 + len(octets))


REFUSED = [
    (INT1, 256, "outside 0..255"),
    (INT1, -1, "outside 0..255"),
    (INT1, "1", "must be a number, not str"),
    (INT4, 1 << 32, "outside"),
    (SHORT, b"abcde", "5 octets long, 4 are allowed"),
    (SHORT, b"a\0b", "NUL"),
    (SHORT, "abc", "must be bytes, not str"),
    (ShortMessage(), b"x" * 255, "255 octets long, 254 are allowed"),
    (ShortMessage(), None, "must be bytes, not NoneType"),
    (Destinations(), (b"12",), "must hold SmeAddress and DistributionList, not bytes"),
    (Destinations(), b"12", "must be a tuple, not bytes"),
    (Destinations(), (SmeAddress(b"1"),) * 255, "255 entries, 254 are allowed"),
    (Destinations(), (SmeAddress(b"1" * 21),), "21 octets long"),
    (UnsuccessSmes(), (SmeAddress(b"1"),), "must hold UnsuccessSme, not SmeAddress"),
]


@pytest.mark.parametrize(("kind", "value", "problem"), REFUSED)
def test_what_the_wire_cannot_carry_is_refused_with_the_problem(kind, value, problem):
    with pytest.raises(ValueError, match=problem):
        kind.encode(value)


BAD = [
    (INT1, b"", True),
    (INT4, b"\0\0\0", True),
    (SHORT, b"", True),
    (SHORT, b"abc", True),
    (SHORT, b"abcdefgh\0", False),
    (ShortMessage(), b"", True),
    (ShortMessage(), b"\5abc", False),
    (Destinations(), b"\1", True),
    (Destinations(), b"\1\3\0\0\0", False),
    (Destinations(), b"\2\2vip\0", True),
    (UnsuccessSmes(), b"\1\0\x0012\0\0\0", True),
]


@pytest.mark.parametrize(("kind", "octets", "ended"), BAD)
def test_what_cannot_be_read_says_whether_the_pdu_ended(kind, octets, ended):
    with pytest.raises(BadField) as bad:
        kind.decode(octets, 0, len(octets))
    assert bad.value.ended is ended
    assert bad.value.problem


def test_a_bytearray_is_as_good_as_bytes():
    assert SHORT.encode(bytearray(b"abc")) == b"abc\0"


def test_octets_after_the_end_are_never_taken():
    with pytest.raises(BadField):
        SHORT.decode(b"abc\0", 0, 3)


@pytest.mark.parametrize(
    ("octets", "value", "stop"),
    [(b"longer than five\0x", b"longer than five", 17), (b"no closing", b"no closing", 10), (b"", b"", 0)],
)
def test_a_string_of_a_response_is_read_at_any_length_with_or_without_nul(octets, value, stop):
    assert LooseCOctetString(5).decode(octets, 0, len(octets)) == (value, stop)
