"""A fixture that sees what is logged: an error that a test does not ask for fails it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from twisted.logger import LogLevel, globalLogPublisher


@pytest.fixture(autouse=True)
def logged_errors() -> Iterator[Callable[[], list[Any]]]:
    """Call it to take what was logged at the level of errors since: exceptions, or formats of lines without one."""
    seen: list[Any] = []

    def observe(event: dict[str, Any]) -> None:
        if event.get("log_level") in (LogLevel.error, LogLevel.critical):
            failure = event.get("log_failure")
            seen.append(failure.value if failure is not None else event.get("log_format"))

    def take() -> list[Any]:
        taken = list(seen)
        seen.clear()
        return taken

    globalLogPublisher.addObserver(observe)
    yield take
    globalLogPublisher.removeObserver(observe)
    assert seen == []
