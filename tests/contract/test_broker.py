"""What every broker promises: order, priority, nothing lost, nothing handed out beyond the prefetch."""

from __future__ import annotations

import time
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, succeed

from jasminlike import journal as journal_module
from jasminlike.errors import STORE_FAILED, GatewayError
from jasminlike.fate import DONE, RELEASE, Done, Fate, Park, Retry
from jasminlike.interfaces import Delivery, Outgoing


class Taker:
    """A handler that writes down what it gets; `fate` decides, and `have(n)` fires when n have come."""

    def __init__(self, fate: Any = DONE) -> None:
        self.fate = fate
        self.got: list[Delivery] = []
        self.waiters: list[tuple[int, Deferred[None]]] = []

    def __call__(self, delivery: Delivery) -> Deferred[Fate]:
        self.got.append(delivery)
        try:
            fate = self.fate(delivery) if callable(self.fate) else self.fate
        finally:
            for waiter in [each for each in self.waiters if each[0] <= len(self.got)]:
                self.waiters.remove(waiter)
                reactor.callLater(0, waiter[1].callback, None)
        return fate if isinstance(fate, Deferred) else succeed(fate)

    def have(self, count: int) -> Deferred[None]:
        waiter: Deferred[None] = Deferred()
        if len(self.got) >= count:
            waiter.callback(None)
        else:
            self.waiters.append((count, waiter))
        return waiter

    @property
    def bodies(self) -> list[bytes]:
        return [delivery.body for delivery in self.got]


def bodies(*names: str, priority: int = 0) -> list[Outgoing]:
    return [Outgoing(name.encode(), priority) for name in names]


@pytest_twisted.ensureDeferred
async def test_deliveries_come_in_the_order_of_publication(broker):
    await broker.publish("t", bodies("a", "b", "c"))
    taker = Taker()
    broker.consume("t", taker, 10)
    await taker.have(3)
    assert taker.bodies == [b"a", b"b", b"c"]
    assert [(each.attempt, each.redelivered, each.topic) for each in taker.got] == [(1, False, "t")] * 3


@pytest_twisted.ensureDeferred
async def test_what_is_urgent_overtakes_what_waits(broker):
    await broker.publish("t", bodies("campaign 1", "campaign 2"))
    await broker.publish("t", bodies("otp", priority=3))
    await broker.publish("t", bodies("notice", priority=1))
    taker = Taker()
    broker.consume("t", taker, 1)
    await taker.have(4)
    assert taker.bodies == [b"otp", b"notice", b"campaign 1", b"campaign 2"]


@pytest_twisted.ensureDeferred
async def test_no_more_than_the_prefetch_is_handed_out(broker):
    held: list[Deferred[Fate]] = []

    def hold(_delivery: Delivery) -> Deferred[Fate]:
        held.append(Deferred())
        return held[-1]

    taker = Taker(hold)
    await broker.publish("t", bodies(*"abcde"))
    broker.consume("t", taker, 2)
    await taker.have(2)
    assert taker.bodies == [b"a", b"b"]
    held[0].callback(DONE)
    await taker.have(3)
    assert taker.bodies == [b"a", b"b", b"c"]
    assert broker.depth("t") == 4
    for waiting in held[1:]:
        waiting.callback(DONE)
    await taker.have(5)


@pytest_twisted.ensureDeferred
async def test_depth_counts_what_waits_and_what_is_handed_out(broker, engine):
    await broker.publish("t", bodies("a", "b"))
    await broker.publish("u", bodies("c"))
    assert (broker.depth("t"), broker.depth("u"), broker.depth(), broker.depth("none")) == (2, 1, 3, 0)
    taker = Taker()
    broker.consume("t", taker, 10)
    await taker.have(2)
    await engine.journal.gathering().durable()
    assert (broker.depth("t"), broker.depth()) == (0, 1)


