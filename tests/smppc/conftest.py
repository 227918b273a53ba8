"""A pipeline for each test, and a simulated operator."""

from __future__ import annotations

from tests.contract.conftest import engine  # noqa: F401 - a fixture
from tests.pipeline.conftest import broken_disk, house  # noqa: F401 - fixtures
