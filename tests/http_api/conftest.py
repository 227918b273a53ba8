"""An API that ends with its test, and an error log that must stay empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred

from tests.fakes.logged import logged_errors  # noqa: F401
from tests.http_api.api import Api


@pytest.fixture
def serve() -> Iterator[Callable[..., Api]]:
    """Makes APIs."""
    made: list[Api] = []

    def make(*args: Any, **kwargs: Any) -> Api:
        made.append(Api(*args, **kwargs))
        return made[-1]

    yield make
    for each in made:
        pytest_twisted.blockon(Deferred.fromCoroutine(each.stop()))


@pytest.fixture
def api(serve: Callable[..., Api]) -> Api:
    return serve()
