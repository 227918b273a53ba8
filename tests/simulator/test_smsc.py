"""The simulated SMSC in good order, over real TCP: binds, messages, receipts, what it remembers."""

from __future__ import annotations

import pytest
import pytest_twisted
from twisted.internet.defer import CancelledError

from jasminlike.simulator.settings import OptionError, SimulatorSettings
from jasminlike.simulator.smsc import Simulator
from jasminlike.smpp import events as e
from jasminlike.smpp import receipt_text
from jasminlike.smpp import statuses as s
from jasminlike.smpp.codec import encode
from jasminlike.smpp.fields import DistributionList, SmeAddress
from jasminlike.smpp.pdu import CancelSm, DataSm, QuerySm, ReplaceSm, SubmitMulti
from tests.simulator.conftest import World
from tests.simulator.esme import message


def read(pdu: object) -> receipt_text.ReceiptFields:
    found = receipt_text.parse(
        pdu.short_message,  # type: ignore[attr-defined]
        esm_class=pdu.esm_class,  # type: ignore[attr-defined]
        receipted_message_id=pdu.tlv(0x1E),  # type: ignore[attr-defined]
    )
    assert found is not None
    return found


@pytest.mark.parametrize("how", ["tx", "rx", "trx"])
@pytest_twisted.ensureDeferred
async def test_anybody_may_bind_in_every_way(world: World, how: str) -> None:
    simulator = await world.simulator()
    esme = await world.bound(simulator, how, system_id="whoever", password="whatever")
    assert [line.system_id for line in simulator.sessions] == ["whoever"]
    esme.protocol.unbind()
    await esme.until(lambda: esme.lost is not None)
    await simulator.until(lambda: not simulator.lines)
    assert simulator.sessions == []


@pytest_twisted.ensureDeferred
async def test_a_message_is_answered_with_an_id_and_its_receipt_names_it(world: World) -> None:
    simulator = await world.simulator(receipt_delay="1500")
    esme = await world.bound(simulator)
    sequences = esme.submit(message(b"first"), message(b"second", to=b"336222"))
    answers = await esme.answered(2)
    assert [answer.sequence for answer in answers] == sequences
    assert [answer.status for answer in answers] == [0, 0]
    ids = [answer.message_id.decode() for answer in answers]
    assert len(set(ids)) == 2
    assert [(each.message_id, each.text(), each.status) for each in simulator.messages] == [
        (ids[0], "first", 0),
        (ids[1], "second", 0),
    ]
    await world.pass_time(1.4)
    assert simulator.counts.receipts == 0
    await world.pass_time(0.1)
    deliveries = await esme.delivered(2)
    fields = [read(pdu) for pdu in deliveries]
    assert [(each.id, each.state, each.err, each.text) for each in fields] == [
        (ids[0], "DELIVRD", "000", "first"),
        (ids[1], "DELIVRD", "000", "second"),
    ]
    assert [(pdu.source_addr, pdu.destination_addr, pdu.esm_class) for pdu in deliveries] == [
        (b"336111", b"Shop", 4),
        (b"336222", b"Shop", 4),
    ]
    await simulator.until(lambda: simulator.counts.receipts_answered == 2)
    assert simulator.stats()["accepted"] == 2


@pytest_twisted.ensureDeferred
async def test_receipts_only_for_those_who_asked(world: World) -> None:
    simulator = await world.simulator(receipt_states="DELIVRD:1,UNDELIV:1", keep=-1)
    esme = await world.bound(simulator)
    for asked in (0, 1, 2, 3):
        esme.submit(*[message(b"%d" % asked, receipt=asked) for _ in range(40)])
    await esme.answered(160)
    await world.pass_time(1)
    ended = {each.message_id: each for each in simulator.messages}
    expected = {
        key
        for key, each in ended.items()
        if each.pdu.registered_delivery == 1
        or each.pdu.registered_delivery == (3 if each.final_state == "DELIVRD" else 2)
    }
    deliveries = await esme.delivered(len(expected))
    assert {read(pdu).id for pdu in deliveries} == expected
    assert {ended[read(pdu).id].final_state for pdu in deliveries} == {"DELIVRD", "UNDELIV"}  # type: ignore[index]


