"""The log of operations: time, level, module, type of event, a comment, and every parameter it has.

    events.event("smppc", "bound", "The session is bound", cid="acme", address="192.0.2.1:2775")

becomes, in text form,

    2026-01-31T23:59:59.250Z INFO    smppc bound "The session is bound" cid=acme address=192.0.2.1:2775
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from jasminlike.logs import formats
from jasminlike.logs.buffer import Buffer, Row

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def text_line(row: Row) -> bytes:
    """A row of the event log as text."""
    at, level, module, kind, message, params = row
    line = (
        f"{formats.moment(at)} {level.upper():<7} {formats.quoted(module)} {formats.quoted(kind)} "
        f"{formats.quoted(message)}{formats.pairs(params)}\n"
    )
    return line.encode("utf-8", "backslashreplace")


def json_line(row: Row) -> bytes:
    """A row of the event log as JSON."""
    at, level, module, kind, message, params = row
    return formats.json_line(
        {
            "time": formats.moment(at),
            "level": level,
            "module": module,
            "type": kind,
            "message": message,
            "params": params,
        }
    )


def lost_line(form: Callable[[Row], bytes], now: Callable[[], float], module: str) -> Callable[[int, str], bytes]:
    """What makes the line that stands for lines that could not be written."""

    def make(count: int, problem: str) -> bytes:
        comment = "Lines of this log are missing"
        return form((now(), "error", module, "lines_lost", comment, {"count": count, "problem": problem}))

    return make


class EventLog:
    """Writes events at `level` or above. Parameters named like secrets are masked; texts of messages do not belong
    here."""

    def __init__(self, buffer: Buffer, level: str = "info", now: Callable[[], float] = time.time) -> None:
        self._buffer = buffer
        self._least = LEVELS[level]
        self._now = now

    def event(self, module: str, type: str, message: str, /, *, level: str = "info", **params: Any) -> None:
        """Logs one event; an error is on disk when this returns. KeyError for a level that does not exist."""
        weight = LEVELS[level]
        if weight < self._least:
            return
        values = {name: formats.MASK if formats.is_secret(name) else value for name, value in params.items()}
        self._buffer.add((self._now(), level, module, type, message, values))
        if weight >= LEVELS["error"]:
            self._buffer.flush()

    def debug(self, module: str, type: str, message: str, /, **params: Any) -> None:
        """An event that matters only while looking for a fault."""
        self.event(module, type, message, level="debug", **params)

    def warning(self, module: str, type: str, message: str, /, **params: Any) -> None:
        """Something an operator should look at."""
        self.event(module, type, message, level="warning", **params)

    def error(self, module: str, type: str, message: str, /, **params: Any) -> None:
        """Something that must be repaired."""
        self.event(module, type, message, level="error", **params)