@pytest_twisted.ensureDeferred
async def test_what_is_not_settled_survives_a_restart_and_is_flagged(engine):
    broker = engine.open()
    await broker.publish("t", bodies(*"abcdef"))
    taker = Taker(lambda delivery: DONE if delivery.body == b"a" else Deferred())
    broker.consume("t", taker, 2)
    await taker.have(3)
    broker = await engine.restart()
    assert broker.recovered == 5
    again = Taker()
    broker.consume("t", again, 10)
    await again.have(5)
    assert again.bodies == [b"b", b"c", b"d", b"e", b"f"]
    flagged = [delivery.body for delivery in again.got if delivery.redelivered]
    assert flagged[:2] == [b"b", b"c"]
    assert b"f" not in flagged
    assert broker.recovered_doubtful == len(flagged)


@pytest_twisted.ensureDeferred
async def test_what_was_done_does_not_come_back(engine):
    broker = engine.open()
    await broker.publish("t", bodies("a"))
    taker = Taker()
    broker.consume("t", taker, 1)
    await taker.have(1)
    await engine.journal.gathering().durable()
    broker = await engine.restart()
    assert broker.depth() == 0


@pytest_twisted.ensureDeferred
async def test_done_waits_for_its_writes(broker):
    written: Deferred[None] = Deferred()
    taker = Taker(lambda _delivery: Done((written,)))
    await broker.publish("t", bodies("a", "b"))
    broker.consume("t", taker, 1)
    await taker.have(1)
    assert broker.depth("t") == 2
    written.callback(None)
    await taker.have(2)


@pytest_twisted.ensureDeferred
async def test_a_write_that_fails_brings_the_delivery_back(broker, monkeypatch):
    failing: Deferred[None] = Deferred()
    fates = [Done((failing,)), DONE]
    taker = Taker(lambda _delivery: fates.pop(0))
    monkeypatch.setattr("jasminlike.broker.embedded.SWEEP_SECONDS", 0.02)
    await broker.publish("t", bodies("a"))
    broker.consume("t", taker, 1)
    await taker.have(1)
    failing.errback(RuntimeError("the other store is away"))
    await taker.have(2)
    assert taker.got[1].attempt == 2


@pytest_twisted.ensureDeferred
async def test_a_retry_counts_and_lets_others_go_first(broker, engine):
    fates = {b"a": [Retry(0.05), DONE]}
    taker = Taker(lambda delivery: fates.get(delivery.body, [DONE]).pop(0))
    await broker.publish("t", bodies("a", "b", "c"))
    broker.consume("t", taker, 1)
    await taker.have(4)
    assert taker.bodies == [b"a", b"b", b"c", b"a"]
    assert taker.got[3].attempt == 2


@pytest_twisted.ensureDeferred
async def test_what_went_out_stays_in_doubt_over_a_second_restart(engine):
    broker = engine.open()
    await broker.publish("t", bodies(*"abcdefgh"))
    first = Taker(lambda delivery: Deferred())
    broker.consume("t", first, 6)
    await first.have(6)
    broker = await engine.restart()
    second = Taker(lambda delivery: Deferred())
    broker.consume("t", second, 1)
    await second.have(1)
    broker = await engine.restart()
    third = Taker()
    broker.consume("t", third, 10)
    await third.have(8)
    flagged = [delivery.body for delivery in third.got if delivery.redelivered]
    assert set(flagged) >= {b"a", b"b", b"c", b"d", b"e", b"f"}


@pytest_twisted.ensureDeferred
async def test_a_retry_at_the_front_keeps_its_place(broker):
    fates = {b"a": [Retry(0.0, front=True, in_doubt=True), DONE]}
    taker = Taker(lambda delivery: fates.get(delivery.body, [DONE]).pop(0))
    await broker.publish("t", bodies("a", "b"))
    consumer = broker.consume("t", taker, 1)
    await taker.have(3)
    assert consumer.prefetch == 1
    assert taker.bodies == [b"a", b"a", b"b"]
    assert [each.attempt for each in taker.got] == [1, 2, 1]
    assert [each.redelivered for each in taker.got] == [False, True, False]


