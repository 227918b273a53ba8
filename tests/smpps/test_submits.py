"""Messages of clients over TCP: each is answered once, with the right status."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from jasminlike import errors
from jasminlike.errors import GatewayError
from jasminlike.pipeline.submission import Accepted, Submission
from jasminlike.smpp import statuses as s
from jasminlike.smpp.codec import encode
from jasminlike.smpp.fields import DistributionList, SmeAddress
from jasminlike.smpp.pdu import DataSm, SubmitMulti, SubmitSm
from tests.smpps.esme import Esme, Place, account, until

ID = "01934567-89ab-7cde-8f01-23456789abcd"


def sm(**fields: Any) -> SubmitSm:
    return SubmitSm(**{"destination_addr": b"33612", "short_message": b"hi", **fields})


def refuse(error: Exception) -> Any:
    def decide(_submission: Submission) -> Accepted:
        raise error

    return decide


@pytest_twisted.ensureDeferred
async def test_the_answer_has_the_id_of_the_message(place: Place) -> None:
    place.intake.decide = lambda _: Accepted(ID, 1)
    for kind in ("trx", "tx"):
        esme = await place.bound(kind)
        answer = await esme.ask(sm())
        assert (answer.status, answer.message_id) == (0, ID.encode())
    assert place.stats.smpps.submit_sm_request_count == place.stats.smpps.submit_sm_count == 2
    counters = place.stats.smpps_of("acme-uid")
    assert (counters.submit_sm_request_count, counters.submit_sm_count, counters.bind_count) == (2, 2, 2)
    assert 0 < counters.qos_last_submit_sm_at == counters.last_activity_at


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (GatewayError(errors.NOT_AUTHORIZED), s.ESME_RINVSYSID),
        (GatewayError(errors.VALUE_FILTER, where="from"), s.ESME_RINVSRCADR),
        (GatewayError(errors.NO_ROUTE), s.ESME_RINVDSTADR),
        (GatewayError(errors.NO_CONNECTOR), s.ESME_RSUBMITFAIL),
        (GatewayError(errors.NO_MONEY), s.ESME_RSYSERR),
        (GatewayError(errors.STORE_FAILED), s.ESME_RMSGQFUL),
    ],
    ids=lambda value: getattr(getattr(value, "reason", None), "code", None),
)
@pytest_twisted.ensureDeferred
async def test_a_refusal_is_answered_and_the_session_lives(place: Place, error: GatewayError, status: int) -> None:
    esme = await place.bound()
    place.intake.decide = refuse(error)
    answer = await esme.ask(sm())
    assert (answer.name, answer.status) == ("submit_sm_resp", status)
    place.intake.decide = None
    assert (await esme.ask(sm())).status == 0
    assert place.stats.smpps.other_submit_error_count == 1
    assert place.stats.smpps_of("acme-uid").other_submit_error_count == 1


@pytest_twisted.ensureDeferred
async def test_throttled_messages_are_counted_apart(place: Place) -> None:
    esme = await place.bound()
    place.intake.decide = refuse(GatewayError(errors.THROUGHPUT_EXCEEDED))
    assert (await esme.ask(sm())).status == s.ESME_RTHROTTLED
    assert place.stats.smpps.throttling_error_count == 1
    assert place.stats.smpps_of("acme-uid").throttling_error_count == 1
    assert place.stats.smpps.other_submit_error_count == 0


@pytest_twisted.ensureDeferred
async def test_refusals_of_scripts_are_counted(place: Place) -> None:
    esme = await place.bound()
    place.intake.decide = refuse(GatewayError(errors.INTERCEPTOR_REFUSED, where="20"))
    assert (await esme.ask(sm())).status == 20
    assert place.stats.smpps.interceptor_error_count == 1


@pytest_twisted.ensureDeferred
async def test_an_unexpected_exception_is_a_system_error_and_logged(place: Place, logged_errors: Any) -> None:
    esme = await place.bound()
    place.intake.decide = refuse(ZeroDivisionError("a bug"))
    assert (await esme.ask(sm())).status == s.ESME_RSYSERR
    assert [str(error) for error in logged_errors()] == ["a bug"]
    place.intake.decide = None
    assert (await esme.ask(sm())).status == 0


@pytest_twisted.ensureDeferred
async def test_an_exception_before_the_pipeline_is_a_system_error_too(place: Place, logged_errors: Any) -> None:
    esme = await place.bound()
    place.now = lambda: 1 / 0
    assert (await esme.ask(sm())).status == s.ESME_RSYSERR
    assert [type(error) for error in logged_errors()] == [ZeroDivisionError]
    place.now = lambda: 1.0
    assert (await esme.ask(sm())).status == 0


@pytest_twisted.ensureDeferred
async def test_wrong_values_do_not_reach_the_pipeline(place: Place) -> None:
    esme = await place.bound()
    assert (await esme.ask(sm(destination_addr=b""))).status == s.ESME_RINVDSTADR
    assert (await esme.ask(sm(validity_period=b"000101000000000+"))).status == s.ESME_RINVEXPIRY
    assert (await esme.ask(sm(schedule_delivery_time=b"x"))).status == s.ESME_RINVSCHED
    assert (await esme.ask(sm(priority_flag=9))).status == s.ESME_RINVPRTFLG
    assert place.intake.submissions == []
    assert place.stats.smpps.other_submit_error_count == 4


@pytest_twisted.ensureDeferred
async def test_a_receiver_may_not_send(place: Place) -> None:
    esme = await place.bound("rx")
    before = len(esme.events)
    esme.protocol.transport.write(encode(sm(sequence=77)))
    await esme.until(lambda: len(esme.events) > before)
    assert esme.events[-1].pdu.status == s.ESME_RINVBNDSTS
    assert place.intake.submissions == []
    esme.protocol.session.enquire_link(0.0)
    assert not esme.gone


@pytest_twisted.ensureDeferred
async def test_new_rights_hold_for_the_next_message(place: Place) -> None:
    esme = await place.bound()
    changed = place.directory.change(place.user, enabled=True, password="other")
    await esme.ask(sm())
    assert place.intake.submissions[0].user is changed


@pytest_twisted.ensureDeferred
async def test_answers_come_as_messages_are_stored_in_any_order(place: Place) -> None:
    esme = await place.bound()
    place.intake.hold()
    waiting = [esme.protocol.request(sm(short_message=str(number).encode())) for number in range(3)]
    await until(lambda: len(place.intake.submissions) == 3)
    held = place.intake.held
    assert held is not None
    for each in reversed(held):
        each.callback(None)
    await esme.until(lambda: len(answered(esme)) == 3)
    assert answered(esme) == waiting[::-1]


def answered(esme: Esme) -> list[int]:
    return [each.pdu.sequence for each in esme.events if type(each).__name__ == "Answered"]


@pytest_twisted.ensureDeferred
async def test_a_message_stored_after_the_client_went_is_no_error(place: Place) -> None:
    esme = await place.bound()
    place.intake.hold()
    esme.protocol.request(sm())
    await until(lambda: place.intake.submissions)
    esme.protocol.abort("gone")
    await esme.ended()
    await until(lambda: not place.stats.smpps.connected_count)
    place.intake.answer()
    assert place.stats.smpps.submit_sm_count == 1


@pytest_twisted.ensureDeferred
async def test_data_sm_is_a_message_too(place: Place) -> None:
    esme = await place.bound()
    answer = await esme.ask(DataSm(destination_addr=b"33612", tlvs=((0x0424, b"x" * 300),)))
    assert (answer.name, answer.status, len(answer.message_id)) == ("data_sm_resp", 0, 36)
    assert place.intake.submissions[0].payload == b"x" * 300
    assert place.stats.smpps.data_sm_count == place.stats.smpps_of("acme-uid").data_sm_count == 1


@pytest_twisted.ensureDeferred
async def test_submit_multi_is_one_message_for_each_destination(place: Place) -> None:
    esme = await place.bound()

    def decide(submission: Submission) -> Accepted:
        if submission.destination.digits == "666":
            raise GatewayError(errors.NO_ROUTE)
        return Accepted(ID[:-3] + submission.destination.digits, 1)

    place.intake.decide = decide
    destinations = (
        DistributionList(b"friends"),
        SmeAddress(b"111", 1, 1),
        SmeAddress(b"666", 2, 3),
        SmeAddress(b"222"),
        SmeAddress(b""),
    )
    answer = await esme.ask(SubmitMulti(dest_address=destinations, short_message=b"hi", source_addr=b"me"))
    assert (answer.status, answer.message_id) == (0, (ID[:-3] + "111").encode())
    assert [tuple(each) for each in answer.unsuccess_sme] == [
        (b"friends", s.ESME_RINVDLNAME, 0, 0),
        (b"666", s.ESME_RINVDSTADR, 2, 3),
        (b"", s.ESME_RINVDSTADR, 0, 0),
    ]
    assert [each.destination.digits for each in place.intake.submissions] == ["111", "666", "222"]
    assert {each.payload for each in place.intake.submissions} == {b"hi"}
    smpps = place.stats.smpps
    assert (smpps.submit_sm_request_count, smpps.submit_sm_count, smpps.other_submit_error_count) == (5, 2, 3)


@pytest_twisted.ensureDeferred
async def test_a_submit_multi_that_reaches_nobody_is_refused(place: Place) -> None:
    esme = await place.bound()
    assert (await esme.ask(SubmitMulti(short_message=b"hi"))).status == s.ESME_RINVNUMDESTS
    place.intake.decide = refuse(GatewayError(errors.THROUGHPUT_EXCEEDED))
    many = tuple(SmeAddress(str(number).encode()) for number in range(254))
    assert (await esme.ask(SubmitMulti(dest_address=many))).status == s.ESME_RTHROTTLED
    past = SubmitMulti(dest_address=many, validity_period=b"000101000000000+")
    assert (await esme.ask(past)).status == s.ESME_RINVEXPIRY


@pytest_twisted.ensureDeferred
async def test_nothing_is_begun_for_a_client_that_is_to_leave(place: Place) -> None:
    esme = await place.bound()
    place.intake.hold()
    esme.protocol.request(sm())
    await until(lambda: place.intake.submissions)
    place.server.binds.unbind("acme")
    many = (SmeAddress(b"1"), SmeAddress(b"2"))
    assert (await esme.ask(SubmitMulti(dest_address=many))).status == s.ESME_RMSGQFUL
    assert (await esme.ask(DataSm(destination_addr=b"1"))).status == s.ESME_RMSGQFUL
    assert len(place.intake.submissions) == 1
    place.intake.answer()
    await esme.ended()


@pytest_twisted.ensureDeferred
async def test_two_clients_do_not_wait_for_each_other(place: Place) -> None:
    other = place.directory.user(account("other"))
    first, second = await place.bound(), await place.bound(username="other")
    answers = await gatherResults([_ask(first), _ask(second)])
    assert [answer.status for answer in answers] == [0, 0]
    assert {each.user.uid for each in place.intake.submissions} == {place.user.uid, other.uid}


def _ask(esme: Esme) -> Deferred[Any]:
    return Deferred.fromCoroutine(esme.ask(sm()))
