"""What Twisted and `logging` report reaches the event log, failures with their tracebacks, from any thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from twisted.logger import Logger, LogPublisher

from jasminlike.logs.buffer import Buffer
from jasminlike.logs.events import EventLog, lost_line, text_line
from jasminlike.logs.foreign import LoggingEvents, TwistedEvents


class Room:
    """An event log in memory, and the calls that other threads handed over."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.handed: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self.buffer = Buffer(text_line, lost_line(text_line, lambda: 0.0, "logs"), self.lines.append)
        self.events = EventLog(self.buffer, "debug", lambda: 0.0)

    def hand_over(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.handed.append((function, arguments))

    @property
    def text(self) -> str:
        self.buffer.flush()
        return b"".join(self.lines).decode()


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def publisher() -> LogPublisher:
    return LogPublisher()


def test_a_failure_is_an_error_with_its_traceback(room: Room, publisher: LogPublisher) -> None:
    TwistedEvents(room.events, room.hand_over, publisher).install()
    log = Logger("some.place", observer=publisher)
    try:
        raise ValueError("out of\nrange")
    except ValueError:
        log.failure("While counting")
    assert 'ERROR   some.place failure "While counting" exception=ValueError' in room.text
    assert "test_foreign.py" in room.text
    assert len(room.text.splitlines()) == 1


@pytest.mark.parametrize(
    ("method", "level"), [("debug", "DEBUG"), ("info", "DEBUG"), ("warn", "WARNING"), ("error", "ERROR")]
)
def test_levels_of_twisted(room: Room, publisher: LogPublisher, method: str, level: str) -> None:
    TwistedEvents(room.events, room.hand_over, publisher).install()
    getattr(Logger("tw", observer=publisher), method)("port {port}", port=7)
    assert f'{level:<7} tw log "port 7"' in room.text


def test_after_removal_nothing_more_comes(room: Room, publisher: LogPublisher) -> None:
    observer = TwistedEvents(room.events, room.hand_over, publisher)
    observer.install()
    observer.remove()
    observer.remove()
    Logger("tw", observer=publisher).error("x")
    assert room.text == ""


def test_other_threads_hand_over(room: Room, publisher: LogPublisher) -> None:
    TwistedEvents(room.events, room.hand_over, publisher).install()
    log = Logger("tw", observer=publisher)
    thread = threading.Thread(target=log.error, args=("from afar",))
    thread.start()
    thread.join()
    assert room.text == ""
    for function, arguments in room.handed:
        function(*arguments)
    assert "from afar" in room.text


@pytest.fixture
def logger(room: Room) -> Any:
    handler = LoggingEvents(room.events, room.hand_over)
    handler.install("jasminlike.test")
    found = logging.getLogger("jasminlike.test")
    found.setLevel(logging.DEBUG)
    found.propagate = False
    yield found
    handler.remove("jasminlike.test")


@pytest.mark.parametrize(
    ("level", "shown"),
    [
        (logging.DEBUG, "DEBUG"),
        (logging.INFO, "INFO"),
        (25, "INFO"),
        (logging.WARNING, "WARNING"),
        (logging.ERROR, "ERROR"),
        (logging.CRITICAL, "ERROR"),
    ],
)
def test_levels_of_logging(room: Room, logger: logging.Logger, level: int, shown: str) -> None:
    logger.log(level, "disk %s", "full")
    assert f'{shown:<7} jasminlike.test log "disk full"' in room.text


def test_exceptions_of_logging_keep_their_traceback(room: Room, logger: logging.Logger) -> None:
    try:
        raise KeyError("x")
    except KeyError:
        logger.exception("not found")
    assert 'failure "not found" exception=KeyError' in room.text
    assert "test_foreign.py" in room.text


def test_a_record_that_cannot_be_formatted_does_not_raise(
    room: Room, logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    logger.error("%d", "x")
    assert room.text == ""
