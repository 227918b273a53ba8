"""Servers and clients that end with their test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from jasminlike.httpc.client import ClientLimits, HttpClient
from tests.fakes.logged import logged_errors  # noqa: F401
from tests.httpc.server import Server


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Makes servers."""
    made: list[Server] = []

    def make(*args: Any, **kwargs: Any) -> Server:
        made.append(Server(*args, **kwargs))
        return made[-1]

    yield make
    for each in made:
        pytest_twisted.blockon(Deferred.fromCoroutine(each.stop()))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connect(clock: Clock) -> Iterator[Callable[..., HttpClient]]:
    """Makes clients whose time is `clock`."""
    made: list[HttpClient] = []

    def make(limits: ClientLimits = ClientLimits(), **kwargs: Any) -> HttpClient:  # noqa: B008
        made.append(HttpClient(reactor, clock, limits, **kwargs))
        return made[-1]

    yield make
    for each in made:
        pytest_twisted.blockon(each.close())