@pytest_twisted.ensureDeferred
async def test_receipts_wait_for_a_bind_of_the_same_system_id_that_can_receive(world: World) -> None:
    simulator = await world.simulator()
    sender = await world.bound(simulator, "tx", system_id="one")
    other = await world.bound(simulator, "trx", system_id="two")
    sender.submit(message())
    await sender.answered(1)
    await world.pass_time(5)
    assert simulator.post.waiting() == 1
    receiver = await world.bound(simulator, "rx", system_id="one")
    await world.pass_time(0)
    assert len(await receiver.delivered(1)) == 1
    assert other.deliveries == sender.deliveries == []


@pytest_twisted.ensureDeferred
async def test_a_receipt_prefers_the_bind_its_message_came_by(world: World) -> None:
    simulator = await world.simulator()
    one, two = await world.bound(simulator), await world.bound(simulator)
    for _ in range(5):
        two.submit(message())
    await two.answered(5)
    await world.pass_time(1)
    await two.delivered(5)
    assert one.deliveries == []


@pytest_twisted.ensureDeferred
async def test_deliveries_go_no_faster_than_their_window(world: World) -> None:
    simulator = await world.simulator(deliver_window=2)
    esme = await world.bound(simulator)
    esme.answer = None
    esme.submit(*[message() for _ in range(5)])
    await esme.answered(5)
    await world.pass_time(1)
    await esme.delivered(2)
    assert (simulator.counts.receipts, simulator.post.waiting()) == (2, 3)
    for pdu in esme.deliveries:
        esme.protocol.refuse(pdu, 0)
    await esme.delivered(4)
    assert (simulator.counts.receipts, simulator.post.waiting()) == (4, 1)


@pytest_twisted.ensureDeferred
async def test_a_full_mailbox_drops_and_says_so(world: World) -> None:
    simulator = await world.simulator(mailbox=3)
    esme = await world.bound(simulator, "tx")
    esme.submit(*[message() for _ in range(5)])
    await esme.answered(5)
    await world.pass_time(1)
    assert (simulator.post.waiting(), simulator.counts.deliveries_dropped) == (3, 2)


@pytest_twisted.ensureDeferred
async def test_a_refused_delivery_comes_again_but_not_for_ever(world: World) -> None:
    simulator = await world.simulator(redeliver=2, redeliver_delay=1000)
    esme = await world.bound(simulator)
    esme.answer = s.ESME_RX_T_APPN
    esme.submit(message())
    await esme.answered(1)
    for count in (1, 2, 3):
        await world.pass_time(1)
        await esme.delivered(count)
        await simulator.until(lambda count=count: simulator.counts.deliveries_refused[s.ESME_RX_T_APPN] == count)
    await world.pass_time(10)
    assert (simulator.counts.receipts, simulator.counts.deliveries_dropped) == (3, 1)


@pytest_twisted.ensureDeferred
async def test_an_unanswered_delivery_goes_to_the_next_bind(world: World) -> None:
    simulator = await world.simulator()
    esme = await world.bound(simulator)
    esme.answer = None
    esme.submit(message())
    await esme.answered(1)
    await world.pass_time(1)
    first = (await esme.delivered(1))[0]
    esme.protocol.abort("gone")
    await simulator.until(lambda: not simulator.lines)
    assert simulator.counts.deliveries_repeated == 1
    again = await world.bound(simulator)
    await world.pass_time(0)
    assert (await again.delivered(1))[0].short_message == first.short_message


