"""One connector over real TCP: it binds, sends, receives, comes back after every loss, and stops in good order."""

from __future__ import annotations

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred

from jasminlike import topics
from jasminlike.message import envelope
from jasminlike.message.model import Incoming
from jasminlike.smpp import statuses as s
from jasminlike.smppc import connector as connector_module
from jasminlike.smppc import states
from jasminlike.smppc.settings import RetryRule
from tests.smppc.operator import Operator, changed


@pytest_twisted.ensureDeferred
async def test_a_message_there_and_its_receipt_back(operator: Operator):
    simulator = await operator.simulator()
    connector = await operator.bound(simulator, systype="sys", addr_range="123")
    assert (connector.session_state, connector.state) == ("BOUND_TRX", states.BOUND)
    [message] = await operator.send("hello")
    view = await operator.ends(message, "delivered")
    [seen] = simulator.messages
    assert (seen.text(), view.parts[0].smsc_id) == ("hello", seen.message_id)
    stats = operator.house.stats.connector("one")
    assert (stats.bound_count, stats.submit_sm_count, stats.deliver_sm_count, stats.receipts_count) == (1, 1, 1, 1)
    bind = simulator.sessions[0].session.bind_request
    assert bind is not None
    assert (bind.system_id, bind.system_type, bind.address_range) == (b"smppclient", b"sys", b"123")
    await connector.stop()
    assert (connector.session_state, connector.state, stats.stops_count, stats.starts_count) == (
        "NONE",
        "stopped",
        1,
        1,
    )
    assert operator.states() == ["connecting", "binding", "bound", "stopping", "stopped"]
    assert "unbound" in operator.kinds()


@pytest.mark.parametrize(("bind", "state"), [("transmitter", "BOUND_TX"), ("receiver", "BOUND_RX")])
@pytest_twisted.ensureDeferred
async def test_every_kind_of_bind(operator: Operator, bind, state):
    simulator = await operator.simulator()
    connector = await operator.bound(simulator, bind=bind)
    assert connector.session_state == state
    connector.start()
    await operator.send("hello")
    if bind == "receiver":
        assert operator.house.broker.depth(topics.submit("one")) == 1
    else:
        await simulator.until(lambda: simulator.counts.accepted == 1)


@pytest_twisted.ensureDeferred
async def test_a_message_of_a_subscriber(operator: Operator):
    simulator = await operator.simulator()
    await operator.bound(simulator)
    simulator.send_incoming("4917001", "12345", "Hello you")
    await simulator.until(lambda: simulator.counts.incoming_answered == 1)
    [body] = await operator.house.got("mo.hook", 1)
    assert envelope.decode(body, Incoming).payload == b"Hello you"


@pytest_twisted.ensureDeferred
async def test_a_refused_bind_is_tried_again(operator: Operator):
    simulator = await operator.simulator(refuse_first=2)
    connector = await operator.bound(simulator, con_loss_delay=0.05)
    refused = [params for kind, params in operator.log if kind == "bind-refused"]
    assert len(refused) == 2
    assert refused[0]["level"] == "warning"
    assert operator.states()[:5] == ["connecting", "binding", "waiting", "connecting", "binding"]
    assert connector.bound


@pytest_twisted.ensureDeferred
async def test_it_comes_back_after_a_loss(operator: Operator):
    simulator = await operator.simulator()
    connector = await operator.bound(simulator, con_loss_delay=0.05)
    simulator.drop_all()
    await operator.until(lambda: not connector.bound)
    await operator.until(lambda: connector.bound)
    [message] = await operator.send("after")
    await operator.ends(message, "delivered")
    stats = operator.house.stats.connector("one")
    assert (stats.connected_count, stats.disconnected_count) == (2, 1)


@pytest_twisted.ensureDeferred
async def test_it_comes_back_after_an_unbind_of_the_operator(operator: Operator):
    simulator = await operator.simulator(unbind_every=2)
    await operator.bound(simulator, con_loss_delay=0.05)
    messages = await operator.send(*"abcdef")
    for message in messages:
        await operator.ends(message, "delivered")
    assert "unbound" in operator.kinds()


@pytest.mark.parametrize("delays", [[0.5, 1.0, 2.0, 4.0, 5.0, 5.0]])
@pytest_twisted.ensureDeferred
async def test_it_waits_longer_and_longer_for_an_operator_who_is_away(operator: Operator, monkeypatch, delays):
    monkeypatch.setattr(connector_module, "FIRST_DELAY", 0.5)
    monkeypatch.setattr(connector_module.random, "uniform", lambda _low, high: high)
    operator.clock = operator.house.clock
    connector = operator.make(operator.settings(None, con_fail_delay=5))
    connector.start()
    waited = []
    while len(waited) < len(delays):
        await operator.until(lambda: connector.state == states.WAITING)
        [timer] = [each for each in operator.clock.getDelayedCalls() if each.func == connector._due]
        waited.append(round(timer.getTime() - operator.clock.seconds(), 6))
        operator.clock.advance(waited[-1])
    assert waited == delays
    assert operator.kinds().count("connect-failed") >= 6
    await connector.stop()
    assert connector.state == states.STOPPED


