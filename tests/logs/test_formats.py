"""One line an event, whatever the values contain; secrets are never written."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.logs import formats

SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.binary())
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5)
NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (1_769_903_999.25, "2026-01-31T23:59:59.250Z"),
        (1_769_903_999.999_9, "2026-01-31T23:59:59.999Z"),
    ],
)
def test_times_are_utc_with_milliseconds(at: float, text: str) -> None:
    assert formats.moment(at) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("acme", "acme"),
        ("192.0.2.1:2775", "192.0.2.1:2775"),
        ("", ""),
        ("two words", '"two words"'),
        ('a"b', '"a\\"b"'),
        ("a\nSMS-MT cid=x", '"a\\nSMS-MT cid=x"'),
        ("a\r\x1b[2J\x00", '"a\\r\\u001b[2J\\u0000"'),
        ("a\u2028b\x85c\u202ed", '"a\\u2028b\\u0085c\\u202ed"'),
        ("\ud800", '"\\ud800"'),
        ("Привет", '"Привет"'),
        (None, "-"),
        (True, "yes"),
        (False, "no"),
        (7, "7"),
        (0.5, "0.5"),
        (b"abc", "abc"),
        (b"\x00\xff", "hex:00ff"),
        (b"a\nb", "hex:610a62"),
        (["a", 1], '"[\\"a\\", 1]"'),
    ],
)
def test_a_value_in_a_text_line(value: object, text: str) -> None:
    assert formats.quoted(value) == text
    assert formats.pairs({"key": value}) == f" key={text}"


@pytest.mark.parametrize(
    "name", ["password", "jcli_password", "passwd", "token", "api_key", "apikey", "Authorization", "client_secret"]
)
def test_secrets_are_masked_by_their_names(name: str) -> None:
    assert formats.pairs({"user": "a b", name: "hush"}) == f' user="a b" {name}=**'
    assert b"hush" not in formats.json_line({name: "hush"})
    assert b"hush" not in formats.json_line({"inner": [{name: "hush"}]})
    assert "hush" not in formats.pairs({"inner": {name: "hush"}})


@pytest.mark.parametrize("name", ["cid", "to", "status", "message", "keys"])
def test_other_names_are_no_secrets(name: str) -> None:
    assert not formats.is_secret(name)


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_text_is_always_one_printable_line(fields: dict[str, object]) -> None:
    line = formats.pairs(fields)
    assert len(line.splitlines()) <= 1
    assert all(character.isprintable() or character.isspace() for character in line if ord(character) < 0xA0)
    line.encode("utf-8")


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_json_is_always_one_object_on_one_line(fields: dict[str, object]) -> None:
    line = formats.json_line(fields)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert set(json.loads(line)) == set(fields)


@given(st.text())
def test_a_quoted_text_can_be_read_back(text: str) -> None:
    shown = formats.quoted(text)
    assert (json.loads(shown) if shown.startswith('"') else shown) == text


def test_objects_become_their_text() -> None:
    class Thing:
        def __str__(self) -> str:
            return "a thing"

    assert formats.json_line({"x": Thing(), "y": {"z": (Thing(),)}}) == b'{"x":"a thing","y":{"z":["a thing"]}}\n'
    assert formats.quoted(Thing()) == '"a thing"'


def test_a_lone_surrogate_does_not_break_json() -> None:
    assert json.loads(formats.json_line({"x": "a\ud800b"})) == {"x": "a\ud800b"}
