"""A pipeline for each test, on a folder of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from jasminlike import journal as journal_module
from jasminlike.journal import Journal
from tests.contract.conftest import Embedded, engine  # noqa: F401 - a fixture
from tests.pipeline.house import House


@pytest.fixture
def house(engine: Embedded) -> Iterator[House]:  # noqa: F811
    made = House(engine)
    yield made
    made.inbound.stop()


@pytest.fixture
def broken_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[[Journal], AbstractContextManager[None]]:
    """While in its context, no commit of a journal succeeds."""
    monkeypatch.setattr(journal_module, "RETRY_SECONDS", 0.01)
    commit = journal_module._commit
    broken: set[Any] = set()

    def spoilt(*arguments: Any) -> Any:
        if broken:
            raise sqlite3.OperationalError("database or disk is full")
        return commit(*arguments)

    monkeypatch.setattr(journal_module, "_commit", spoilt)

    @contextmanager
    def breaks(journal: Journal) -> Iterator[None]:
        broken.add(journal)
        try:
            yield
        finally:
            broken.clear()

    return breaks
