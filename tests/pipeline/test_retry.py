"""What follows when an operator refuses or is silent."""

from __future__ import annotations

import msgspec
import pytest
import pytest_twisted

from jasminlike import topics
from jasminlike.errors import BAD_PART, CONNECTOR_REMOVED
from jasminlike.fate import RELEASE, Done, Park, Retry
from jasminlike.interfaces import Outgoing
from jasminlike.message import envelope
from jasminlike.message.model import SMPP, Part, ReceiptWish
from jasminlike.pipeline import retry
from jasminlike.pipeline.ending import receipt_state
from jasminlike.pipeline.verdict import Action, Verdict
from tests.contract.test_broker import Taker
from tests.pipeline.house import ALL, House, a_delivery, a_submission, after

SYSERR, THROTTLED = "ESME_RSYSERR", "ESME_RTHROTTLED"


async def refused(house: House, part, verdict: Verdict, status: str = SYSERR, **delivery):
    return await after(await house.retries.refused(part, a_delivery(part, **delivery), status, verdict))


@pytest_twisted.ensureDeferred
async def test_it_is_tried_again_after_a_delay(house):
    part = await house.stored_part()
    verdict = Verdict(Action.RETRY, 2, 30.0)
    assert await refused(house, part, verdict) == Retry(30.0)
    await house.durable()
    view = await house.records.find(part.message)
    assert (view.state, view.final, view.parts[0].error) == ("queued", False, SYSERR)
    assert house.logged == [("refused", part.message, SYSERR, 1, True)]
    assert house.told.notes == []


@pytest_twisted.ensureDeferred
async def test_as_often_as_may_be_and_then_it_ends(house):
    part = await house.stored_part()
    fate = await refused(house, part, Verdict(Action.RETRY, 2, 30.0), attempt=2)
    assert isinstance(fate, Done)
    view = await house.records.find(part.message)
    assert (view.state, view.final, view.error, view.reason) == ("rejected", True, SYSERR, "retries_exhausted")
    assert house.logged == [("refused", part.message, SYSERR, 2, False)]
    assert sorted(house.told.notes) == [("answered", part.message, SYSERR), ("ended", part.message, "REJECTD")]
    assert house.stats.gateway.rejected_count == 1
    assert house.broker.depth("told") == 2


@pytest_twisted.ensureDeferred
async def test_a_refusal_for_good(house):
    part = await house.stored_part()
    await refused(house, part, Verdict(Action.FAIL), "ESME_RINVDSTADR")
    view = await house.records.find(part.message)
    assert (view.state, view.error, view.reason) == ("rejected", "ESME_RINVDSTADR", "smsc_rejected")


@pytest_twisted.ensureDeferred
async def test_a_throttled_part_keeps_its_place_and_its_attempts(house):
    part = await house.stored_part()
    verdict = Verdict(Action.PAUSE, 3, 30.0)
    assert await refused(house, part, verdict, THROTTLED, sequence=9) is RELEASE
    assert await refused(house, part, verdict, THROTTLED, sequence=9) is RELEASE
    assert await refused(house, part, Verdict(Action.RETRY, 2, 5.0), SYSERR, sequence=9) == Retry(5.0)
    fate = await refused(house, part, verdict, THROTTLED, sequence=9)
    assert isinstance(fate, Done)
    assert (await house.records.find(part.message)).reason == "retries_exhausted"
    assert await refused(house, part, verdict, THROTTLED, sequence=10) is RELEASE


@pytest_twisted.ensureDeferred
async def test_what_is_known_of_throttled_parts_is_bounded(house, monkeypatch):
    monkeypatch.setattr(retry, "THROTTLES_KNOWN", 2)
    part = await house.stored_part()
    verdict = Verdict(Action.PAUSE, 2)
    for sequence in (1, 2, 3):
        assert await refused(house, part, verdict, THROTTLED, sequence=sequence) is RELEASE
    assert await refused(house, part, verdict, THROTTLED, sequence=1) is RELEASE
    assert isinstance(await refused(house, part, verdict, THROTTLED, sequence=3), Done)


