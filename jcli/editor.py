"""Editing one line at a time, as a pure machine: keys in, characters to draw and finished lines out.

It understands what terminals send: arrows, Home, End, Delete, the usual control keys, history, and TAB, for which the
owner says what may stand next. The terminal is in insert mode (ESC [4h), so a character typed within a line moves the
rest. What cannot be understood is left out; a line has a length it may not exceed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Sequence
from enum import Enum

LONGEST_LINE = 8192
HISTORY = 200


class Event(Enum):
    """What may end a line other than Enter."""

    INTERRUPT = "Ctrl-C"
    END = "Ctrl-D on an empty line"
    TOO_LONG = "more than LONGEST_LINE characters before Enter"


_TOKEN = re.compile(
    r"(?P<text>[^\x00-\x1f\x7f-\x9f]+)|(?P<escape>\x1b(?:\[[0-9;?]*[@-~]|O.|[^\[O\x00-\x1f\x7f]))|(?P<part>\x1b(?:\[[0-9;?]*|O)?\Z)|(?P<key>.)",
    re.DOTALL,
)
_LONGEST_ESCAPE = 32
_ESCAPES = {
    "[A": "previous", "OA": "previous", "[B": "next", "OB": "next", "[C": "right", "OC": "right", "[D": "left",
    "OD": "left", "[H": "home", "OH": "home", "[1~": "home", "[7~": "home", "[F": "end", "OF": "end", "[4~": "end",
    "[8~": "end", "[3~": "delete",
}  # fmt: skip
_CONTROLS = {
    "\x01": "home", "\x02": "left", "\x05": "end", "\x06": "right", "\x08": "backspace", "\x7f": "backspace",
    "\x0b": "kill_right", "\x0c": "redraw", "\x0e": "next", "\x10": "previous", "\x15": "kill_left",
    "\x17": "kill_word", "\t": "complete",
}  # fmt: skip

Complete = Callable[[str], Sequence[str]]
"""From what stands before the cursor to all that its last word may become."""


def _common_start(words: Sequence[str]) -> str:
    """What all the words, which are sorted, begin with."""
    if not words:
        return ""
    first, last = words[0], words[-1]
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:same]


class Editor:
    """`draw` gets what the terminal must be sent; `prompt` is drawn again when the line is."""

    def __init__(self, draw: Callable[[str], None], complete: Complete) -> None:
        self.prompt = ""
        self.echo = True
        self._draw_now = draw
        self._complete_word = complete
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self._after_return = False
        self._too_long = False
        self._history: list[str] = []
        self._recalled = 0
        self._line = ""
        self._at = 0

    @property
    def waiting(self) -> int:
        """How many characters were pushed and not looked at yet."""
        return len(self._pending)

    def push(self, data: bytes) -> None:
        """Takes what arrived, in UTF-8; octets that are none become U+FFFD."""
        self._pending += self._decoder.decode(data)

    def next(self) -> str | Event | None:
        """Works until a line is finished and returns it, or an event; None when all input is used up."""
        at, pending = 0, self._pending
        result: str | Event | None = None
        while result is None and (token := _TOKEN.match(pending, at)) is not None:
            part = token["part"]
            if part and len(part) < _LONGEST_ESCAPE:
                break
            at = token.end()
            result = self._token(token)
        self._pending = pending[at:]
        return result

    def _token(self, token: re.Match[str]) -> str | Event | None:
        after_return, self._after_return = self._after_return, False
        if token["text"]:
            self._insert(token["text"])
        elif token["escape"]:
            self._act(_ESCAPES.get(token["escape"][1:], ""))
        elif token["key"]:
            key = token["key"]
            if key == "\r" or (key == "\n" and not after_return):
                self._after_return = key == "\r"
                return self._enter()
            if key == "\x03":
                self._take()
                return Event.INTERRUPT
            if key == "\x04":
                if not self._line:
                    return Event.END
                self._act("delete")
            else:
                self._act(_CONTROLS.get(key, ""))
        return None

    def _act(self, name: str) -> None:
        if name:
            getattr(self, f"_{name}")()

    def _take(self) -> str:
        line, self._line, self._at, self._too_long = self._line, "", 0, False
        return line

    def _enter(self) -> str | Event:
        too_long = self._too_long
        line = self._take()
        if too_long:
            return Event.TOO_LONG
        if self.echo and line.strip() and not line.startswith("password") and self._history[-1:] != [line]:
            self._history = [*self._history[1 - HISTORY :], line]
        self._recalled = len(self._history)
        return line

    def _draw(self, text: str) -> None:
        if self.echo and text:
            self._draw_now(text)

    def _insert(self, text: str) -> None:
        if len(self._line) + len(text) > LONGEST_LINE:
            self._too_long = True
            return
        self._line = self._line[: self._at] + text + self._line[self._at :]
        self._at += len(text)
        self._draw(text)

    def _left(self) -> None:
        if self._at:
            self._at -= 1
            self._draw("\x1b[D")

    def _right(self) -> None:
        if self._at < len(self._line):
            self._at += 1
            self._draw("\x1b[C")

    def _home(self) -> None:
        if self._at:
            self._draw(f"\x1b[{self._at}D")
            self._at = 0

    def _end(self) -> None:
        if self._at < len(self._line):
            self._draw(f"\x1b[{len(self._line) - self._at}C")
            self._at = len(self._line)

    def _backspace(self) -> None:
        if self._at:
            self._left()
            self._delete()

    def _delete(self) -> None:
        if self._at < len(self._line):
            self._line = self._line[: self._at] + self._line[self._at + 1 :]
            self._draw("\x1b[P")

    def _kill_right(self) -> None:
        self._line = self._line[: self._at]
        self._draw("\x1b[K")

    def _kill_left(self) -> None:
        self._cut_back_to(0)

    def _kill_word(self) -> None:
        head = self._line[: self._at].rstrip()
        self._cut_back_to(head.rfind(" ") + 1)

    def _cut_back_to(self, start: int) -> None:
        count = self._at - start
        if count:
            self._line = self._line[:start] + self._line[self._at :]
            self._at = start
            self._draw(f"\x1b[{count}D\x1b[{count}P")

    def _redraw(self) -> None:
        behind = len(self._line) - self._at
        self._draw(f"\r\x1b[K{self.prompt}{self._line}" + (f"\x1b[{behind}D" if behind else ""))

    def _previous(self) -> None:
        self._recall(self._recalled - 1)

    def _next(self) -> None:
        self._recall(self._recalled + 1)

    def _recall(self, place: int) -> None:
        if not self.echo or not 0 <= place <= len(self._history):
            return
        self._recalled = place
        self._home()
        self._line = self._history[place] if place < len(self._history) else ""
        self._at = len(self._line)
        self._draw(f"\x1b[K{self._line}")

    def _complete(self) -> None:
        if not self.echo:
            return
        before = self._line[: self._at]
        word = before.rpartition(" ")[2]
        choices = sorted({each for each in self._complete_word(before) if each.startswith(word)})
        common = _common_start(choices)
        if len(choices) == 1:
            self._insert(choices[0][len(word) :] + " ")
        elif len(common) > len(word):
            self._insert(common[len(word) :])
        elif choices:
            self._draw("\n" + "  ".join(choices) + "\n")
            self._redraw()
