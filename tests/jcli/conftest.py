"""A console in memory for each test; a test that logs an error it did not expect fails."""

from __future__ import annotations

import pytest

from tests.fakes.console import Room
from tests.fakes.logged import logged_errors  # noqa: F401


@pytest.fixture
def room() -> Room:
    return Room()
