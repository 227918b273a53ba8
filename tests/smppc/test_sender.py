"""From the queue to the wire: as fast as may be and no faster, and every part gets its fate."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import pytest_twisted
from twisted.internet.defer import Deferred

from jasminlike.fate import RELEASE, Done, Fate, Park, Retry
from jasminlike.interfaces import Delivery
from jasminlike.message.model import HTTP
from jasminlike.pipeline.receipt_ids import IdRule
from jasminlike.smpp import statuses as s
from jasminlike.smpp.errors import EncodeError, NotPermitted, WindowFull
from jasminlike.smpp.pdu import SubmitSm, SubmitSmResp
from jasminlike.smppc.sender import Flight, Sender
from jasminlike.smppc.settings import ConnectorSettings, RetryRule
from jasminlike.stats import SmppcStats
from tests.pipeline.house import House, a_delivery, a_part, after


class Wire:
    """A session that writes down what is sent, or refuses to."""

    def __init__(self) -> None:
        self.sent: list[tuple[SubmitSm, Flight]] = []
        self.writable = True
        self.problem: Exception | None = None

    def request(self, pdu: Any, context: Any) -> int:
        if self.problem is not None:
            raise self.problem
        self.sent.append((pdu, context))
        return len(self.sent)


class Consumer:
    def __init__(self) -> None:
        self.prefetch = 50
        self.paused = False

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def stop(self) -> Any:
        raise AssertionError("the sender stops no consumer")


class Desk:
    """A sender with everything around it in the test's hands."""

    def __init__(self, house: House, **settings: Any) -> None:
        self.house = house
        self.settings = ConnectorSettings(**{"cid": "one", "submit_throughput": 0, "window": 10, **settings})
        self.stats = SmppcStats()
        self.rule = IdRule()
        self.sender = Sender(
            self.settings, house.submitted, house.retries, self.stats, self.rule, house.clock, lambda: house.now
        )
        self.consumer = Consumer()
        self.wire = Wire()
        self.fates: list[Fate] = []

    def bound(self) -> Desk:
        self.sender.attach(self.consumer)
        self.sender.up(self.wire)
        return self

    def handle(self, part: Any = None, **delivery: Any) -> Deferred[Fate]:
        part = part or a_part()
        return self.sender.handle(a_delivery(part, **delivery)).addCallback(self._note)

    def _note(self, fate: Fate) -> Fate:
        self.fates.append(fate)
        return fate

    def answer(self, place: int = 0, status: int = 0, smsc_id: bytes = b"7") -> None:
        flight = self.wire.sent[place][1]
        self.sender.answered(flight, SubmitSmResp(status=status, message_id=b"" if status else smsc_id))


@pytest_twisted.ensureDeferred
async def test_a_part_is_sent_and_done_when_it_is_answered(house):
    desk = Desk(house, dlr_msgid=1).bound()
    part = await house.stored_part()
    fate = desk.handle(part)
    [(pdu, _flight)] = desk.wire.sent
    assert (pdu.short_message, pdu.destination_addr, pdu.registered_delivery) == (b"hello", b"447700900123", 1)
    assert (desk.sender.in_flight, desk.sender.holds_message(part.message), desk.fates) == (1, True, [])
    desk.answer(smsc_id=b"ab12")
    assert isinstance(await after(await fate), Done)
    assert (desk.sender.in_flight, desk.sender.holds_message(part.message)) == (0, False)
    assert (await house.records.find(part.message)).parts[0].smsc_id == "ab12"
    assert (desk.stats.submit_sm_request_count, desk.stats.submit_sm_count) == (1, 1)
    assert (desk.rule.fixed, desk.rule.answers_with_letters) == (1, 1)


@pytest_twisted.ensureDeferred
async def test_a_second_answer_changes_nothing(house):
    desk = Desk(house).bound()
    part = await house.stored_part()
    fate = desk.handle(part)
    desk.answer()
    await fate
    desk.answer(status=s.ESME_RSYSERR)
    assert desk.stats.other_submit_error_count == 0
    assert len(desk.fates) == 1


