"""What a failed test shows of the gateways that ran: what they printed and their event logs."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from tests.flows.gateway import Gateway


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Adds the gateways' words to the report of a failure."""
    report = yield
    if report.failed:
        for gateway in Gateway.running:
            report.sections.append((f"gateway in {gateway.folder}", gateway.report()))
    return report
