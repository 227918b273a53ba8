"""The wiring: a gateway comes up whole or not at all, and stops without losing anything."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.protocol import Factory

from jasminlike.accounts.model import User
from jasminlike.app import Gateway
from jasminlike.demo import prepare
from jasminlike.errors import GatewayError, SettingError
from jasminlike.message.model import HTTP, Address
from jasminlike.pipeline.submission import Submission
from jasminlike.settings.load import load

QUIET = ["log.stderr=false", "http.port=0", "smpps.port=0", "jcli.port=0"]


class Made:
    """Gateways on one folder, all stopped after the test."""

    def __init__(self, folder: Any) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.gateways: list[Gateway] = []

    def gateway(self, *overrides: str) -> Gateway:
        settings = load(None, {}, [*QUIET, f"data.folder={self.folder}", *overrides])
        self.gateways.append(Gateway(settings, reactor, self.said.append))
        return self.gateways[-1]

    async def started(self, *overrides: str) -> Gateway:
        gateway = self.gateway(*overrides)
        await gateway.start()
        return gateway


@pytest_twisted.async_yield_fixture
async def made(tmp_path: Any) -> AsyncIterator[Made]:
    made = Made(tmp_path / "data")
    yield made
    for gateway in made.gateways:
        await gateway.stop()


def a_submission(gateway: Gateway) -> Submission:
    user = gateway.catalog.get("user", "demo") or User("demo", "demo", "demo", "")
    return Submission(user, HTTP, Address("447700900123"), None, b"hello")


@pytest_twisted.ensureDeferred
async def test_it_says_where_it_listens_and_gives_all_of_it_back(made):
    gateway = await made.started()
    assert set(gateway.ports) == {"http", "smpps", "jcli"}
    assert any("HTTP API listens on 127.0.0.1:" in line for line in made.said)
    assert any("console password" in line for line in made.said)
    ports = {name: port.getHost().port for name, port in gateway.ports.items()}
    await gateway.stop()
    again = await made.started(*[f"{name}.port={port}" for name, port in ports.items()])
    assert {name: port.getHost().port for name, port in again.ports.items()} == ports


@pytest_twisted.ensureDeferred
async def test_doors_may_stay_shut(made):
    gateway = await made.started("http.enabled=false", "smpps.enabled=false", "jcli.enabled=false")
    assert (gateway.ports, made.said) == ({}, [])


@pytest_twisted.ensureDeferred
async def test_a_port_that_is_taken(made):
    port = reactor.listenTCP(0, Factory(), interface="127.0.0.1")
    taken = port.getHost().port
    with pytest.raises(SettingError, match="cannot be listened on") as caught:
        await made.started(f"jcli.port={taken}")
    assert caught.value.path == "jcli.port"
    await port.stopListening()
    gateway = await made.started(f"jcli.port={taken}")
    assert gateway.ports["jcli"].getHost().port == taken


@pytest_twisted.ensureDeferred
async def test_a_folder_in_use(made):
    await made.started()
    with pytest.raises(SettingError, match="in use"):
        await made.started()


@pytest_twisted.ensureDeferred
async def test_a_database_that_is_none(made):
    made.folder.mkdir()
    (made.folder / "gateway.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(SettingError, match="cannot be opened"):
        await made.started()


@pytest_twisted.ensureDeferred
async def test_the_demonstration_sends_and_is_put_in_once(made):
    gateway = await made.started()
    await prepare(gateway)
    assert any("curl" in line for line in made.said)
    accepted = await gateway.intake.accept(a_submission(gateway))
    while (view := await gateway.records.find(accepted.id)) is None or view.state != "sent":
        await gateway.journal.gathering().durable()
    await gateway.stop()
    again = await made.started()
    await prepare(again)
    assert len(again.catalog.all("user")) == len(again.catalog.all("smppcc")) == 1
    assert (await again.records.find(accepted.id)).state == "sent"


@pytest_twisted.ensureDeferred
async def test_the_demonstration_without_a_door(made):
    gateway = await made.started("http.enabled=false")
    await gateway.catalog.add("group", {"gid": "demo"}, "test")
    user = {"uid": "demo", "gid": "demo", "username": "demo", "password": "another"}
    await gateway.catalog.add("user", user, "test")
    await prepare(gateway)
    assert not any("curl" in line for line in made.said)
    assert made.said[-1].startswith("simulated operator")


@pytest_twisted.ensureDeferred
async def test_what_waited_is_told_of_after_a_restart_and_ends_with_its_connector(made):
    gateway = await made.started()
    await gateway.catalog.add("smppcc", {"cid": "gone"}, "test")
    route = {"type": "DefaultRoute", "order": 0, "connector": "smppc(gone)", "rate": 0}
    await gateway.catalog.add("mtroute", route, "test")
    accepted = await gateway.intake.accept(a_submission(gateway))
    await gateway.stop()
    with sqlite3.connect(made.folder / "gateway.db") as db:
        db.execute("delete from catalogue")
    again = await made.started()
    assert again.broker.recovered == 1
    while (view := await again.records.find(accepted.id)) is None or not view.final:
        await again.journal.gathering().durable()
    assert (view.state, view.reason) == ("failed", "connector_removed")


@pytest_twisted.ensureDeferred
async def test_after_a_stop_nothing_is_accepted(made):
    gateway = await made.started()
    await gateway.stop()
    with pytest.raises(GatewayError) as caught:
        await gateway.intake.accept(a_submission(gateway))
    assert caught.value.reason.code == "stopping"
    await gateway.stop()


@pytest_twisted.ensureDeferred
async def test_a_step_of_the_stop_that_fails_keeps_no_other_from_being_done(made):
    gateway = await made.started()

    def broken() -> None:
        raise RuntimeError("a bug")

    gateway.ends_with(broken)
    with pytest.raises(RuntimeError):
        await gateway.stop()
    await made.started()


@pytest_twisted.ensureDeferred
async def test_a_changed_account_is_followed(made):
    gateway = await made.started()
    await gateway.catalog.add("group", {"gid": "g"}, "test")
    user = {"uid": "u", "gid": "g", "username": "u", "password": "secret"}
    await gateway.catalog.add("user", user, "test")
    forgotten: list[str] = []
    gateway.intake.forget = forgotten.append  # type: ignore[method-assign]
    await gateway.catalog.update("user", "u", {"password": "other"}, "test")
    assert forgotten == ["u"]