def test_the_consumer_waits_for_the_bind(house):
    desk = Desk(house)
    desk.sender.attach(desk.consumer)
    assert (desk.consumer.paused, desk.consumer.prefetch) == (True, 10)
    desk.handle()
    assert desk.fates == [RELEASE]
    desk.sender.up(desk.wire)
    assert not desk.consumer.paused
    desk.sender.down([])
    assert desk.consumer.paused


def test_a_sender_without_a_consumer_yet(house):
    desk = Desk(house)
    desk.sender.up(desk.wire)
    desk.sender.attach(desk.consumer)
    assert not desk.consumer.paused


@pytest.mark.parametrize("problem", [NotPermitted("unbinding"), WindowFull("full")])
def test_a_session_that_takes_nothing_now_loses_nothing(house, problem):
    desk = Desk(house).bound()
    desk.wire.problem = problem
    desk.handle()
    assert desk.fates == [RELEASE]
    assert desk.consumer.paused
    desk.sender.down([])
    desk.wire.problem = None
    desk.sender.up(desk.wire)
    assert not desk.consumer.paused


@pytest.mark.parametrize("problem", [EncodeError("submit_sm", "service_type", "is too long"), ValueError("odd")])
@pytest_twisted.ensureDeferred
async def test_what_cannot_be_written_ends_as_failed(house, problem):
    desk = Desk(house).bound()
    desk.wire.problem = problem
    part = await house.stored_part()
    await after(await desk.handle(part))
    view = await house.records.find(part.message)
    assert (view.state, view.reason, view.error) == ("failed", "bad_part", str(problem))
    assert desk.sender.in_flight == 0


def test_what_cannot_be_read_is_kept_aside(house):
    desk = Desk(house).bound()
    broken = Delivery("submit.sm.one", b"\x09", 1, 0, 1, False)
    desk.sender.handle(broken).addCallback(desk.fates.append)
    assert isinstance(desk.fates[0], Park)
    assert "unreadable" in desk.fates[0].reason


@pytest_twisted.ensureDeferred
async def test_what_expired_is_not_sent(house):
    desk = Desk(house).bound()
    part = await house.stored_part(expires_at=house.now)
    await after(await desk.handle(part))
    assert desk.wire.sent == []
    assert (await house.records.find(part.message)).state == "expired"


# --- pace ----------------------------------------------------------------------------------------------------------


def test_the_throughput_of_the_connector(house):
    desk = Desk(house, submit_throughput=2).bound()
    desk.handle()
    assert (len(desk.wire.sent), desk.consumer.paused) == (1, True)
    desk.handle()
    assert (len(desk.wire.sent), desk.fates) == (1, [RELEASE])
    house.clock.advance(0.4)
    assert desk.consumer.paused
    house.clock.advance(0.11)
    assert not desk.consumer.paused
    desk.handle()
    assert len(desk.wire.sent) == 2


def test_a_fast_connector_sends_a_little_ahead(house):
    desk = Desk(house, submit_throughput=100).bound()
    for _ in range(20):
        desk.handle()
    assert len(desk.wire.sent) == 10
    assert desk.fates == [RELEASE] * 10


def test_another_throughput_counts_at_once(house):
    desk = Desk(house, submit_throughput=0.001).bound()
    desk.handle()
    assert desk.consumer.paused
    desk.sender.configure(msgspec.structs.replace(desk.settings, submit_throughput=0, window=20))
    assert (desk.consumer.paused, desk.consumer.prefetch) == (False, 20)
    desk.handle()
    assert len(desk.wire.sent) == 2


def test_an_operator_who_does_not_read(house):
    desk = Desk(house).bound()
    desk.wire.writable = False
    desk.handle()
    assert desk.consumer.paused
    desk.sender.writable()
    assert not desk.consumer.paused
    desk.handle()
    desk.sender.down([])
    desk.wire.writable = True
    desk.sender.up(desk.wire)
    assert not desk.consumer.paused


@pytest_twisted.ensureDeferred
async def test_a_throttled_connector_pauses_and_goes_on_carefully(house):
    desk = Desk(house).bound()
    for number in range(5):
        desk.handle(a_part(payload=b"%d" % number), sequence=number + 1)
    for place in range(5):
        desk.answer(place, s.ESME_RTHROTTLED)
    assert desk.fates == [RELEASE] * 5
    assert (desk.consumer.paused, desk.consumer.prefetch) == (True, 1)
    assert (desk.stats.throttling_error_count, desk.sender.in_flight) == (5, 0)
    house.clock.advance(0.9)
    assert desk.consumer.paused
    house.clock.advance(0.2)
    assert not desk.consumer.paused
    part = await house.stored_part()
    for place in range(5, 65):
        desk.handle(part)
        desk.answer(place)
    assert desk.consumer.prefetch == 10


