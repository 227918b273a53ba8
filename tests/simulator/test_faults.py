"""Every fault the simulator can be asked for, seen from the far end; and that chance repeats itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import pytest_twisted

from jasminlike.simulator.faults import Chances
from jasminlike.simulator.settings import SimulatorSettings
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses as s
from jasminlike.smpp.pdu import EnquireLink
from tests.simulator.conftest import World
from tests.simulator.esme import Esme, message


def texts(esme: Esme) -> list[bytes]:
    """The texts of the messages in the order in which they were answered."""
    return [event.context.short_message for event in esme.events if isinstance(event, e.Answered)]


# -- limits


@pytest_twisted.ensureDeferred
async def test_a_window_too_wide_is_refused(world: World) -> None:
    simulator = await world.simulator(window_limit=3, answer_delay=50)
    esme = await world.bound(simulator)
    esme.submit(*[message() for _ in range(5)])
    await simulator.until(lambda: simulator.counts.received == 5)
    await world.pass_time(0.05)
    assert Counter(answer.status for answer in await esme.answered(5)) == {0: 3, s.ESME_RMSGQFUL: 2}
    esme.submit(*[message() for _ in range(3)])
    await simulator.until(lambda: simulator.counts.received == 8)
    await world.pass_time(0.05)
    assert [answer.status for answer in (await esme.answered(8))[5:]] == [0, 0, 0]


@pytest_twisted.ensureDeferred
async def test_a_window_counts_even_when_answers_are_quick(world: World) -> None:
    simulator = await world.simulator(window_limit=3, window_status="ESME_RTHROTTLED")
    esme = await world.bound(simulator)
    esme.submit(*[message() for _ in range(5)])
    assert [answer.status for answer in await esme.answered(5)] == [0, 0, 0, s.ESME_RTHROTTLED, s.ESME_RTHROTTLED]


@pytest_twisted.ensureDeferred
async def test_more_than_the_throughput_is_throttled(world: World) -> None:
    simulator = await world.simulator(throughput=10)
    esme = await world.bound(simulator)
    accepted = 0
    for _ in range(20):
        before = len(esme.answers)
        esme.submit(message(), message())
        accepted += [answer.status for answer in (await esme.answered(before + 2))[before:]].count(0)
        await world.pass_time(0.1)
    assert 20 <= accepted <= 21
    assert {answer.status for answer in esme.answers} == {0, s.ESME_RTHROTTLED}


@pytest_twisted.ensureDeferred
async def test_sessions_are_counted_for_each_system_id(world: World) -> None:
    simulator = await world.simulator(max_sessions=2)
    await world.bound(simulator)
    leaving = await world.bound(simulator)
    third = await world.esme().bind(simulator.port)
    assert third.refused == s.ESME_RALYBND
    await world.bound(simulator, system_id="another")
    leaving.protocol.unbind()
    await simulator.until(lambda: len(simulator.sessions) == 2)
    await world.bound(simulator)


@pytest_twisted.ensureDeferred
async def test_who_may_bind_can_be_said(world: World) -> None:
    simulator = await world.simulator(system_id="me", password="right")
    assert (await world.esme().bind(simulator.port, system_id="you", password="right")).refused == s.ESME_RINVSYSID
    assert (await world.esme().bind(simulator.port, system_id="me", password="wrong")).refused == s.ESME_RINVPASWD
    await world.bound(simulator, system_id="me", password="right")
    assert simulator.stats()["binds_refused"] == {"ESME_RINVSYSID": 1, "ESME_RINVPASWD": 1}


@pytest_twisted.ensureDeferred
async def test_the_first_binds_can_be_refused(world: World) -> None:
    simulator = await world.simulator(refuse_first=2, refuse_status="ESME_RSYSERR")
    for _ in range(2):
        assert (await world.esme().bind(simulator.port)).refused == s.ESME_RSYSERR
    await world.bound(simulator)


@pytest_twisted.ensureDeferred
async def test_a_share_of_binds_can_be_refused(world: World) -> None:
    simulator = await world.simulator(refuse_share=0.5)
    found = [(await world.esme().bind(simulator.port)).refused for _ in range(20)]
    assert set(found) == {None, s.ESME_RBINDFAIL}


# -- answers


@pytest_twisted.ensureDeferred
async def test_throttling_comes_in_bursts(world: World) -> None:
    simulator = await world.simulator(throttle_share="5%", throttle_burst=4)
    esme = await world.bound(simulator)
    esme.submit(*[message() for _ in range(200)])
    statuses = [answer.status for answer in await esme.answered(200)]
    assert set(statuses) == {0, s.ESME_RTHROTTLED}
    runs = "".join("t" if status else "." for status in statuses).strip("t").split(".")
    lengths = {len(run) for run in runs if run}
    assert lengths
    assert all(length % 4 == 0 for length in lengths)
    assert simulator.counts.faults["throttle_share"] == len(statuses) - statuses.count(0)
    assert simulator.counts.accepted == statuses.count(0)


@pytest_twisted.ensureDeferred
async def test_errors_have_the_statuses_asked_for(world: World) -> None:
    simulator = await world.simulator(error_share=0.3, error_status="ESME_RSYSERR:3,0x00000402:1")
    esme = await world.bound(simulator)
    esme.submit(*[message() for _ in range(300)])
    found = Counter(answer.status for answer in await esme.answered(300))
    assert set(found) == {0, s.ESME_RSYSERR, 0x402}
    assert found[s.ESME_RSYSERR] > found[0x402]
    assert 60 <= 300 - found[0] <= 120
    await world.pass_time(1)
    await esme.delivered(found[0])
    assert simulator.counts.receipts == found[0]


@pytest_twisted.ensureDeferred
async def test_answers_take_their_time(world: World) -> None:
    simulator = await world.simulator(answer_delay="100-300", receipt_delay=0)
    esme = await world.bound(simulator)
    esme.submit(*[message(b"%d" % n) for n in range(20)])
    await simulator.until(lambda: simulator.counts.received == 20)
    await world.pass_time(0.099)
    assert not simulator.counts.receipts
    await world.pass_time(0.101)
    await esme.until(lambda: esme.answers)
    await world.pass_time(0.1)
    await esme.answered(20)
    assert texts(esme) != [b"%d" % n for n in range(20)]  # each took another time
    await esme.delivered(20)


@pytest_twisted.ensureDeferred
async def test_late_answers_come_late_and_the_others_do_not_wait(world: World) -> None:
    simulator = await world.simulator(late_share=0.5, late_delay=70_000)
    esme = await world.bound(simulator)
    esme.submit(*[message() for _ in range(20)])
    await simulator.until(lambda: simulator.counts.received == 20)
    late = simulator.counts.faults["late_share"]
    assert 0 < late < 20
    assert len(await esme.answered(20 - late)) == 20 - late
    await world.pass_time(70)
    await esme.answered(20)


@pytest_twisted.ensureDeferred
async def test_lost_answers_never_come_but_their_receipts_do(world: World) -> None:
    simulator = await world.simulator(lost_share=0.5)
    esme = await world.bound(simulator)
    esme.submit(*[message() for _ in range(20)])
    await simulator.until(lambda: simulator.counts.received == 20)
    lost = simulator.counts.faults["lost_share"]
    assert 0 < lost < 20
    await world.pass_time(100)
    await esme.delivered(20)
    assert len(esme.answers) == 20 - lost
    assert esme.protocol.session.outstanding == lost


@pytest_twisted.ensureDeferred
async def test_answers_can_come_twice(world: World) -> None:
    simulator = await world.simulator(duplicate_share=1)
    esme = await world.bound(simulator)
    esme.submit(message(), message())
    one, again, two, _ = await esme.answered(4)
    assert one == again
    assert two != one
    assert [event.duplicate for event in esme.events if isinstance(event, e.Unsolicited)] == [True, True]


@pytest_twisted.ensureDeferred
async def test_answers_can_overtake_each_other(world: World) -> None:
    simulator = await world.simulator(reorder_share=0.3, reorder_hold=100)
    esme = await world.bound(simulator)
    sent = [b"%d" % n for n in range(50)]
    esme.submit(*[message(text) for text in sent])
    await simulator.until(lambda: simulator.counts.received == 50)
    await world.pass_time(0.1)
    await esme.answered(50)
    assert texts(esme) != sent
    assert sorted(texts(esme)) == sorted(sent)
    assert [each.text().encode() for each in simulator.messages] == sent


@pytest_twisted.ensureDeferred
async def test_a_held_answer_goes_when_none_follows(world: World) -> None:
    simulator = await world.simulator(reorder_share=1, reorder_hold=100)
    esme = await world.bound(simulator)
    esme.submit(message())
    await simulator.until(lambda: simulator.counts.received == 1)
    await world.pass_time(0.0625)  # binary fractions: sums of them are exact
    await _settled(simulator, esme)
    assert esme.answers == []
    await world.pass_time(0.0625)
    await esme.answered(1)


# -- receipts


@pytest_twisted.ensureDeferred
async def test_a_receipt_can_come_before_the_answer(world: World) -> None:
    simulator = await world.simulator(receipt_first_share=1)
    esme = await world.bound(simulator)
    esme.submit(message())
    await esme.answered(1)
    kinds = [type(event) for event in esme.events if isinstance(event, (e.Received, e.Answered))]
    assert kinds == [e.Received, e.Answered]
    await world.pass_time(10)
    assert simulator.counts.receipts == 1


@pytest_twisted.ensureDeferred
async def test_a_receipt_can_come_twice(world: World) -> None:
    simulator = await world.simulator(receipt_twice_share=1)
    esme = await world.bound(simulator)
    esme.submit(message())
    await esme.answered(1)
    await world.pass_time(1)
    one, two = await esme.delivered(2)
    assert one.short_message == two.short_message
    assert one.sequence != two.sequence


# -- connections


@pytest_twisted.ensureDeferred
async def test_a_connection_is_cut_at_every_nth_message(world: World) -> None:
    simulator = await world.simulator(disconnect_every=5)
    esme = await world.bound(simulator)
    esme.submit(*[message(b"%d" % n) for n in range(8)])
    await esme.until(lambda: esme.lost is not None)
    assert [each.text() for each in simulator.messages] == ["0", "1", "2", "3", "4"]
    assert texts(esme) == [b"0", b"1", b"2", b"3"]
    assert [each.context.short_message for each in esme.in_doubt] == [b"4", b"5", b"6", b"7"]
    again = await world.bound(simulator)
    await world.pass_time(1)
    await again.delivered(5)  # also of the message that was never answered


@pytest_twisted.ensureDeferred
async def test_unbind_comes_after_so_many_messages(world: World) -> None:
    simulator = await world.simulator(unbind_every=2)
    esme = await world.bound(simulator)
    esme.submit(message(), message())
    await esme.until(lambda: esme.lost is not None)
    assert len(esme.answers) == 2
    assert [event.by_peer for event in esme.events if isinstance(event, e.Unbound)] == [True]


@pytest_twisted.ensureDeferred
async def test_after_so_many_messages_there_is_silence(world: World) -> None:
    simulator = await world.simulator(silence_after=3, enquire_link=30)
    esme = await world.bound(simulator)
    esme.submit(*[message() for _ in range(5)])
    await esme.answered(3)
    esme.submit(message())
    esme.protocol.request(EnquireLink())
    other = await world.bound(simulator)  # by now the first one's messages have come, and were not heard
    other.submit(message())
    await other.answered(1)
    for _ in range(5):
        await world.pass_time(40)  # it is not asked for a sign of life either
        await _settled(simulator, other)
    assert (len(esme.answers), esme.deliveries, simulator.counts.received) == (3, [], 4)
    assert (len(esme.chunks), esme.lost) == (2, None)


@pytest_twisted.ensureDeferred
async def test_after_so_many_messages_there_is_garbage(world: World) -> None:
    simulator = await world.simulator(garbage_after=2)
    esme = await world.bound(simulator)
    esme.submit(message(), message())
    await esme.until(lambda: esme.lost is not None)
    assert len(esme.answers) == 2
    end = esme.protocol.session.end
    assert isinstance(end, e.LinkDead)
    assert end.cause == e.STREAM


@pytest_twisted.ensureDeferred
async def test_garbage_comes_even_when_the_answers_take_longer(world: World) -> None:
    simulator = await world.simulator(garbage_after=1, answer_delay=1000)
    esme = await world.bound(simulator)
    esme.submit(message())
    await esme.until(lambda: esme.lost is not None)
    assert esme.answers == []


@pytest_twisted.ensureDeferred
async def test_everything_can_come_in_crumbs(world: World) -> None:
    simulator = await world.simulator(clock=world.reactor, crumbs=True, receipt_delay=0)
    esme = await world.bound(simulator)
    esme.submit(message(), message())
    await esme.delivered(2)
    assert len(esme.answers) == 2
    assert max(map(len, esme.chunks)) < 16  # never as much as one header
    esme.protocol.unbind()
    await esme.until(lambda: esme.lost is not None)
    assert esme.protocol.session.end == e.Unbound(by_peer=False)  # the last crumb came too


@pytest_twisted.ensureDeferred
async def test_what_is_written_within_a_while_can_be_glued(world: World) -> None:
    simulator = await world.simulator(receipt_delay=10)
    esme = await world.bound(simulator)
    simulator.change(glue=50)
    before = len(esme.chunks)
    esme.submit(message())
    await simulator.until(lambda: simulator.counts.received == 1)
    await world.pass_time(0.01)
    esme.submit(message())
    await simulator.until(lambda: simulator.counts.received == 2)
    await world.pass_time(0.035)
    assert len(esme.chunks) == before
    await world.pass_time(0.01)
    await esme.delivered(2)
    assert len(esme.chunks) == before + 1
    assert len(esme.answers) == 2


@pytest_twisted.ensureDeferred
async def test_deliveries_can_be_glued_to_the_bind_resp(world: World) -> None:
    simulator = await world.simulator(deliver_at_bind=2)
    esme = await world.bound(simulator)
    assert [pdu.short_message for pdu in esme.deliveries] == [b"Hello 1", b"Hello 2"]
    assert len(esme.chunks) == 1


@pytest_twisted.ensureDeferred
async def test_deliveries_are_not_glued_to_the_bind_resp_unasked(world: World) -> None:
    simulator = await world.simulator()
    simulator.send_incoming("4917", "12345", "waiting")
    esme = await world.bound(simulator)
    assert esme.deliveries == []
    await world.pass_time(0)
    await esme.delivered(1)


@pytest_twisted.ensureDeferred
async def test_half_open_connections_are_never_answered(world: World) -> None:
    simulator = await world.simulator(half_open=True)
    esme = await world.esme().connect(simulator.port)
    esme.protocol.request(EnquireLink())
    await simulator.until(lambda: len(simulator.deaf) == 1)
    simulator.change(half_open=False)
    await world.bound(simulator)
    assert esme.chunks == []
    assert esme.lost is None
    assert simulator.drop_all() == 2
    await esme.until(lambda: esme.lost is not None)


# -- chance

EVERYTHING = {
    "answer_delay": "0-100",
    "throttle_share": 0.05,
    "throttle_burst": 3,
    "error_share": 0.1,
    "error_status": "ESME_RSYSERR:1,ESME_RSUBMITFAIL:1",
    "late_share": 0.1,
    "late_delay": "500-1500",
    "lost_share": 0.05,
    "duplicate_share": 0.1,
    "reorder_share": 0.1,
    "receipt_delay": "10-2000",
    "receipt_states": "DELIVRD:8,UNDELIV:1,EXPIRED/045:1",
    "receipt_first_share": 0.1,
    "receipt_twice_share": 0.1,
    "disconnect_every": 60,
}


async def _one_run(world: World, seed: int) -> list[Any]:
    """What an ESME sees of 100 messages on two connections, one after another."""
    simulator = await world.simulator(seed=seed, redeliver=0, **EVERYTHING)
    seen: list[Any] = []
    for _ in range(2):
        esme = await world.bound(simulator)
        before = simulator.counts.received
        esme.submit(*[message(b"%d" % n) for n in range(50)])
        await simulator.until(lambda before=before: simulator.counts.received == before + 50)
        for _ in range(50):
            await world.pass_time(0.1)
            await _settled(simulator, esme)
        seen.append([(pdu.sequence, pdu.status, getattr(pdu, "message_id", b"")) for pdu in esme.answers])
        seen.append([(pdu.sequence, pdu.short_message[:13], pdu.tlvs) for pdu in esme.deliveries])
    seen.append(simulator.stats()["faults"])
    return seen


async def _settled(simulator: Any, esme: Esme) -> None:
    """All that the simulator has sent has come: a question about the link comes back last."""
    received = simulator.sessions[-1].session.counters
    before = received.enquire_links_received, len(esme.chunks)
    esme.protocol.request(EnquireLink())
    await esme.until(lambda: received.enquire_links_received > before[0] and len(esme.chunks) > before[1])


@pytest_twisted.ensureDeferred
async def test_a_run_repeats_with_its_seed(world: World) -> None:
    first, second, other = [await _one_run(world, seed) for seed in (1, 1, 2)]
    assert first == second
    assert first != other
    assert set(first[-1]) >= {name for name in EVERYTHING if name.endswith("_share")}


def test_one_fault_does_not_shift_another() -> None:
    def lost(**options: Any) -> list[bool]:
        chances = Chances(SimulatorSettings.of(lost_share=0.3, **options), 5, 1, Counter())
        return [chances.message(0, 0.0).lost for _ in range(100)]

    assert lost() == lost(error_share=0.5, throttle_share=0.2, answer_delay="1-9")
    assert 10 < sum(lost()) < 50


def test_connections_have_chances_of_their_own() -> None:
    settings = SimulatorSettings.of(error_share=0.5)

    def statuses(number: int) -> list[int]:
        chances = Chances(settings, 5, number, Counter())
        return [chances.message(0, 0.0).status for _ in range(50)]

    assert statuses(1) != statuses(2)
    assert statuses(1) == statuses(1)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_never_and_always_are_exact(share: float) -> None:
    chances = Chances(SimulatorSettings.of(lost_share=share, answer_delay=1), 5, 1, Counter())
    assert {chances.message(0, 0.0).lost for _ in range(1000)} == {bool(share)}
