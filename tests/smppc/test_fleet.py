"""Connectors follow the catalogue, and what waits for one that is gone ends."""

from __future__ import annotations

import pytest
import pytest_twisted

from jasminlike import topics
from jasminlike.interfaces import Outgoing
from jasminlike.smppc import states
from jasminlike.smppc.fleet import Fleet
from tests.contract.test_broker import Taker
from tests.smppc.operator import Operator, changed


@pytest.fixture
def fleet(operator: Operator) -> Fleet:
    house = operator.house
    return Fleet(operator.make, house.broker, lambda: house.retries, house.stats)


@pytest_twisted.ensureDeferred
async def test_added_started_stopped_removed(operator, fleet):
    simulator = await operator.simulator()
    settings = operator.settings(simulator)
    fleet.changed("one", None, settings)
    assert (fleet.exists("one"), fleet.exists("two"), fleet.bound("one"), fleet.bound("two")) == (
        True,
        False,
        False,
        False,
    )
    assert (fleet.session("one"), fleet.session("two"), fleet.starts("one"), fleet.cids()) == (
        "NONE",
        "NONE",
        0,
        ["one"],
    )
    started = changed(settings, started=True)
    fleet.changed("one", settings, started)
    await operator.until(lambda: fleet.bound("one"))
    assert (fleet.session("one"), fleet.starts("one"), fleet.stops("one")) == ("BOUND_TRX", 1, 0)
    fleet.changed("one", started, settings)
    await operator.until(lambda: fleet.session("one") == "NONE")
    assert fleet.stops("one") == 1
    fleet.changed("one", settings, None)
    assert (fleet.exists("one"), fleet.cids()) == (False, [])


@pytest_twisted.ensureDeferred
async def test_one_that_is_started_in_the_catalogue_starts(operator, fleet):
    simulator = await operator.simulator()
    fleet.changed("one", None, operator.settings(simulator, started=True))
    await operator.until(lambda: fleet.bound("one"))
    await fleet.stop()
    assert not fleet.bound("one")


@pytest.mark.parametrize(
    ("fields", "binds"), [({"username": "other"}, 2), ({"window": 20}, 2), ({"submit_throughput": 5}, 1), ({}, 1)]
)
@pytest_twisted.ensureDeferred
async def test_what_a_session_is_bound_with_takes_a_restart(operator, fleet, fields, binds):
    simulator = await operator.simulator()
    settings = operator.settings(simulator, started=True)
    fleet.changed("one", None, settings)
    await operator.until(lambda: fleet.bound("one"))
    new = changed(settings, **fields)
    fleet.changed("one", settings, new)
    await simulator.until(lambda: simulator.counts.binds == binds)
    await operator.until(lambda: fleet.bound("one"))
    [message] = await operator.send("hello")
    await operator.ends(message, "delivered")
    assert simulator.sessions[0].system_id == new.username
    assert operator.connectors[0].settings == new


@pytest_twisted.ensureDeferred
async def test_a_start_while_it_still_stops_is_kept(operator, fleet):
    simulator = await operator.simulator(answer_delay="100")
    started = operator.settings(simulator, started=True)
    fleet.changed("one", None, started)
    await operator.until(lambda: fleet.bound("one"))
    await operator.send("hello")
    await simulator.until(lambda: simulator.counts.received == 1)
    stopped = changed(started, started=False)
    fleet.changed("one", started, stopped)
    fleet.changed("one", stopped, started)
    assert operator.connectors[0].state == states.STOPPING
    await simulator.until(lambda: simulator.counts.binds == 2)
    await operator.until(lambda: fleet.bound("one"))


@pytest_twisted.ensureDeferred
async def test_the_last_word_counts(operator, fleet):
    simulator = await operator.simulator(answer_delay="100")
    started = operator.settings(simulator, started=True)
    fleet.changed("one", None, started)
    await operator.until(lambda: fleet.bound("one"))
    await operator.send("hello")
    await simulator.until(lambda: simulator.counts.received == 1)
    stopped = changed(started, started=False)
    fleet.changed("one", started, changed(started, username="other"))
    fleet.changed("one", changed(started, username="other"), stopped)
    await operator.connectors[0].stop()
    assert (operator.connectors[0].state, simulator.counts.binds) == (states.STOPPED, 1)


@pytest_twisted.ensureDeferred
async def test_what_waits_for_one_that_is_removed_ends_as_failed(operator, fleet):
    settings = operator.settings(None)
    fleet.changed("one", None, settings)
    messages = await operator.send("a", "b")
    fleet.changed("one", settings, None)
    for message in messages:
        view = await operator.ends(message, "failed")
        assert view.reason == "connector_removed"
    await operator.house.durable()
    assert operator.house.broker.depth(topics.submit("one")) == 0


@pytest_twisted.ensureDeferred
async def test_one_that_comes_again_sends(operator, fleet):
    settings = operator.settings(None)
    fleet.changed("one", None, settings)
    [lost] = await operator.send("a")
    fleet.changed("one", settings, None)
    await operator.ends(lost, "failed")
    simulator = await operator.simulator()
    fleet.changed("one", None, operator.settings(simulator, started=True))
    [message] = await operator.send("b")
    await operator.ends(message, "delivered")


@pytest_twisted.ensureDeferred
async def test_removed_and_added_again_before_it_has_stopped(operator, fleet):
    simulator = await operator.simulator(answer_delay="100")
    settings = operator.settings(simulator, started=True)
    fleet.changed("one", None, settings)
    await operator.until(lambda: fleet.bound("one"))
    await operator.send("hello")
    await simulator.until(lambda: simulator.counts.received == 1)
    fleet.changed("one", settings, None)
    fleet.changed("one", None, settings)
    await simulator.until(lambda: simulator.counts.binds == 2)
    [message] = await operator.send("again")
    await operator.ends(message, "delivered")


@pytest_twisted.ensureDeferred
async def test_what_a_crash_left_for_one_that_is_gone(operator, fleet):
    [message] = await operator.send("a")
    await operator.house.broker.publish(topics.submit("one"), [Outgoing(b"\x09")])
    fleet.changed("one", None, None)
    fleet.changed("one", None, None)
    await operator.ends(message, "failed")
    await operator.until(lambda: operator.house.broker.parked == 1)
    operator.house.broker.consume("other", Taker(), 1)


@pytest_twisted.ensureDeferred
async def test_rules_live_as_long_as_the_program(operator, fleet):
    rule = fleet.rule_of("one")
    assert fleet.rule_of("one") is rule
    simulator = await operator.simulator(answer_delay="100")
    fleet.changed("one", None, operator.settings(simulator, started=True, dlr_msgid=2))
    assert rule.fixed == 2
    [message] = await operator.send("a")
    await simulator.until(lambda: simulator.counts.received == 1)
    assert fleet.sending(message)
    await operator.ends(message, "delivered")
    assert not fleet.sending(message)