def test_the_operators_rule_bounds_the_pause(house):
    desk = Desk(house, retry=(RetryRule("ESME_RTHROTTLED", 20, 0.25),)).bound()
    desk.handle()
    desk.answer(0, s.ESME_RTHROTTLED)
    house.clock.advance(0.26)
    assert not desk.consumer.paused


@pytest_twisted.ensureDeferred
async def test_an_error_is_judged_by_the_table(house):
    desk = Desk(house).bound()
    part = await house.stored_part()
    fate = desk.handle(part)
    desk.answer(0, s.ESME_RSYSERR)
    assert await fate == Retry(30)
    assert desk.stats.other_submit_error_count == 1
    fate = desk.handle(part, attempt=2)
    desk.answer(1, s.ESME_RSYSERR)
    assert isinstance(await after(await fate), Done)
    assert (await house.records.find(part.message)).state == "rejected"


# --- doubt ---------------------------------------------------------------------------------------------------------


@pytest_twisted.ensureDeferred
async def test_a_lost_link_leaves_what_was_sent_in_doubt(house):
    desk = Desk(house).bound()
    part = await house.stored_part()
    fate = desk.handle(part)
    desk.sender.down([desk.wire.sent[0][1]])
    assert await fate == Retry(0.0, front=True, in_doubt=True)
    assert (desk.stats.in_doubt_count, desk.sender.in_flight) == (1, 0)


@pytest_twisted.ensureDeferred
async def test_silence_and_a_late_answer(house):
    desk = Desk(house, requeue_delay=100).bound()
    part = await house.stored_part()
    fate = desk.handle(part)
    desk.sender.overdue(desk.wire.sent[0][1])
    house.clock.advance(99)
    desk.answer()
    assert isinstance(await after(await fate), Done)
    assert not house.clock.getDelayedCalls()


@pytest_twisted.ensureDeferred
async def test_silence_for_too_long(house):
    desk = Desk(house, requeue_delay=100).bound()
    part = await house.stored_part()
    fate = desk.handle(part)
    desk.sender.overdue(desk.wire.sent[0][1])
    house.clock.advance(101)
    assert await fate == Retry(0.0, front=True, in_doubt=True)
    desk.answer()
    assert len(desk.fates) == 1


@pytest_twisted.ensureDeferred
async def test_what_is_overdue_when_the_link_goes_is_given_up(house):
    desk = Desk(house, requeue_delay=100).bound()
    overdue = desk.handle(await house.stored_part())
    desk.sender.overdue(desk.wire.sent[0][1])
    desk.sender.down([])
    assert await overdue == Retry(0.0, front=True, in_doubt=True)
    assert not house.clock.getDelayedCalls()


@pytest_twisted.ensureDeferred
async def test_a_refusal_that_comes_late_is_no_doubt(house):
    """While its end is being written its time runs out: nothing more comes of that."""
    desk = Desk(house, requeue_delay=100).bound()
    part = await house.stored_part()
    fate = desk.handle(part)
    desk.sender.overdue(desk.wire.sent[0][1])
    desk.answer(0, s.ESME_RINVDSTADR)
    house.clock.advance(101)
    assert isinstance(await after(await fate), Done)
    assert (await house.records.find(part.message)).state == "rejected"
    assert part.door == HTTP


@pytest.mark.parametrize(("policy", "state"), [("fail", "unknown"), ("hold", "queued")])
@pytest_twisted.ensureDeferred
async def test_the_connectors_rule_for_doubt(house, policy, state):
    desk = Desk(house, in_doubt=policy).bound()
    part = await house.stored_part()
    fate = desk.handle(part)
    desk.sender.down([desk.wire.sent[0][1]])
    outcome = await after(await fate)
    assert isinstance(outcome, Done if policy == "fail" else Park)
    assert (await house.records.find(part.message)).state == state