@pytest_twisted.ensureDeferred
async def test_a_released_delivery_was_no_attempt(broker):
    fates = [RELEASE, DONE]
    taker = Taker(lambda _delivery: fates.pop(0))
    await broker.publish("t", bodies("a"))
    broker.consume("t", taker, 1)
    await taker.have(2)
    assert [each.attempt for each in taker.got] == [1, 1]


@pytest_twisted.ensureDeferred
async def test_retries_and_doubts_survive_a_restart(engine):
    broker = engine.open()
    taker = Taker(Retry(3600.0, in_doubt=True))
    await broker.publish("t", bodies("a"))
    broker.consume("t", taker, 1)
    await taker.have(1)
    await engine.journal.gathering().durable()
    broker = await engine.restart()
    later = time.time() + 4000
    engine.now = lambda: later
    again = Taker()
    broker.consume("t", again, 1)
    await again.have(1)
    assert (again.got[0].attempt, again.got[0].redelivered) == (2, True)


@pytest_twisted.ensureDeferred
async def test_what_is_parked_waits_for_a_person(engine):
    broker = engine.open()
    taker = Taker(Park("held"))
    await broker.publish("t", bodies("a", "b"))
    broker.consume("t", taker, 2)
    await taker.have(2)
    await engine.journal.gathering().durable()
    assert (broker.depth("t"), broker.parked) == (0, 2)
    broker = await engine.restart()
    assert (broker.depth("t"), broker.parked) == (0, 2)
    again = Taker()
    broker.consume("t", again, 2)
    assert await broker.replay("t") == 2
    await again.have(2)
    assert sorted(again.bodies) == [b"a", b"b"]
    assert broker.parked == 0


@pytest_twisted.ensureDeferred
async def test_a_handler_that_raises_is_tried_again_then_parked(broker, monkeypatch, caplog):
    monkeypatch.setattr("jasminlike.broker.consumer.FIRST_DELAY", 0.001)

    def broken(_delivery: Delivery) -> Fate:
        raise RuntimeError("a bug")

    taker = Taker(broken)
    await broker.publish("t", bodies("a"))
    broker.consume("t", taker, 1)
    await taker.have(5)
    assert [each.attempt for each in taker.got] == [1, 2, 3, 4, 5]
    assert "a bug" in caplog.text
    await broker.publish("u", [])
    assert broker.parked == 1


@pytest_twisted.ensureDeferred
async def test_a_delivery_is_not_due_before_its_time(broker, engine):
    moment = time.time()
    engine.now = lambda: moment
    await broker.publish("t", [Outgoing(b"later", not_before=moment + 60), Outgoing(b"now")])
    taker = Taker()
    broker.consume("t", taker, 5)
    await taker.have(1)
    assert taker.bodies == [b"now"]
    moment += 61
    await taker.have(2)
    assert taker.bodies == [b"now", b"later"]


@pytest_twisted.ensureDeferred
async def test_what_expires_while_it_waits_goes_to_the_expiry_handler(broker, engine):
    expired = Taker()
    broker.on_expired("submit.", expired)
    moment = time.time()
    engine.now = lambda: moment
    await broker.publish("submit.x", [Outgoing(b"short", expires_at=moment + 5), Outgoing(b"long")])
    await broker.publish("other", [Outgoing(b"not asked for", expires_at=moment + 5)])
    moment += 6
    await expired.have(1)
    taker = Taker()
    broker.consume("submit.x", taker, 5)
    await taker.have(1)
    assert (expired.bodies, taker.bodies) == ([b"short"], [b"long"])
    assert broker.depth("other") == 1