@pytest_twisted.ensureDeferred
async def test_an_unanswered_delivery_is_repeated_when_its_time_is_over(world: World) -> None:
    simulator = await world.simulator(deliver_timeout=10, redeliver=1)
    esme = await world.bound(simulator)
    esme.answer = None
    esme.submit(message())
    await esme.answered(1)
    await world.pass_time(1)
    await esme.delivered(1)
    await world.pass_time(11)
    await world.pass_time(0)
    await esme.delivered(2)
    assert simulator.counts.deliveries_unanswered == 1


@pytest_twisted.ensureDeferred
async def test_data_sm_is_taken_like_submit_sm(world: World) -> None:
    simulator = await world.simulator()
    esme = await world.bound(simulator)
    data = DataSm(source_addr=b"Shop", destination_addr=b"336111", registered_delivery=1)
    data.add_tlv("message_payload", b"in a TLV")
    esme.submit(data)
    answer = (await esme.answered(1))[0]
    assert (answer.name, answer.status) == ("data_sm_resp", 0)
    assert simulator.messages[0].text() == "in a TLV"
    await world.pass_time(1)
    assert read((await esme.delivered(1))[0]).id == answer.message_id.decode()  # type: ignore[attr-defined]


@pytest_twisted.ensureDeferred
async def test_submit_multi_gives_a_receipt_for_every_number_and_knows_no_lists(world: World) -> None:
    simulator = await world.simulator()
    esme = await world.bound(simulator)
    esme.submit(
        SubmitMulti(
            source_addr=b"Shop",
            dest_address=(SmeAddress(b"336111", 1, 1), SmeAddress(b"336222", 1, 1), DistributionList(b"staff")),
            registered_delivery=1,
            short_message=b"all",
        )
    )
    answer = (await esme.answered(1))[0]
    assert answer.status == 0
    assert [(each.address, each.status) for each in answer.unsuccess_sme] == [(b"staff", s.ESME_RINVDLNAME)]  # type: ignore[attr-defined]
    await world.pass_time(1)
    deliveries = await esme.delivered(2)
    assert [pdu.source_addr for pdu in deliveries] == [b"336111", b"336222"]


@pytest_twisted.ensureDeferred
async def test_a_message_can_be_asked_after_replaced_and_cancelled(world: World) -> None:
    simulator = await world.simulator(receipt_delay=10_000)
    esme = await world.bound(simulator)
    esme.submit(message(b"old text"), message(b"other"))
    one, two = [answer.message_id for answer in await esme.answered(2)]  # type: ignore[attr-defined]

    esme.submit(QuerySm(message_id=one, source_addr=b"Shop"))
    answer = (await esme.answered(3))[-1]
    assert (answer.status, answer.message_state, answer.final_date) == (0, 1, b"")  # type: ignore[attr-defined]

    esme.submit(ReplaceSm(message_id=one, source_addr=b"Shop", registered_delivery=1, short_message=b"new text"))
    assert (await esme.answered(4))[-1].status == 0
    assert simulator.messages[0].text() == "new text"

    esme.submit(CancelSm(message_id=two, source_addr=b"Shop", destination_addr=b"336111"))
    assert (await esme.answered(5))[-1].status == 0
    await world.pass_time(10)
    assert [(read(pdu).state, read(pdu).text) for pdu in await esme.delivered(2)] == [
        ("DELIVRD", "new text"),
        ("DELETED", "other"),
    ]
    esme.submit(QuerySm(message_id=one, source_addr=b"Shop"))
    answer = (await esme.answered(6))[-1]
    assert (answer.status, answer.message_state) == (0, 2)  # type: ignore[attr-defined]
    assert answer.final_date == b"270115080010000+"  # type: ignore[attr-defined]
    for late in (
        CancelSm(message_id=one, source_addr=b"Shop"),
        ReplaceSm(message_id=one, source_addr=b"Shop"),
        QuerySm(message_id=b"never", source_addr=b"Shop"),
        QuerySm(message_id=one, source_addr=b"Thief"),
    ):
        esme.submit(late)
    assert [answer.status for answer in (await esme.answered(10))[6:]] == [
        s.ESME_RCANCELFAIL,
        s.ESME_RREPLACEFAIL,
        s.ESME_RQUERYFAIL,
        s.ESME_RQUERYFAIL,
    ]


