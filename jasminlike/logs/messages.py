"""The log of messages: one line for each thing that happens to one, cheap enough for every message.

    messages.add("SMS-MT", cid="acme", msgid=part.message, status="ESME_ROK", to="33612", content=part.payload)

becomes, in text form and with privacy on,

    2026-01-31T23:59:59.250Z SMS-MT cid=acme msgid=0198… status=ESME_ROK to=33612 content="** 11 byte content **"

(texts come last there). Events are named as Jasmin names them: SMS-MT (a message to a subscriber), SMS-MO (from one),
DLR (a receipt).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
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
    if isinstance(value, Text):
        value = value.payload
    octets = value if isinstance(value, bytes) else str("" if value is None else value).encode("utf-8", "surrogatepass")
    return f"** {len(octets)} byte content **"


def text_form(*, privacy: bool) -> Callable[[Row], bytes]:
    """What makes a text line of a row."""

    def form(row: Row) -> bytes:
        at, event, make, arguments = row
        fields, texts = _apart(make(*arguments), privacy=privacy)
        last = "".join([f' {name}="{value}"' for name, value in texts.items()])
        return f"{formats.moment(at)} {event}{formats.pairs(fields)}{last}\n".encode("utf-8", "backslashreplace")

    return form


def json_form(*, privacy: bool) -> Callable[[Row], bytes]:
    """What makes a JSON line of a row."""

    def form(row: Row) -> bytes:
        at, event, make, arguments = row
        fields, texts = _apart(make(*arguments), privacy=privacy)
        return formats.json_line({"time": formats.moment(at), "event": event, **fields, **texts})

    return form


def _apart(fields: Mapping[str, Any], *, privacy: bool) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """The fields to write as they are, and those that stand for hidden texts."""
    names = tuple(fields)
    texts = _texts_among(names)
    if not texts:
        return fields, {}
    if privacy:
        rest = {name: value for name, value in fields.items() if name not in texts}
        return rest, {name: hidden(fields[name]) for name in texts}
    return {name: value.shown() if isinstance(value, Text) else value for name, value in fields.items()}, {}


@lru_cache(maxsize=256)
def _texts_among(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name in TEXTS)


def _as_given(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return fields


class MessageLog:
    """Keeps a row for each call; `buffer` formats and writes it later, so what is given must not change."""

    __slots__ = ("_add", "_now")

    def __init__(self, buffer: Buffer, now: Callable[[], float] = time.time) -> None:
        self._add = buffer.add
        self._now = now

    def add(self, event: str, /, **fields: Any) -> None:
        """Logs one event of a message. Texts go into the fields named in `TEXTS`; `time` and `event` are taken."""
        self._add((self._now(), event, _as_given, (fields,)))

    def later(self, event: str, make: Callable[..., Mapping[str, Any]], *arguments: Any) -> None:
        """As `add`, with fields that `make(*arguments)` gives when the line is written."""
        self._add((self._now(), event, make, arguments))