@pytest_twisted.ensureDeferred
async def test_more_waits_than_memory_holds_and_comes_in_order(engine, monkeypatch):
    monkeypatch.setattr("jasminlike.broker.lanes.MEMORY", 20)
    monkeypatch.setattr("jasminlike.broker.lanes.LOAD", 10)
    monkeypatch.setattr("jasminlike.broker.embedded.LOAD", 10)
    broker = engine.open()
    for start in range(0, 300, 25):
        await broker.publish("t", [Outgoing(b"%d" % number) for number in range(start, start + 25)])
    taker = Taker()
    broker.consume("t", taker, 7)
    await taker.have(50)
    await broker.publish("t", [Outgoing(b"%d" % number) for number in range(300, 320)])
    await taker.have(320)
    assert [int(body) for body in taker.bodies] == list(range(320))


@pytest_twisted.ensureDeferred
async def test_a_paused_consumer_gets_nothing_until_it_resumes(broker):
    taker = Taker()
    consumer = broker.consume("t", taker, 5)
    consumer.pause()
    await broker.publish("t", bodies("a"))
    assert taker.got == []
    consumer.resume()
    await taker.have(1)


@pytest_twisted.ensureDeferred
async def test_a_stopped_consumer_ends_when_its_deliveries_are_settled(broker):
    held: Deferred[Fate] = Deferred()
    taker = Taker(lambda _delivery: held)
    await broker.publish("t", bodies("a", "b"))
    consumer = broker.consume("t", taker, 1)
    await taker.have(1)
    stopped = consumer.stop()
    assert not stopped.called
    held.callback(DONE)
    await stopped
    other = Taker()
    broker.consume("t", other, 1)
    await other.have(1)
    assert (taker.bodies, other.bodies) == ([b"a"], [b"b"])


@pytest_twisted.ensureDeferred
async def test_a_topic_has_one_consumer(broker):
    broker.consume("t", Taker(), 1)
    with pytest.raises(RuntimeError):
        broker.consume("t", Taker(), 1)


@pytest_twisted.ensureDeferred
async def test_what_moved_elsewhere_is_in_one_queue_whatever_the_disk_does(broker, engine, monkeypatch):
    commit, failures = journal_module._commit, []

    def spoilt(*arguments: Any) -> Any:
        if failures and failures.pop():
            raise journal_module.sqlite3.OperationalError("disk full")
        return commit(*arguments)

    monkeypatch.setattr(journal_module, "_commit", spoilt)

    def move(delivery: Delivery) -> Fate:
        if delivery.attempt == 1:
            failures.append(True)
        return Done((broker.publish("other", bodies("a")),), moved=True)

    await broker.publish("t", bodies("a"))
    mover, taker = Taker(move), Taker()
    broker.consume("t", mover, 1)
    await mover.have(2)
    assert mover.got[1].attempt == 2
    broker.consume("other", taker, 5)
    await taker.have(1)
    await engine.journal.gathering().durable()
    await engine.journal.gathering().durable()
    assert (taker.bodies, broker.depth()) == ([b"a"], 0)


@pytest_twisted.ensureDeferred
async def test_what_moves_after_an_earlier_write_waits_for_it(broker, engine):
    written: Deferred[None] = Deferred()
    fates = [Done((written,), moved=True), DONE]
    taker = Taker(lambda _delivery: fates.pop(0))
    await broker.publish("t", bodies("a"))
    broker.consume("t", taker, 1)
    await taker.have(1)
    written.errback(RuntimeError("not stored"))
    await taker.have(2)
    assert taker.got[1].attempt == 2


@pytest_twisted.ensureDeferred
async def test_a_full_store_is_no_error_of_the_handler(broker, monkeypatch):
    monkeypatch.setattr("jasminlike.broker.consumer.FIRST_DELAY", 0.001)
    monkeypatch.setattr("jasminlike.broker.consumer.LONGEST_DELAY", 0.01)

    def full(delivery: Delivery) -> Fate:
        if delivery.attempt < 8:
            raise GatewayError(STORE_FAILED)
        return DONE

    taker = Taker(full)
    await broker.publish("t", bodies("a"))
    broker.consume("t", taker, 1)
    await taker.have(8)
    assert broker.parked == 0


