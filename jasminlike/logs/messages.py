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
from functools import lru_cache
from typing import Any

from jasminlike.logs import formats
from jasminlike.logs.buffer import Buffer, Row

TEXTS = ("content", "text", "payload")
"""The fields that hold texts of messages."""


def hidden(value: Any) -> str:
    """What stands for a text: its length alone."""
    octets = value if isinstance(value, bytes) else str("" if value is None else value).encode("utf-8", "surrogatepass")
    return f"** {len(octets)} byte content **"


def text_form(*, privacy: bool) -> Callable[[Row], bytes]:
    """What makes a text line of a row."""

    def form(row: Row) -> bytes:
        at, event, fields = row
        if privacy:
            texts = "".join([f' {name}="{hidden(fields[name])}"' for name in _texts_among(tuple(fields))])
            fields = _without(fields, tuple(fields))
        else:
            texts = ""
        return f"{formats.moment(at)} {event}{formats.pairs(fields)}{texts}\n".encode("utf-8", "backslashreplace")

    return form


def json_form(*, privacy: bool) -> Callable[[Row], bytes]:
    """What makes a JSON line of a row."""

    def form(row: Row) -> bytes:
        at, event, fields = row
        shown = {"time": formats.moment(at), "event": event, **fields}
        if privacy:
            for name in _texts_among(tuple(fields)):
                shown[name] = hidden(fields[name])
        return formats.json_line(shown)

    return form


@lru_cache(maxsize=256)
def _texts_among(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name in TEXTS)


def _without(fields: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    texts = _texts_among(names)
    return {name: fields[name] for name in names if name not in texts} if texts else fields


class MessageLog:
    """Keeps a row for each call; `buffer` formats and writes them later, so values must not change afterwards."""

    __slots__ = ("_add", "_now")

    def __init__(self, buffer: Buffer, now: Callable[[], float] = time.time) -> None:
        self._add = buffer.add
        self._now = now

    def add(self, event: str, **fields: Any) -> None:
        """Logs one event of a message. Texts go into the fields named in `TEXTS`; `time` is taken."""
        self._add((self._now(), event, fields))
