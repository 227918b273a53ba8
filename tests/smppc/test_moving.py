"""From a bad address to the next, and back to the main one, over real TCP; nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from jasminlike.simulator.smsc import Simulator
from jasminlike.smpp import statuses as s
from jasminlike.smppc import states
from jasminlike.smppc.addresses import Address
from jasminlike.smppc.connector import Connector
from jasminlike.smppc.settings import RetryRule
from tests.smppc.operator import Operator

SOON = {"con_fail_delay": 0.02, "con_loss_delay": 0.02}


def backup(*simulators: Simulator) -> tuple[Address, ...]:
    return tuple(Address("127.0.0.1", each.port) for each in simulators)


def bound_to(connector: Connector, simulator: Simulator) -> bool:
    return connector.bound and connector._addresses.current.port == simulator.port and len(simulator.sessions) == 1


async def start(operator: Operator, main: Simulator | None, second: Simulator, **fields: Any) -> Connector:
    settings = operator.settings(main, backups=backup(second), **{"main_retry": 0, **SOON, **fields})
    connector = operator.make(settings)
    connector.start()
    await operator.until(lambda: bound_to(connector, second) or (main is not None and bound_to(connector, main)))
    return connector


@pytest_twisted.ensureDeferred
async def test_no_connection(operator: Operator) -> None:
    second = await operator.simulator()
    connector = await start(operator, None, second)
    [failed] = [params for kind, params in operator.log if kind == "failover"]
    assert (failed["before"], failed["after"]) == ("127.0.0.1:1", f"127.0.0.1:{second.port}")
    [message] = await operator.send("hello")
    await operator.ends(message, "delivered")
    assert [each.text() for each in second.messages] == ["hello"]
    assert connector.state == states.BOUND


@pytest.mark.parametrize("fault", [{"refuse_share": 1.0}, {"half_open": True}])
@pytest_twisted.ensureDeferred
async def test_no_bind(operator: Operator, fault: dict[str, Any]) -> None:
    main, second = await operator.simulator(**fault), await operator.simulator()
    connector = await start(operator, main, second, bind_to=0.1)
    assert bound_to(connector, second)
    assert operator.kinds().count("failover") == 1


@pytest_twisted.ensureDeferred
async def test_a_dead_link(operator: Operator) -> None:
    main, second = await operator.simulator(silence_after=1, lost_share=1.0), await operator.simulator()
    connector = await start(operator, main, second, elink_interval=0.1)
    assert bound_to(connector, main)
    [message] = await operator.send("hello")
    await operator.until(lambda: bound_to(connector, second))
    view = await operator.ends(message, "delivered")
    assert "link-dead" in operator.kinds()
    assert view.parts[0].redelivered, "the main address may have sent it"


@pytest_twisted.ensureDeferred
async def test_too_many_system_errors(operator: Operator) -> None:
    main = await operator.simulator(error_share=1.0, error_status="ESME_RSYSERR")
    second = await operator.simulator()
    rules = (RetryRule("ESME_RSYSERR", 50, 0.01),)
    connector = await start(operator, main, second, health_errors=0.5, retry=rules)
    assert bound_to(connector, main)
    await operator.send(*(f"m{number}" for number in range(105)))
    await operator.until(lambda: bound_to(connector, second))
    [message] = await operator.send("after")
    await operator.ends(message, "delivered")
    assert "unhealthy" in operator.kinds()
    assert main.counts.refused[s.ESME_RSYSERR] >= 100
    await main.until(lambda: not main.lines)
    assert operator.house.stats.connector("one").in_doubt_count == 0


@pytest_twisted.ensureDeferred
async def test_back_to_the_main_address_with_nothing_lost(operator: Operator) -> None:
    main, second = await operator.simulator(refuse_share=1.0), await operator.simulator(answer_delay="300")
    connector = await start(operator, main, second, main_retry=0.05)
    assert bound_to(connector, second)
    before = await operator.send(*"abcde")
    await second.until(lambda: second.counts.received == 5)
    await operator.until(lambda: operator.kinds().count("main-away") >= 2)
    assert bound_to(connector, second), "a main address that refuses changes nothing"
    main.change(refuse_share=0.0)
    await operator.until(lambda: bound_to(connector, main))
    assert second.sessions, "what is in flight is answered before the unbind"
    after = await operator.send(*"fgh")
    await operator.until(lambda: not second.lines)
    stats = operator.house.stats.connector("one")
    await operator.until(lambda: stats.submit_sm_count == 8)
    await operator.house.durable()
    assert {await operator.state(message) for message in before + after} <= {"sent", "delivered"}
    assert [each.text() for each in main.messages] == list("fgh")
    assert [each.text() for each in second.messages] == list("abcde")
    assert stats.in_doubt_count == 0
    assert second.counts.receipts_answered == 5, "receipts on their way are still taken"
    assert {"returned", "unbound"} <= set(operator.kinds())
    assert operator.states() == ["connecting", "binding", "waiting", "connecting", "binding", "bound"]


@pytest_twisted.ensureDeferred
async def test_a_stop_ends_the_trial_and_the_session_that_is_left(operator: Operator) -> None:
    main, second = await operator.simulator(half_open=True), await operator.simulator(answer_delay="150")
    connector = await start(operator, main, second, main_retry=0.01, bind_to=0.2)
    tried = main.counts.connections
    await main.until(lambda: main.counts.connections > tried)
    await connector.stop()
    await main.until(lambda: not main.deaf)
    await second.until(lambda: not second.lines)
    main.change(half_open=False)
    connector.start()
    await operator.until(lambda: bound_to(connector, main))
    await second.until(lambda: not second.lines)


@pytest_twisted.ensureDeferred
async def test_a_backup_that_goes_during_the_trial(operator: Operator) -> None:
    main, second = await operator.simulator(half_open=True), await operator.simulator()
    connector = await start(operator, main, second, main_retry=0.01, bind_to=0.2)
    tried = main.counts.connections
    await main.until(lambda: main.counts.connections > tried)
    second.drop_all()
    await operator.until(lambda: not connector.bound)
    main.change(half_open=False)
    await operator.until(lambda: bound_to(connector, main))
    [message] = await operator.send("hello")
    await operator.ends(message, "delivered")
    assert len(main.sessions) == 1


@pytest_twisted.ensureDeferred
async def test_all_are_tried_before_a_connector_gives_up(operator: Operator) -> None:
    second = await operator.simulator()
    connector = await start(operator, None, second, con_fail_retry=False)
    await connector.stop()
    await second.stop()
    connector.start()
    await operator.until(lambda: connector.state == states.STOPPED)
    assert operator.kinds().count("gave-up") == 1


@pytest_twisted.ensureDeferred
async def test_a_stop_waits_for_the_session_that_is_left(operator: Operator) -> None:
    main, second = await operator.simulator(refuse_first=1), await operator.simulator(answer_delay="400")
    connector = await start(operator, main, second, main_retry=0.05)
    [message] = await operator.send("hello")
    await second.until(lambda: second.counts.received == 1)
    await operator.until(lambda: bound_to(connector, main))
    await connector.stop()
    assert (connector.state, len(second.lines)) == (states.STOPPED, 0)
    await operator.house.durable()
    assert await operator.state(message) in ("sent", "delivered")
    assert operator.house.stats.connector("one").in_doubt_count == 0
