"""The message log: one line an event of a message, texts hidden unless they are allowed."""

from __future__ import annotations

import json

import pytest

from jasminlike.logs.buffer import Buffer
from jasminlike.logs.messages import Line, MessageLog, json_form, text_form

AT = 1_769_903_999.25


def one_line(form, event: str, **fields: object) -> bytes:  # type: ignore[no-untyped-def]
    lines: list[bytes] = []
    buffer = Buffer(form, lambda count, problem: b"lost\n", lines.append)
    MessageLog(buffer, lambda: AT).add(event, **fields)
    assert lines == []
    buffer.flush()
    assert len(lines) == 1
    assert lines[0].count(b"\n") == 1
    return lines[0]


def test_texts_are_hidden() -> None:
    line = one_line(text_form(privacy=True), "SMS-MT", cid="acme", to="33612", content=b"hello world", prio=0)
    assert line == b'2026-01-31T23:59:59.250Z SMS-MT cid=acme to=33612 prio=0 content="** 11 byte content **"\n'


def test_texts_are_shown_where_it_is_allowed() -> None:
    line = one_line(text_form(privacy=False), "SMS-MT", cid="acme", content=b"hello world", to="33612")
    assert line == b'2026-01-31T23:59:59.250Z SMS-MT cid=acme to=33612 content="hello world"\n'


@pytest.mark.parametrize("name", ["content", "text", "payload"])
@pytest.mark.parametrize("value", ["Привет", "Привет".encode(), "Привет".encode("utf-16-be")])
def test_no_form_of_a_text_gets_through(name: str, value: str | bytes) -> None:
    size = len(value.encode()) if isinstance(value, str) else len(value)
    for form in (text_form(privacy=True), json_form(privacy=True)):
        line = one_line(form, "SMS-MO", **{name: value})
        assert f"** {size} byte content **".encode() in line
        assert "рив".encode() not in line


def test_octets_that_are_no_text_are_shown_in_hexadecimal() -> None:
    assert b"content=hex:041f00ff" in one_line(text_form(privacy=False), "SMS-MO", content=b"\x04\x1f\x00\xff")
    assert json.loads(one_line(json_form(privacy=False), "SMS-MO", content=b"\xff"))["content"] == "hex:ff"


def test_a_line_of_json() -> None:
    line = one_line(json_form(privacy=True), "DLR", cid="acme", stat="DELIVRD", err=None, part=1, text="ok")
    assert json.loads(line) == {
        "time": "2026-01-31T23:59:59.250Z",
        "event": "DLR",
        "cid": "acme",
        "stat": "DELIVRD",
        "err": None,
        "part": 1,
        "text": "** 2 byte content **",
    }


@pytest.mark.parametrize(("value", "size"), [(b"", 0), ("", 0), (None, 0), (12345, 5)])
def test_whatever_stands_where_a_text_should_is_hidden(value: object, size: int) -> None:
    for form in (text_form(privacy=True), json_form(privacy=True)):
        assert f"** {size} byte content **".encode() in one_line(form, "SMS-MT", content=value)


def test_an_address_cannot_forge_a_line() -> None:
    line = one_line(text_form(privacy=True), "SMS-MO", source="1\n2026 SMS-MT cid=x", to="2")
    assert len(line.decode().splitlines()) == 1


def test_a_line_declared_with_a_text_before_its_end_is_a_fault() -> None:
    with pytest.raises(ValueError, match="last"):
        Line("SMS-MT", ("content", "to"), lambda *values: values)


def test_a_field_named_like_a_secret_is_masked() -> None:
    assert b"token=** content=" in one_line(text_form(privacy=True), "SMS-MT", token="hush", content="x")
    assert b"hush" not in one_line(json_form(privacy=True), "SMS-MT", token="hush", content="x")
