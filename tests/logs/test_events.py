"""The event log: time, level, module, type, comment and all parameters."""

from __future__ import annotations

import json

import pytest

from jasminlike.logs.buffer import Buffer
from jasminlike.logs.events import EventLog, json_line, lost_line, text_line

AT = 1_769_903_999.25


@pytest.fixture
def lines() -> list[bytes]:
    return []


def make(lines: list[bytes], level: str = "debug", form=text_line) -> tuple[EventLog, Buffer]:  # type: ignore[no-untyped-def]
    buffer = Buffer(form, lost_line(form, lambda: AT, "logs"), lines.append)
    return EventLog(buffer, level, lambda: AT), buffer


def test_a_line_of_text(lines: list[bytes]) -> None:
    events, buffer = make(lines)
    events.event("smppc", "bound", "The session is bound", cid="acme", window=10, note=None)
    buffer.flush()
    assert lines == [b'2026-01-31T23:59:59.250Z INFO    smppc bound "The session is bound" cid=acme window=10 note=-\n']


def test_a_line_of_json(lines: list[bytes]) -> None:
    events, buffer = make(lines, form=json_line)
    events.warning("smppc", "bound", "The session\nis bound", cid="acme", window=10)
    buffer.flush()
    assert json.loads(lines[0]) == {
        "time": "2026-01-31T23:59:59.250Z",
        "level": "warning",
        "module": "smppc",
        "type": "bound",
        "message": "The session\nis bound",
        "params": {"cid": "acme", "window": 10},
    }
    assert lines[0].count(b"\n") == 1


@pytest.mark.parametrize(
    ("least", "written"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_only_the_asked_levels_are_written(lines: list[bytes], least: str, written: list[str]) -> None:
    events, buffer = make(lines, least)
    events.debug("m", "debug", "x")
    events.event("m", "info", "x")
    events.warning("m", "warning", "x")
    events.error("m", "error", "x")
    buffer.flush()
    assert [line.split()[3].decode() for line in b"".join(lines).splitlines()] == written


def test_an_error_is_written_at_once(lines: list[bytes]) -> None:
    events, _buffer = make(lines)
    events.event("m", "first", "x")
    assert lines == []
    events.error("m", "second", "x")
    assert len(b"".join(lines).splitlines()) == 2


def test_a_level_that_does_not_exist_is_a_fault_of_the_caller(lines: list[bytes]) -> None:
    events, _buffer = make(lines)
    with pytest.raises(KeyError):
        events.event("m", "t", "x", level="loud")


def test_nothing_forges_a_line(lines: list[bytes]) -> None:
    events, buffer = make(lines)
    events.event("m\nx", "t\nx", "c\r\nx", value="v\u2028x\x0bx")
    buffer.flush()
    assert len(b"".join(lines).decode().splitlines()) == 1


def test_secrets_are_masked_and_not_kept(lines: list[bytes]) -> None:
    events, buffer = make(lines)
    events.event("m", "t", "c", password="hush", inner={"token": "hush"})
    buffer.flush()
    assert b"hush" not in lines[0]
    assert b"password=**" in lines[0]


def test_parameters_may_be_called_like_the_columns(lines: list[bytes]) -> None:
    events, buffer = make(lines)
    events.error("m", "t", "c", module="x", type="y", message="z")
    buffer.flush()
    assert b"module=x type=y message=z" in lines[0]


def test_missing_lines_are_an_error_in_the_log_itself() -> None:
    line = lost_line(text_line, lambda: AT, "logs")(3, "disk full")
    assert line == (
        b'2026-01-31T23:59:59.250Z ERROR   logs lines_lost "Lines of this log are missing" count=3 '
        b'problem="disk full"\n'
    )
