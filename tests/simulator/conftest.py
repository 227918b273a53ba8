"""Simulators on free ports whose time stands still until a test moves it, and ESMEs over real TCP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from jasminlike.simulator.settings import SimulatorSettings
from jasminlike.simulator.smsc import Simulator
from tests.simulator.esme import Esme

WALL = 1_800_000_000.0


class World:
    """Starts simulators and ESMEs, and ends them all after the test."""

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self.clock = Clock()
        self.simulators: list[Simulator] = []
        self.esmes: list[Esme] = []

    async def simulator(self, clock: Any = None, **options: Any) -> Simulator:
        """One on the clock of this world, which stands still, unless another one is given."""
        options = {"port": 0, "seed": 7, "enquire_link": 0, **options}
        simulator = Simulator(SimulatorSettings.of(**options), clock or self.clock, wall=lambda: WALL)
        await simulator.listen(self.reactor)
        self.simulators.append(simulator)
        return simulator

    def esme(self, window: int = 1000) -> Esme:
        esme = Esme(self.reactor, window)
        self.esmes.append(esme)
        return esme

    async def bound(self, simulator: Simulator, how: str = "trx", **who: str) -> Esme:
        esme = await self.esme().bind(simulator.port, how, **who)
        assert esme.bound
        return esme

    async def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.clock.advance(0)  # what was written in that time goes out in the turn after

    async def end(self) -> None:
        for simulator in self.simulators:
            await simulator.stop()
        for esme in self.esmes:
            if esme.protocol.transport is not None:
                esme.protocol.abort("the test is over")
                await esme.until(lambda esme=esme: esme.lost is not None)  # type: ignore[misc]


@pytest_twisted.async_yield_fixture
async def world(_nothing_goes_wrong: None) -> AsyncIterator[World]:
    from twisted.internet import reactor

    world = World(reactor)
    yield world
    await world.end()


@pytest.fixture
def _nothing_goes_wrong() -> Any:
    """Anything logged as an error is one."""
    failures: list[Any] = []

    def look(event: Any) -> None:
        if "log_failure" in event:
            failures.append(event["log_failure"].getTraceback())

    globalLogPublisher.addObserver(look)
    yield
    globalLogPublisher.removeObserver(look)
    assert failures == []
