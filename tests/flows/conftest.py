"""One gateway for the tests of a module, its account, an operator and a client's web server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flows.callbacks import Callbacks
from tests.flows.gateway import Gateway
from tests.flows.operators import Operator
from tests.flows.reporting import pytest_runtest_makereport

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with the account, stopped at the end without a complaint."""
    with Gateway(tmp_path_factory.mktemp("gateway")) as gateway:
        gateway.start()
        gateway.add_account()
        yield gateway
        gateway.stop()
        assert gateway.errors() == []


@pytest.fixture
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """An operator as good as they come."""
    with Operator(tmp_path_factory.mktemp("operator")) as operator:
        yield operator


@pytest.fixture
def client() -> Iterator[Callbacks]:
    """A client's web server that acknowledges everything."""
    with Callbacks() as callbacks:
        yield callbacks
