"""Scripts in a folder, worker processes that end with the test, and requests to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor

from interceptors.contract import Request
from interceptors.processes import spawner
from interceptors.runner import Pool
from interceptors.scripts import Compiled, Library, Script

Make = Callable[..., Pool]


class Logged(list[tuple[str, str, dict[str, Any]]]):
    """What was logged: (type, message, parameters)."""

    def __call__(self, type: str, message: str, /, **params: Any) -> None:
        self.append((type, message, params))

    def types(self) -> list[str]:
        return [type for type, _, _ in self]


@pytest.fixture
def logged() -> Logged:
    return Logged()


@pytest.fixture
def pools(tmp_path: Path, logged: Logged) -> Iterator[Make]:
    """Makes pools on the real reactor."""
    made: list[Pool] = []

    def make(workers: int = 1, deadline: float = 10.0, megabytes: int = 512) -> Pool:
        spawn = spawner(reactor, tmp_path / "state", megabytes)
        made.append(Pool(spawn, reactor, logged, workers, deadline))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for pool in made:
        pytest_twisted.blockon(pool.stop())


def compiled(code: str, path: str = "/srv/script.py") -> Compiled:
    return Library(lambda *_a, **_k: None).current(Script(path, code), 0.0)


def a_request(script: Compiled | None = None, side: str = "MT", **fields: Any) -> Request:
    params: dict[str, int | bytes] = {
        "source_addr": b"Shop",
        "source_addr_ton": 5,
        "source_addr_npi": 0,
        "destination_addr": b"447700900123",
        "dest_addr_ton": 1,
        "dest_addr_npi": 1,
        "short_message": b"hello",
        "data_coding": 0,
        "esm_class": 0,
        "priority_flag": 0,
    }
    settings: dict[str, Any] = {"params": params, "tags": [], "tlvs": [], "locks": [], "now": 1_800_000_000.0, **fields}
    return Request("" if script is None else script.key, side, **settings)