@pytest_twisted.ensureDeferred
async def test_cancel_without_an_id_cancels_all_between_two_numbers(world: World) -> None:
    simulator = await world.simulator(receipt_delay=10_000)
    esme = await world.bound(simulator)
    esme.submit(message(), message(to=b"336222"), message(), CancelSm(source_addr=b"Shop", destination_addr=b"336111"))
    assert (await esme.answered(4))[-1].status == 0
    assert [each.final_state for each in simulator.messages] == ["DELETED", "DELIVRD", "DELETED"]
    esme.submit(CancelSm(source_addr=b"Shop", destination_addr=b"336999"))
    assert (await esme.answered(5))[-1].status == s.ESME_RCANCELFAIL


@pytest_twisted.ensureDeferred
async def test_validity_and_schedule_count(world: World) -> None:
    simulator = await world.simulator(receipt_delay=60_000)
    esme = await world.bound(simulator)
    esme.submit(
        message(b"short lived", validity_period=b"000000000030000R"),
        message(b"put off", schedule_delivery_time=b"000000000100000R"),
        message(b"nonsense", validity_period=b"000000000030000X"),
    )
    answers = await esme.answered(3)
    assert [answer.status for answer in answers] == [0, 0, s.ESME_RINVEXPIRY]
    await world.pass_time(30)
    assert [(read(pdu).state, read(pdu).text) for pdu in await esme.delivered(1)] == [("EXPIRED", "short lived")]
    await simulator.until(lambda: simulator.counts.receipts_answered == 1)
    await world.pass_time(89)
    assert len(esme.deliveries) == 1
    await world.pass_time(1)
    assert [read(pdu).state for pdu in await esme.delivered(2)] == ["EXPIRED", "DELIVRD"]


@pytest_twisted.ensureDeferred
async def test_a_message_to_nobody_is_refused(world: World) -> None:
    simulator = await world.simulator()
    esme = await world.bound(simulator)
    esme.submit(message(to=b""), SubmitMulti(source_addr=b"Shop"))
    assert [answer.status for answer in await esme.answered(2)] == [s.ESME_RINVDSTADR, s.ESME_RINVNUMDESTS]
    assert (simulator.counts.received, simulator.counts.accepted) == (2, 0)


@pytest_twisted.ensureDeferred
async def test_only_so_many_messages_are_kept(world: World) -> None:
    simulator = await world.simulator(keep=2)
    esme = await world.bound(simulator)
    esme.submit(*[message(b"%d" % n) for n in range(5)])
    ids = [answer.message_id for answer in await esme.answered(5)]  # type: ignore[attr-defined]
    assert [each.text() for each in simulator.messages] == ["3", "4"]
    esme.submit(QuerySm(message_id=ids[0], source_addr=b"Shop"), QuerySm(message_id=ids[4], source_addr=b"Shop"))
    assert [answer.status for answer in (await esme.answered(7))[5:]] == [s.ESME_RQUERYFAIL, 0]


@pytest_twisted.ensureDeferred
async def test_drop_all_cuts_everybody(world: World) -> None:
    simulator = await world.simulator()
    esmes = [await world.bound(simulator) for _ in range(3)]
    assert simulator.drop_all() == 3
    for esme in esmes:
        await esme.until(lambda esme=esme: esme.lost is not None)
    await simulator.until(lambda: not simulator.lines)
    assert (await world.bound(simulator)).bound