@pytest_twisted.ensureDeferred
async def test_an_expiry_that_cannot_be_told_yet_is_told_again(broker, engine):
    moment = time.time()
    engine.now = lambda: moment
    fates = [Retry(0.0), DONE]
    expired = Taker(lambda _delivery: fates.pop(0))
    broker.on_expired("submit.", expired)
    await broker.publish("submit.x", [Outgoing(b"short", expires_at=moment + 5)])
    moment += 6
    await expired.have(2)
    assert [each.attempt for each in expired.got] == [1, 2]
    await engine.journal.gathering().durable()
    assert broker.depth() == 0


@pytest_twisted.ensureDeferred
async def test_what_another_consumer_still_holds_does_not_expire(broker, engine):
    moment = time.time()
    engine.now = lambda: moment
    expired, held = Taker(), Taker(lambda _delivery: settles)
    settles: Deferred[Fate] = Deferred()
    broker.on_expired("submit.", expired)
    await broker.publish("submit.x", [Outgoing(b"sent", expires_at=moment + 5)])
    former = broker.consume("submit.x", held, 1)
    await held.have(1)
    former.stop()
    broker.consume("submit.x", Taker(), 1).stop()
    broker.consume("submit.x", Taker(), 1).pause()
    moment += 6
    await broker.publish("submit.x", [Outgoing(b"other", expires_at=moment - 1)])
    await expired.have(1)
    assert expired.bodies == [b"other"]
    settles.callback(DONE)
    await engine.journal.gathering().durable()


@pytest_twisted.ensureDeferred
async def test_what_expired_and_was_parked_can_be_replayed(broker, engine):
    moment = time.time()
    engine.now = lambda: moment
    parked = Taker(Park("unreadable"))
    broker.on_expired("submit.", parked)
    await broker.publish("submit.x", [Outgoing(b"odd", expires_at=moment + 5)])
    moment += 6
    await parked.have(1)
    await engine.journal.gathering().durable()
    assert (broker.parked, broker.depth()) == (1, 0)
    moment -= 6
    assert await broker.replay("submit.x") == 1
    taker = Taker()
    broker.consume("submit.x", taker, 5)
    await taker.have(1)
    await engine.journal.gathering().durable()
    assert (taker.bodies, broker.depth(), broker.parked) == ([b"odd"], 0, 0)


@pytest_twisted.ensureDeferred
async def test_a_refused_commit_leaves_no_trace_in_the_depth(broker, engine, monkeypatch):
    commit, broken = journal_module._commit, [True]

    def spoilt(*arguments: Any) -> Any:
        if broken:
            raise journal_module.sqlite3.OperationalError("disk full")
        return commit(*arguments)

    monkeypatch.setattr(journal_module, "_commit", spoilt)
    first = broker.publish("t", bodies("a", "b"))
    second = broker.publish("u", bodies("c"))
    assert first is second
    with pytest.raises(GatewayError):
        await first
    assert (broker.depth(), broker.depth("t"), broker.depth("u")) == (0, 0, 0)
    broken.clear()
    await broker.publish("t", bodies("d"))
    taker = Taker()
    broker.consume("t", taker, 5)
    await taker.have(1)
    assert taker.bodies == [b"d"]
    assert set(broker.topics()) == {"t", "u"}


@pytest_twisted.ensureDeferred
async def test_two_stops_are_two_answers(broker):
    held: Deferred[Fate] = Deferred()
    taker = Taker(lambda _delivery: held)
    await broker.publish("t", bodies("a"))
    consumer = broker.consume("t", taker, 1)
    await taker.have(1)
    first, second = consumer.stop(), consumer.stop()
    held.callback(DONE)
    await first
    await second
