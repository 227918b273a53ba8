"""Connectors of one house, and simulated operators on free ports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory

from jasminlike.net.endpoints import client_endpoint
from jasminlike.net.protocol import SmppProtocol
from jasminlike.pipeline.receipt_ids import IdRule
from jasminlike.simulator.settings import SimulatorSettings
from jasminlike.simulator.smsc import Simulator
from jasminlike.smppc.connector import Connector
from jasminlike.smppc.receiver import Receiver
from jasminlike.smppc.sender import Sender
from jasminlike.smppc.settings import ConnectorSettings
from tests.pipeline.house import ALL, House, a_submission


class Operator:
    """`log` has every line of the connectors; `until` waits for something, asked whenever anything happened."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.simulators: list[Simulator] = []
        self.connectors: list[Connector] = []
        self.log: list[tuple[str, dict[str, Any]]] = []
        self.clock: Any = reactor

    async def simulator(self, **options: Any) -> Simulator:
        settings = {"port": 0, "seed": 7, "enquire_link": 0, "receipt_delay": "0", **options}
        made = Simulator(SimulatorSettings.of(**settings), reactor)
        await made.listen(reactor)
        self.simulators.append(made)
        return made

    def settings(self, simulator: Simulator | None, **fields: Any) -> ConnectorSettings:
        port = 1 if simulator is None else simulator.port
        return ConnectorSettings(**{"cid": "one", "port": port, "submit_throughput": 0, "window": 10, **fields})

    def make(self, settings: ConnectorSettings, rule: IdRule | None = None) -> Connector:
        house = self.house
        stats = house.stats.connector(settings.cid)
        rule = rule or IdRule()
        sender = Sender(settings, house.submitted, house.retries, stats, rule, reactor, lambda: house.now)
        receiver = Receiver(settings.cid, house.receipts, house.inbound, stats, lambda: house.now)
        made = Connector(settings, house.broker, sender, receiver, self.connect, stats, self.note, self.clock)
        self.connectors.append(made)
        return made

    def connect(self, settings: ConnectorSettings, protocol: SmppProtocol) -> Deferred[Any]:
        factory = Factory.forProtocol(lambda: protocol)
        factory.noisy = False
        return client_endpoint(reactor, settings.host, settings.port).connect(factory)

    def note(self, kind: str, message: str, /, *, level: str = "info", **params: Any) -> None:
        self.log.append((kind, {"message": message, "level": level, **params}))

    def states(self) -> list[str]:
        return [params["after"] for kind, params in self.log if kind == "state"]

    def kinds(self) -> list[str]:
        return [kind for kind, _params in self.log]

    async def until(self, condition: Callable[[], Any]) -> None:
        while not condition():
            turn: Deferred[None] = Deferred()
            reactor.callLater(0.002, turn.callback, None)
            await turn

    async def bound(self, simulator: Simulator, **fields: Any) -> Connector:
        made = self.make(self.settings(simulator, **fields))
        made.start()
        await self.until(lambda: made.bound)
        return made

    async def send(self, *texts: str, **fields: Any) -> list[str]:
        return [
            (await self.house.intake.accept(a_submission(text.encode(), **{"receipt": ALL, **fields}))).id
            for text in texts
        ]

    async def state(self, message_id: str) -> str:
        view = await self.house.records.find(message_id)
        assert view is not None
        return view.state

    async def ends(self, message_id: str, state: str) -> Any:
        while True:
            view = await self.house.records.find(message_id)
            if view is not None and view.state == state:
                return view
            await self.house.durable()

    async def end(self) -> None:
        for connector in self.connectors:
            await connector.stop()
        for simulator in self.simulators:
            await simulator.stop()


def changed(settings: ConnectorSettings, **fields: Any) -> ConnectorSettings:
    return msgspec.structs.replace(settings, **fields)