@pytest_twisted.ensureDeferred
async def test_reconnection_may_be_switched_off(operator: Operator):
    connector = operator.make(operator.settings(None, con_fail_retry=False))
    connector.start()
    await operator.until(lambda: connector.state == states.STOPPED)
    assert "gave-up" in operator.kinds()
    simulator = await operator.simulator()
    connector = await operator.bound(simulator, con_loss_retry=False)
    simulator.drop_all()
    await operator.until(lambda: connector.state == states.STOPPED)
    connector.start()
    await operator.until(lambda: connector.bound)


@pytest_twisted.ensureDeferred
async def test_throttling_pauses_and_keeps_the_order(operator: Operator):
    simulator = await operator.simulator(throttle_share=1.0, throttle_burst=1)
    rules = (RetryRule("ESME_RTHROTTLED", 20, 0.05),)
    await operator.bound(simulator, retry=rules, window=4)
    messages = await operator.send(*"abcdefgh")
    await simulator.until(lambda: simulator.counts.refused[s.ESME_RTHROTTLED] >= 2)
    simulator.change(throttle_share=0.0)
    for message in messages:
        await operator.ends(message, "delivered")
    assert [each.text() for each in simulator.messages if each.status == 0] == list("abcdefgh")


@pytest_twisted.ensureDeferred
async def test_what_was_on_its_way_when_the_link_went_is_sent_again_and_flagged(operator: Operator):
    simulator = await operator.simulator(answer_delay="5000")
    connector = await operator.bound(simulator, con_loss_delay=0.05)
    [message] = await operator.send("hello")
    await simulator.until(lambda: simulator.counts.received == 1)
    simulator.change(answer_delay="0")
    simulator.drop_all()
    await operator.until(lambda: not connector.bound)
    await simulator.until(lambda: simulator.counts.received == 2)
    view = await operator.ends(message, "delivered")
    assert view.parts[0].redelivered is True
    assert operator.house.stats.connector("one").in_doubt_count == 1


@pytest_twisted.ensureDeferred
async def test_a_late_answer_still_counts(operator: Operator):
    simulator = await operator.simulator(answer_delay="250")
    await operator.bound(simulator, res_to=0.1, requeue_delay=60)
    [message] = await operator.send("hello")
    view = await operator.ends(message, "delivered")
    assert "no-answer" in operator.kinds()
    assert (simulator.counts.received, view.parts[0].redelivered) == (1, False)


@pytest_twisted.ensureDeferred
async def test_silence_for_too_long_is_doubt(operator: Operator):
    simulator = await operator.simulator(lost_share=1.0)
    await operator.bound(simulator, res_to=0.05, requeue_delay=0.05)
    [message] = await operator.send("hello")
    await simulator.until(lambda: simulator.counts.received >= 2)
    simulator.change(lost_share=0.0)
    view = await operator.ends(message, "delivered")
    assert view.parts[0].redelivered is True


@pytest_twisted.ensureDeferred
async def test_a_stop_waits_for_answers_and_unbinds(operator: Operator):
    simulator = await operator.simulator(answer_delay="150")
    connector = await operator.bound(simulator)
    [message] = await operator.send("hello")
    await simulator.until(lambda: simulator.counts.received == 1)
    first, second = connector.stop(), connector.stop()
    assert connector.state == states.STOPPING
    connector.start()
    await first
    await second
    assert await operator.state(message) in ("sent", "delivered")
    assert operator.house.stats.connector("one").in_doubt_count == 0
    assert operator.house.stats.connector("one").stops_count == 1
    await connector.stop()


@pytest_twisted.ensureDeferred
async def test_a_stop_does_not_wait_for_ever(operator: Operator, monkeypatch):
    monkeypatch.setattr(connector_module, "STOP_SECONDS", 0.05)
    simulator = await operator.simulator(silence_after=1, lost_share=1.0)
    connector = await operator.bound(simulator)
    [message] = await operator.send("hello")
    await simulator.until(lambda: simulator.counts.received == 1)
    await connector.stop()
    await operator.house.durable()
    assert connector.state == states.STOPPED
    assert operator.house.broker.depth(topics.submit("one")) == 1
    assert (await operator.house.records.find(message)).parts[0].error == "in_doubt"


