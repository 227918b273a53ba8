"""A pipeline for each test, and a simulated operator."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_twisted

from jasminlike.smppc import connector
from tests.contract.conftest import engine  # noqa: F401 - a fixture
from tests.pipeline.conftest import broken_disk, house  # noqa: F401 - fixtures
from tests.pipeline.house import House
from tests.smppc.operator import Operator


@pytest_twisted.async_yield_fixture
async def operator(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Operator]:  # noqa: F811
    monkeypatch.setattr(connector, "FIRST_DELAY", 0.02)
    made = Operator(house)
    yield made
    await made.end()
