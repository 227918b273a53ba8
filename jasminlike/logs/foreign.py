"""What others log, written to the event log: Twisted and what runs on it, and modules that use `logging`.

Both may log from any thread; the event log belongs to the reactor's thread, so what comes from elsewhere is handed
over. Twisted's own chatter (factories starting, connections made) is worth no more than `debug`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, cast

from twisted.logger import ILogObserver, LogEvent, LogLevel, LogPublisher, formatEvent, globalLogPublisher
from twisted.python.failure import Failure

from jasminlike.logs.events import EventLog

HandOver = Callable[..., Any]
"""`reactor.callFromThread`, or what a test puts in its place."""

_LEVELS = {
    LogLevel.debug: "debug",
    LogLevel.info: "debug",
    LogLevel.warn: "warning",
    LogLevel.error: "error",
    LogLevel.critical: "error",
}


class _Bridge:
    """Hands events to the log on the thread that made the bridge."""

    def __init__(self, events: EventLog, hand_over: HandOver) -> None:
        self._events = events
        self._hand_over = hand_over
        self._home = threading.get_ident()

    def pass_on(self, module: str, kind: str, message: str, level: str, params: dict[str, Any]) -> None:
        if threading.get_ident() == self._home:
            self._write(module, kind, message, level, params)
        else:
            self._hand_over(self._write, module, kind, message, level, params)

    def _write(self, module: str, kind: str, message: str, level: str, params: dict[str, Any]) -> None:
        self._events.event(module, kind, message, level=level, **params)


def _of_failure(failure: Failure) -> dict[str, Any]:
    return {
        "exception": getattr(failure.type, "__name__", str(failure.type)),
        "reason": failure.getErrorMessage(),
        "traceback": failure.getTraceback(),
    }


class TwistedEvents:
    """An observer of Twisted's log that writes to `events`; made on the reactor's thread."""

    def __init__(self, events: EventLog, hand_over: HandOver, publisher: LogPublisher = globalLogPublisher) -> None:
        self._bridge = _Bridge(events, hand_over)
        self._publisher = publisher

    def install(self) -> None:
        """From now on Twisted's events go to the event log."""
        self._publisher.addObserver(cast(ILogObserver, self))

    def remove(self) -> None:
        """The opposite of `install`; harmless when not installed."""
        self._publisher.removeObserver(cast(ILogObserver, self))

    def __call__(self, event: LogEvent) -> None:
        failure = event.get("log_failure")
        module = str(event.get("log_namespace") or "twisted")
        message = formatEvent(event)
        if failure is not None:
            self._bridge.pass_on(module, "failure", message or "Unhandled error", "error", _of_failure(failure))
            return
        level = _LEVELS.get(event.get("log_level", LogLevel.info), "warning")
        self._bridge.pass_on(module, "log", message, level, {})


class LoggingEvents(logging.Handler):
    """A handler of the standard library's `logging` that writes to `events`; made on the reactor's thread."""

    def __init__(self, events: EventLog, hand_over: HandOver) -> None:
        super().__init__()
        self._bridge = _Bridge(events, hand_over)

    def install(self, name: str = "") -> None:
        """From now on what the logger `name` and those below it log goes to the event log."""
        logging.getLogger(name).addHandler(self)

    def remove(self, name: str = "") -> None:
        """The opposite of `install`."""
        logging.getLogger(name).removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a record; one that cannot be formatted is reported as logging itself reports it."""
        try:
            message = record.getMessage()
        except Exception:
            self.handleError(record)
            return
        level = "error" if record.levelno >= logging.ERROR else record.levelname.lower()
        params: dict[str, Any] = {}
        if record.exc_info and record.exc_info[1] is not None:
            params = _of_failure(Failure(record.exc_info[1], record.exc_info[0], record.exc_info[2]))
        kind = "failure" if params else "log"
        known = level if level in ("debug", "info", "warning", "error") else "info"
        self._bridge.pass_on(record.name, kind, message, known, params)