@pytest.mark.parametrize("verdict", [Verdict(Action.FAIL_OVER), Verdict(Action.RETRY, 1), Verdict(Action.PAUSE, 1)])
@pytest_twisted.ensureDeferred
async def test_the_next_connector_of_the_plan_that_exists(house, verdict):
    part = await house.stored_part(others=("gone", "two", "three"), priority=2, expires_at=house.now + 60)
    fate = await refused(house, part, verdict)
    assert isinstance(fate, Done)
    assert fate.moved
    assert house.logged == [("refused", part.message, SYSERR, 1, True)]
    assert house.told.notes == []
    [moved] = await house.queued("two", 1)
    assert moved == msgspec.structs.replace(part, connector="two", others=("three",))


@pytest_twisted.ensureDeferred
async def test_a_refusal_for_good_is_not_tried_elsewhere(house):
    part = await house.stored_part(others=("two",))
    await refused(house, part, Verdict(Action.FAIL))
    assert (await house.records.find(part.message)).state == "rejected"
    assert house.broker.depth(topics.submit("two")) == 0


@pytest_twisted.ensureDeferred
async def test_a_plan_at_its_end(house):
    part = await house.stored_part(others=("gone",))
    await refused(house, part, Verdict(Action.FAIL_OVER))
    assert (await house.records.find(part.message)).reason == "smsc_rejected"


@pytest_twisted.ensureDeferred
async def test_a_move_that_is_not_stored_did_not_happen(house, broken_disk):
    """It is in one of the two queues, whatever the disk does."""
    part = await house.stored_part(others=("two",))
    await house.broker.publish(topics.submit("one"), [Outgoing(envelope.encode(part))])
    breaking = broken_disk(house.engine.journal)

    def move(delivery):
        moving = house.retries.refused(part, delivery, SYSERR, Verdict(Action.FAIL_OVER))
        if len(taker.got) == 1:
            breaking.__enter__()
            writing = house.engine.journal.gathering().durable()
            writing.addErrback(lambda _failure: breaking.__exit__(None, None, None))
        return moving

    taker = Taker(move)
    house.broker.consume(topics.submit("one"), taker, 1)
    await taker.have(1)
    while len(taker.got) == 1:
        house.now += 60
        await house.swept()
    [moved] = await house.queued("two", 1)
    assert (moved.message, moved.connector) == (part.message, "two")
    await house.restart()
    assert (house.broker.depth(topics.submit("one")), house.broker.depth(topics.submit("two"))) == (0, 1)


@pytest_twisted.ensureDeferred
async def test_held_for_a_person(house):
    part = await house.stored_part()
    assert await refused(house, part, Verdict(Action.HOLD)) == Park("held")
    held = await house.retries.in_doubt(part, a_delivery(part), Verdict(Action.HOLD))
    assert held == Park("in_doubt")
    assert not (await house.records.find(part.message)).final


@pytest_twisted.ensureDeferred
async def test_in_doubt_it_is_sent_again_and_flagged(house):
    part = await house.stored_part()
    verdict = Verdict(Action.RETRY, 5)
    fate = await house.retries.in_doubt(part, a_delivery(part, redelivered=True), verdict)
    assert fate == Retry(0.0, front=True, in_doubt=True)
    later = await house.retries.in_doubt(part, a_delivery(part), Verdict(Action.RETRY, 5, 2.0))
    assert later == Retry(2.0, front=False, in_doubt=True)
    await house.durable()
    view = await house.records.find(part.message)
    assert (view.state, view.parts[0].error, view.parts[0].redelivered) == ("queued", "in_doubt", True)


@pytest.mark.parametrize(("verdict", "attempt"), [(Verdict(Action.RETRY, 5), 5), (Verdict(Action.FAIL), 1)])
@pytest_twisted.ensureDeferred
async def test_what_stays_in_doubt_ends_as_unknown(house, verdict, attempt):
    part = await house.stored_part()
    await after(await house.retries.in_doubt(part, a_delivery(part, attempt=attempt), verdict))
    view = await house.records.find(part.message)
    assert (view.state, view.final, view.reason, view.error) == ("unknown", True, "in_doubt", "")
    assert sorted(house.told.notes) == [
        ("answered", part.message, "ESME_RUNKNOWNERR"),
        ("ended", part.message, "UNKNOWN"),
    ]


