"""The line editor: keys in, drawing and lines out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcli.editor import LONGEST_LINE, Editor, Event

WORDS = ("smppccm", "smppc", "stats", "group")


class Screen:
    """A terminal of one line in insert mode that draws as told: what an operator would see."""

    def __init__(self) -> None:
        self.drawn = ""
        self.editor = Editor(self._draw, self._complete)

    def _draw(self, text: str) -> None:
        self.drawn += text

    def _complete(self, before: str) -> Sequence[str]:
        return WORDS

    def type(self, *keys: str) -> list[str | Event]:
        self.editor.push("".join(keys).encode())
        lines: list[str | Event] = []
        while (line := self.editor.next()) is not None:
            lines.append(line)
            self.drawn += "\n"
        return lines

    def seen(self) -> str:
        """The last line as an insert-mode terminal shows it."""
        cells: list[str] = []
        at = 0
        rest = self.drawn.rsplit("\n", 1)[-1]
        while rest:
            if rest.startswith("\x1b["):
                end = 2
                while rest[end].isdigit():
                    end += 1
                count, code, rest = int(rest[2:end] or 1), rest[end], rest[end + 1 :]
                if code == "D":
                    at = max(0, at - count)
                elif code == "C":
                    at += count
                elif code == "P":
                    del cells[at : at + count]
                elif code == "K":
                    del cells[at:]
                continue
            if rest[0] == "\r":
                at = 0
            else:
                cells.insert(at, rest[0])
                at += 1
            rest = rest[1:]
        return "".join(cells)


LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("abc", "abc"),
        ("abc\x7f\x08d", "ad"),
        ("\x7f\x7fa", "a"),
        (f"ac{LEFT}b", "abc"),
        (f"abc{LEFT}{LEFT}\x7fx", "xbc"),
        ("abc\x01x\x05y", "xabcy"),
        ("abc\x1b[Hx\x1b[Fy\x1bOHz", "zxabcy"),
        (f"abc{LEFT}{LEFT}\x1b[3~", "ac"),
        (f"abc{LEFT}\x04", "ab"),
        (f"abc def{LEFT}{LEFT}\x0b", "abc d"),
        (f"abc def{LEFT}{LEFT}\x15", "ef"),
        ("abc def \x17x", "abc x"),
        (f"{LEFT}{LEFT}{RIGHT}a{RIGHT}b", "ab"),
        ("a\x1b[99;5~b\x1bxc\x1bOPd", "abcd"),
        ("a\x00\x0e\x10b", "ab"),
        ("d\u00e9j\u00e0 \u20ac", "d\u00e9j\u00e0 \u20ac"),
    ],
)
def test_keys(keys: str, line: str) -> None:
    screen = Screen()
    assert screen.type(keys) == []
    assert screen.seen() == line, "what is seen is what is taken"
    assert screen.type("\r") == [line]


@pytest.mark.parametrize("end", ["\r\n", "\r\x00", "\r", "\n"])
def test_ends_of_lines(end: str) -> None:
    screen = Screen()
    assert screen.type(f"a{end}b{end}") == ["a", "b"]
    assert screen.type(f"{end}") == [""]


def test_keys_may_come_in_pieces() -> None:
    screen = Screen()
    for key in (*"ac", "\x1b", "[", "D", "b"):
        screen.type(key)
    assert screen.seen() == "abc"
    for octet in "\u20ac".encode():
        screen.editor.push(bytes((octet,)))
        screen.editor.next()
    assert screen.type("\r") == ["ab\u20acc"]


def test_history() -> None:
    screen = Screen()
    screen.type("one\rtwo\rtwo\r\rpassword x\r")
    screen.type("thr", UP)
    assert screen.seen() == "two"
    screen.type(UP, UP)
    assert screen.seen() == "one"
    screen.type(DOWN, DOWN, DOWN)
    assert screen.seen() == ""
    assert screen.type(UP, "!\r") == ["two!"]


def test_completion() -> None:
    screen = Screen()
    screen.editor.prompt = "jcli : "
    screen.type("g\t")
    assert screen.seen() == "group "
    screen.type("\x15s\t")
    assert "smppc  smppccm  stats" in screen.drawn
    assert screen.seen() == "jcli : s"
    screen.type("m\t")
    assert screen.seen() == "jcli : smppc"
    screen.type("cm\t")
    assert screen.seen() == "jcli : smppccm "
    screen.type("zzz\t")
    assert screen.seen() == "jcli : smppccm zzz"


def test_redrawing_keeps_the_cursor() -> None:
    screen = Screen()
    screen.editor.prompt = "> "
    screen.type("abc", LEFT, "\x0cx")
    assert screen.seen() == "> abxc"


def test_without_echo_nothing_is_drawn_or_remembered() -> None:
    screen = Screen()
    screen.editor.echo = False
    assert screen.type("sec\x7fcret\t", LEFT, UP, "\r") == ["secret"]
    assert screen.drawn == "\n"
    screen.editor.echo = True
    screen.type(UP)
    assert screen.seen() == ""


def test_events() -> None:
    screen = Screen()
    assert screen.type("abc\x03d\r") == [Event.INTERRUPT, "d"]
    assert screen.type("\x04") == [Event.END]


def test_a_line_has_a_length_it_may_not_exceed() -> None:
    screen = Screen()
    assert screen.type("x" * LONGEST_LINE, "\r") == ["x" * LONGEST_LINE]
    screen.drawn = ""
    for _ in range(100):
        assert screen.type("y" * 1000) == []
    assert len(screen.drawn) <= LONGEST_LINE
    assert screen.type("\rok\r") == [Event.TOO_LONG, "ok"]


@given(st.lists(st.binary(max_size=30), max_size=20))
def test_no_octets_break_it(chunks: list[bytes]) -> None:
    screen = Screen()
    for chunk in chunks:
        screen.editor.push(chunk)
        while screen.editor.next() is not None:
            pass
    screen.editor.push(b"\x1b[0m\r\x04\x03\r")
    ends = []
    while (line := screen.editor.next()) is not None:
        ends.append(line)
    assert len(ends) >= 3