@pytest_twisted.ensureDeferred
async def test_a_stop_while_connecting(operator: Operator):
    connector = operator.make(operator.settings(None))
    attempts: list[Deferred[object]] = []

    def connect(_settings, _protocol):
        attempts.append(Deferred())
        return attempts[-1]

    connector._connect = connect
    connector.start()
    assert connector.state == states.CONNECTING
    await connector.stop()
    assert (connector.state, attempts[0].called) == (states.STOPPED, True)
    connector.start()
    assert (connector.state, len(attempts)) == (states.CONNECTING, 2)
    await connector.stop()


@pytest_twisted.ensureDeferred
async def test_a_stop_while_binding(operator: Operator):
    simulator = await operator.simulator(half_open=True)
    connector = operator.make(operator.settings(simulator))
    connector.start()
    await operator.until(lambda: connector.state == states.BINDING)
    assert connector.session_state == "BIND_TRX_PENDING"
    await connector.stop()
    assert connector.state == states.STOPPED


@pytest_twisted.ensureDeferred
async def test_a_connection_that_comes_after_the_stop_is_closed(operator: Operator):
    simulator = await operator.simulator()
    connector = operator.make(operator.settings(simulator))
    kept = operator.connect

    def deaf_to_cancel(settings, protocol):
        done: Deferred[object] = Deferred(lambda _cancelled: None)
        kept(settings, protocol).addBoth(lambda outcome: done.called or done.callback(outcome))
        done.cancel = lambda: None  # type: ignore[method-assign]
        return done

    connector._connect = deaf_to_cancel
    connector.start()
    await connector.stop()
    assert connector.state == states.STOPPED
    assert simulator.counts.binds == 0


@pytest_twisted.ensureDeferred
async def test_an_operator_who_does_not_answer_the_bind(operator: Operator):
    simulator = await operator.simulator(half_open=True)
    connector = operator.make(operator.settings(simulator, bind_to=0.05, con_loss_delay=60))
    connector.start()
    await operator.until(lambda: "link-dead" in operator.kinds())
    await operator.until(lambda: connector.state == states.WAITING)
    simulator.change(half_open=False)


@pytest_twisted.ensureDeferred
async def test_garbage_from_the_operator(operator: Operator):
    simulator = await operator.simulator(garbage_after=1)
    connector = await operator.bound(simulator, con_loss_delay=0.05)
    [message] = await operator.send("hello")
    await operator.until(lambda: not connector.bound)
    simulator.change(garbage_after=0)
    await operator.until(lambda: connector.bound)
    await operator.ends(message, "delivered")
    assert "link-dead" in operator.kinds()


@pytest_twisted.ensureDeferred
async def test_answers_that_come_twice_and_in_disorder(operator: Operator):
    simulator = await operator.simulator(duplicate_share=1.0, reorder_share=0.3, receipt_twice_share=0.5)
    await operator.bound(simulator)
    messages = await operator.send(*"abcdef")
    for message in messages:
        await operator.ends(message, "delivered")
    assert "unsolicited" in operator.kinds()
    ended = [note for note in operator.house.told.notes if note[0] == "ended"]
    assert len(ended) == len(set(ended)) == 6


@pytest_twisted.ensureDeferred
async def test_receipts_before_their_answers(operator: Operator):
    simulator = await operator.simulator(receipt_first_share=1.0)
    await operator.bound(simulator)
    messages = await operator.send(*"abc")
    for message in messages:
        await operator.ends(message, "delivered")


@pytest_twisted.ensureDeferred
async def test_what_a_restart_race_must_not_forget(operator: Operator):
    """The link goes while a stop waits for answers, and the connector is started at once: it still comes back."""
    simulator = await operator.simulator(answer_delay="60000")
    connector = await operator.bound(simulator, con_loss_delay=0.05, con_fail_delay=0.05)
    await operator.send("hello")
    await simulator.until(lambda: simulator.counts.received == 1)
    stopped = connector.stop()
    stopped.addCallback(lambda _none: connector.start())
    port, connector.settings = simulator.port, changed(connector.settings, port=1)
    simulator.drop_all()
    await operator.until(lambda: operator.kinds().count("connect-failed") >= 3)
    connector.settings = changed(connector.settings, port=port)
    await operator.until(lambda: connector.bound)
    simulator.change(answer_delay="0")


@pytest_twisted.ensureDeferred
async def test_odd_news_of_the_session_are_logged(operator: Operator):
    from jasminlike.smpp import events as e
    from jasminlike.smpp.pdu import EnquireLink

    simulator = await operator.simulator()
    connector = await operator.bound(simulator)
    protocol = connector._protocol
    assert protocol is not None
    connector.on_events(
        protocol, [e.BadPdu("odd", 5, 1, None), e.Refused(EnquireLink(), 3), e.TimedOut(None, 1, 1, 0.0)]
    )
    connector.on_writable(protocol)
    assert operator.kinds()[-2:] == ["bad-pdu", "event"]
    assert connector.bound