@pytest_twisted.ensureDeferred
async def test_what_will_never_go(house):
    part = await house.stored_part()
    delivery = a_delivery(part)
    await after(await house.retries.impossible(part, delivery, BAD_PART, "removed", "submit_sm: too long"))
    view = await house.records.find(part.message)
    assert (view.state, view.reason, view.error) == ("failed", "bad_part", "submit_sm: too long")
    assert ("ended", part.message, "UNDELIV") in house.told.notes
    assert house.stats.gateway.failed_count == 1


# --- the end -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("door", "wish", "kinds"),
    [
        ("httpapi", ReceiptWish(1, "u"), ["answered"]),
        ("httpapi", ReceiptWish(2, "u"), ["ended"]),
        ("httpapi", ALL, ["answered", "ended"]),
        (SMPP, ReceiptWish(registered_delivery=1), ["ended"]),
    ],
)
@pytest_twisted.ensureDeferred
async def test_who_is_told_how(house, door, wish, kinds):
    part = await house.stored_part(door=door, receipt=wish)
    await after(await house.retries.impossible(part, a_delivery(part), CONNECTOR_REMOVED, "removed", ""))
    assert sorted(note[0] for note in house.told.notes) == kinds


@pytest_twisted.ensureDeferred
async def test_of_several_parts_only_the_last_end_is_told(house):
    first = await house.stored_part(total=2)
    second = msgspec.structs.replace(first, number=2)
    assert await refused(house, first, Verdict(Action.FAIL)) == Done()
    assert house.told.notes == []
    assert not (await house.records.find(first.message)).final
    await refused(house, second, Verdict(Action.FAIL), "0x00000400")
    assert ("answered", first.message, "0x00000400") in house.told.notes
    again = await house.retries.refused(second, a_delivery(second), SYSERR, Verdict(Action.FAIL))
    assert again == Done()
    assert house.stats.gateway.rejected_count == 1


def test_states_as_receipts_say_them():
    assert [receipt_state(state) for state in ("delivered", "expired", "failed", "sent")] == [
        "DELIVRD",
        "EXPIRED",
        "UNDELIV",
        "UNKNOWN",
    ]


# --- validity ------------------------------------------------------------------------------------------------------


@pytest_twisted.ensureDeferred
async def test_what_expires_while_it_waits_ends_as_expired(house):
    accepted = await house.intake.accept(a_submission(validity_minutes=1, receipt=ALL))
    house.now += 61
    assert sorted(await house.got("told", 2)) == [b"ESME_RUNKNOWNERR", b"EXPIRED"]
    view = await house.records.find(accepted.id)
    assert (view.state, view.reason) == ("expired", "expired_in_queue")
    await house.durable()
    assert house.broker.depth(topics.submit("one")) == 0
    assert house.stats.gateway.expired_count == 1


@pytest_twisted.ensureDeferred
async def test_an_end_that_cannot_be_stored_is_tried_until_it_can(house, broken_disk, monkeypatch):
    monkeypatch.setattr("jasminlike.broker.consumer.FIRST_DELAY", 0.01)
    accepted = await house.intake.accept(a_submission(validity_minutes=1, receipt=ALL))
    tries = []
    conclude = house.records.conclude

    def watched(change, event):
        tries.append(event)
        if len(tries) == 7:
            breaking.__exit__(None, None, None)
        return conclude(change, event)

    monkeypatch.setattr(house.records, "conclude", watched)
    breaking = broken_disk(house.engine.journal)
    breaking.__enter__()
    house.now += 61
    while len(tries) < 7:
        house.now += 1
        await house.swept()
    assert sorted(await house.got("told", 2)) == [b"ESME_RUNKNOWNERR", b"EXPIRED"]
    assert house.broker.parked == 0
    assert (await house.records.find(accepted.id)).state == "expired"


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_read_is_kept_aside(house):
    await house.broker.publish(topics.submit("one"), [Outgoing(b"\x09?", expires_at=house.now + 1)])
    house.now += 2
    while not house.broker.parked:
        await house.swept()
    assert house.broker.depth() == 0
    with pytest.raises(envelope.UnknownEnvelope):
        envelope.decode(b"\x09?", Part)
