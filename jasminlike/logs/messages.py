"""The log of messages: one line for each thing that happens to one, cheap enough for every message.

    messages.add("SMS-MT", cid="acme", msgid=part.message, status="ESME_ROK", to="33612", content=part.payload)

becomes, in text form and with privacy on,

    2026-01-31T23:59:59.250Z SMS-MT cid=acme msgid=0198… status=ESME_ROK to=33612 content="** 11 byte content **"

(texts come last there). Events are named as Jasmin names them: SMS-MT (a message to a subscriber), SMS-MO (from one),
DLR (a receipt).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jasminlike.logs import formats
from jasminlike.logs.buffer import Buffer, Row
from jasminlike.text.codings import display

TEXTS = ("content", "text", "payload")
"""The fields that hold texts of messages."""


@dataclass(frozen=True, slots=True)
class Text:
    """The octets of a message in a coding; read only if texts may be shown."""

    payload: bytes
    data_coding: int
    has_header: bool = False

    def shown(self) -> str:
        """The text as a person should see it, without a user data header."""
        body = self.payload[1 + self.payload[0] :] if self.has_header and self.payload else self.payload
        return display(body, self.data_coding)


def hidden(value: Any) -> str:
    """What stands for a text: its length alone."""
    kind = type(value)
    if kind is Text:
        return f"** {len(value.payload)} byte content **"
    octets = value if kind is bytes else str("" if value is None else value).encode("utf-8", "surrogatepass")
    return f"** {len(octets)} byte content **"


class Line:
    """A kind of line: the word it begins with, the names of its fields, texts last, and what gives their values."""

    __slots__ = ("event", "head", "make", "names", "secret", "template")

    def __init__(self, event: str, names: tuple[str, ...], make: Callable[..., tuple[Any, ...]]) -> None:
        self.event = event
        self.names = names
        self.make = make
        self.head = len(names) - sum(name in TEXTS for name in names)
        if any(name in TEXTS for name in names[: self.head]):
            raise ValueError(f"the texts of {event} must stand last")
        self.secret = any(map(formats.is_secret, names))
        words = [f" {name}=%s" for name in names[: self.head]]
        self.template = "".join(words + [f' {name}="%s"' for name in names[self.head :]])

    def text(self, values: tuple[Any, ...]) -> str:
        """The fields as text, with their texts hidden."""
        words = [value if type(value) is str else formats.as_text(value) for value in values[: self.head]]
        if self.secret or not formats.is_bare("".join(words)):
            fields = dict(zip(self.names, values, strict=True))
            texts = {name: hidden(fields.pop(name)) for name in self.names[self.head :]}
            return formats.pairs(fields) + "".join([f' {name}="{text}"' for name, text in texts.items()])
        words += [hidden(value) for value in values[self.head :]]
        return self.template % tuple(words)


def text_form(*, privacy: bool) -> Callable[[Row], bytes]:
    """What makes a text line of a row."""

    def form(row: Row) -> bytes:
        at, line, arguments = row
        values = line.make(*arguments)
        shown = line.text(values) if privacy else formats.pairs(_readable(line.names, values))
        return f"{formats.moment(at)} {line.event}{shown}\n".encode("utf-8", "backslashreplace")

    return form


def json_form(*, privacy: bool) -> Callable[[Row], bytes]:
    """What makes a JSON line of a row."""

    def form(row: Row) -> bytes:
        at, line, arguments = row
        values = line.make(*arguments)
        fields = {"time": formats.moment(at), "event": line.event}
        if privacy:
            fields |= zip(line.names, values, strict=True)
            for name in line.names[line.head :]:
                fields[name] = hidden(fields[name])
        else:
            fields |= _readable(line.names, values)
        return formats.json_line(fields, may_hold_secrets=line.secret)

    return form


def _readable(names: tuple[str, ...], values: tuple[Any, ...]) -> dict[str, Any]:
    pairs = zip(names, values, strict=True)
    return {name: value.shown() if isinstance(value, Text) else value for name, value in pairs}


def _as_given(*values: Any) -> tuple[Any, ...]:
    return values


@lru_cache(maxsize=256)
def _line(event: str, names: tuple[str, ...]) -> tuple[Line, tuple[str, ...]]:
    """The kind of line for fields given by name, and the order to take them in."""
    order = tuple(sorted(names, key=TEXTS.__contains__))
    return Line(event, order, _as_given), order


class MessageLog:
    """Keeps a row for each call; `buffer` formats and writes it later, so what is given must not change."""

    __slots__ = ("_add", "_now")

    def __init__(self, buffer: Buffer, now: Callable[[], float] = time.time) -> None:
        self._add = buffer.add
        self._now = now

    def add(self, event: str, /, **fields: Any) -> None:
        """Logs one event of a message. Texts go into the fields named in `TEXTS`; `time` and `event` are taken."""
        line, order = _line(event, tuple(fields))
        self._add((self._now(), line, tuple([fields[name] for name in order])))

    def later(self, line: Line, *arguments: Any) -> None:
        """Logs one event whose values `line.make(*arguments)` gives when it is written."""
        self._add((self._now(), line, arguments))