@pytest_twisted.ensureDeferred
async def test_options_change_while_it_runs_and_reset_forgets(world: World) -> None:
    simulator = await world.simulator()
    esme = await world.bound(simulator)
    esme.submit(message())
    await esme.answered(1)
    simulator.change(error_share="100%", error_status="ESME_RSUBMITFAIL")
    esme.submit(message())
    assert [answer.status for answer in await esme.answered(2)] == [0, s.ESME_RSUBMITFAIL]
    assert simulator.stats()["faults"] == {"error_share": 1}
    simulator.reset()
    assert (simulator.counts.received, simulator.messages, simulator.stats()["faults"]) == (0, [], {})
    esme.submit(message())
    await esme.answered(3)
    assert simulator.stats()["faults"] == {"error_share": 1}
    for wrong in ({"error_share": "2"}, {"port": 5}, {"colour": "red"}):
        with pytest.raises(OptionError):
            simulator.change(**wrong)
    assert simulator.settings.error_share == 1


@pytest_twisted.ensureDeferred
async def test_a_simulator_started_again_gives_out_other_ids(world: World) -> None:
    early = Simulator(SimulatorSettings(), world.clock, wall=lambda: 1_800_000_000.0)
    late = Simulator(SimulatorSettings(), world.clock, wall=lambda: 1_800_000_060.0)
    assert late.ids.next() - early.ids.next() == 6_000_000
    assert early.seed != late.seed


@pytest_twisted.ensureDeferred
async def test_what_a_condition_raises_comes_to_the_one_who_waits(world: World) -> None:
    simulator = await world.simulator()
    waiting = simulator.until(lambda: 1 // (1 - simulator.counts.binds) == 0)
    cancelled = simulator.until(lambda: simulator.counts.binds > 0)
    cancelled.cancel()
    esme = await world.bound(simulator)
    with pytest.raises(ZeroDivisionError):
        await waiting
    with pytest.raises(CancelledError):
        await cancelled
    esme.submit(message())
    await esme.answered(1)


@pytest_twisted.ensureDeferred
async def test_a_receipt_that_no_deliver_sm_can_carry_is_counted_as_dropped(world: World) -> None:
    simulator = await world.simulator()
    esme = await world.bound(simulator)
    esme.submit(DataSm(source_addr=b"Shop", destination_addr=b"3" * 40, registered_delivery=1), message(b"after it"))
    await esme.answered(2)
    await world.pass_time(1)
    assert read((await esme.delivered(1))[0]).text == "after it"
    assert simulator.counts.deliveries_dropped == 1


@pytest_twisted.ensureDeferred
async def test_data_sm_cannot_be_replaced(world: World) -> None:
    simulator = await world.simulator()
    esme = await world.bound(simulator)
    esme.submit(DataSm(source_addr=b"Shop", destination_addr=b"336111"))
    message_id = (await esme.answered(1))[0].message_id  # type: ignore[attr-defined]
    esme.submit(ReplaceSm(message_id=message_id, source_addr=b"Shop"))
    assert (await esme.answered(2))[-1].status == s.ESME_RREPLACEFAIL
    assert simulator.messages[0].pdu.name == "data_sm"


@pytest_twisted.ensureDeferred
async def test_nothing_is_kept_when_nothing_should_be(world: World) -> None:
    simulator = await world.simulator(keep=0)
    esme = await world.bound(simulator)
    esme.submit(message())
    await esme.answered(1)
    await world.pass_time(1)
    await esme.delivered(1)
    assert simulator.messages == []


@pytest_twisted.ensureDeferred
async def test_whoever_is_bound_to_receive_only_may_not_send(world: World) -> None:
    simulator = await world.simulator()
    esme = await world.bound(simulator, "rx")
    submit = message()
    submit.sequence = 77
    esme.protocol.transport.write(encode(submit))
    await esme.until(lambda: any(isinstance(event, e.Unsolicited) for event in esme.events))
    assert esme.answers[0].status == s.ESME_RINVBNDSTS
    assert simulator.counts.received == 0
