"""Messages over a session: dialogues of two, and what a strange far end may do to one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jasminlike.smpp import constants as c
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses as s
from jasminlike.smpp.codec import decode, encode
from jasminlike.smpp.errors import EncodeError, NotPermitted, WindowFull
from jasminlike.smpp.framer import Framer
from jasminlike.smpp.pdu import (
    AlertNotification,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Pdu,
    QuerySm,
    SubmitSm,
    SubmitSmResp,
)
from jasminlike.smpp.states import State
from jasminlike.smpp.timers import Timers
from tests.smpp.dialogue import bound, carry
from tests.smpp.strategies import PDUS


def submit(text: bytes = b"hi") -> SubmitSm:
    return SubmitSm(source_addr=b"1", destination_addr=b"2", short_message=text)


def said(session_bytes: bytes) -> list[Pdu]:
    return [decode(frame) for frame in Framer().feed(session_bytes)]


def test_a_message_there_and_its_answer_back_with_the_callers_context():
    esme, smsc = bound()
    context = object()
    sequence = esme.request(submit(), 10.0, context)
    (got,) = carry(esme, smsc, 10.1)
    assert got == e.Received(SubmitSm(sequence=sequence, source_addr=b"1", destination_addr=b"2", short_message=b"hi"))
    assert esme.outstanding == 1
    assert smsc.respond(got.pdu, got.pdu.response(message_id=b"m1"))
    (answer,) = carry(smsc, esme, 10.2)
    assert answer == e.Answered(context, c.SUBMIT_SM, SubmitSmResp(sequence=sequence, message_id=b"m1"), 10.0)
    assert answer.context is context
    assert esme.outstanding == 0


def test_a_message_down_and_its_answer():
    esme, smsc = bound("rx")
    smsc.request(DeliverSm(short_message=b"yo"), 1.0, "mo")
    (got,) = carry(smsc, esme)
    assert isinstance(got.pdu, DeliverSm)
    esme.respond(got.pdu, got.pdu.response())
    (answer,) = carry(esme, smsc)
    assert (answer.context, answer.request_command) == ("mo", c.DELIVER_SM)


def test_a_refusal_carries_its_status():
    esme, smsc = bound()
    esme.request(submit(), 0.0, "x")
    (got,) = carry(esme, smsc)
    assert smsc.refuse(got.pdu, s.ESME_RTHROTTLED)
    (answer,) = carry(smsc, esme)
    assert answer.pdu == SubmitSmResp(sequence=answer.pdu.sequence, status=s.ESME_RTHROTTLED)


def test_answers_in_any_order_find_their_requests():
    esme, smsc = bound(window=3)
    for name in "abc":
        esme.request(submit(), 0.0, name)
    got = carry(esme, smsc)
    for event in reversed(got):
        smsc.respond(event.pdu, event.pdu.response())
    assert [event.context for event in carry(smsc, esme)] == ["c", "b", "a"]


def test_everything_gathered_leaves_in_one_piece():
    esme, smsc = bound(window=50)
    assert not esme.has_data
    assert esme.data_to_send() == b""
    for _ in range(50):
        esme.request(submit(), 0.0)
    assert esme.has_data
    data = esme.data_to_send()
    assert len(Framer().feed(data)) == 50
    assert esme.data_to_send() == b""
    assert len(smsc.receive(data, 0.0)) == 50


def test_the_window_is_full_until_an_answer_comes():
    esme, smsc = bound(window=2)
    esme.request(submit(), 0.0)
    esme.request(submit(), 0.0)
    assert esme.room == 0
    refused = submit()
    with pytest.raises(WindowFull, match="2 requests wait"):
        esme.request(refused, 0.0)
    assert refused.sequence == 0
    first, _ = carry(esme, smsc)
    smsc.respond(first.pdu, first.pdu.response())
    carry(smsc, esme)
    assert esme.room == 1
    esme.request(refused, 0.0)


def test_a_smaller_window_takes_effect_at_once():
    esme, _ = bound(window=5)
    esme.request(submit(), 0.0)
    esme.window.size = 1
    with pytest.raises(WindowFull):
        esme.request(submit(), 0.0)


@pytest.mark.parametrize(
    ("kind", "role", "pdu"),
    [
        ("rx", "esme", SubmitSm()),
        ("rx", "esme", QuerySm()),
        ("tx", "smsc", DeliverSm()),
        ("tx", "smsc", AlertNotification()),
        ("trx", "esme", DeliverSm()),
        ("trx", "smsc", SubmitSm()),
        ("trx", "esme", SubmitSmResp()),
    ],
)
def test_what_a_side_may_not_send_is_refused_before_it_is_sent(kind: str, role: str, pdu: Pdu) -> None:
    esme, smsc = bound(kind)
    session = esme if role == "esme" else smsc
    with pytest.raises(NotPermitted, match=pdu.name):
        session.request(pdu, 0.0)
    assert not session.has_data
    assert session.outstanding == 0
    assert not session.may_send(pdu.command_id)


def test_what_cannot_be_written_takes_no_place_in_the_window():
    esme, _ = bound(window=1)
    with pytest.raises(EncodeError, match="destination_addr"):
        esme.request(SubmitSm(destination_addr=b"1" * 30), 0.0)
    assert (esme.outstanding, esme.has_data) == (0, False)
    esme.request(submit(), 0.0)


def test_alert_notification_has_no_answer_and_takes_no_place():
    esme, smsc = bound("rx", window=1)
    smsc.request(AlertNotification(source_addr=b"1"), 0.0)
    assert smsc.outstanding == 0
    (got,) = carry(smsc, esme)
    assert isinstance(got, e.Received)
    assert isinstance(got.pdu, AlertNotification)
    assert not esme.has_data


@pytest.mark.parametrize(
    ("kind", "sender", "pdu", "status"),
    [
        ("rx", "esme", SubmitSm(sequence=5), s.ESME_RINVBNDSTS),
        ("tx", "smsc", DeliverSm(sequence=5), s.ESME_RINVBNDSTS),
        ("trx", "smsc", SubmitSm(sequence=5), s.ESME_RINVBNDSTS),
        ("trx", "esme", DeliverSm(sequence=5), s.ESME_RINVBNDSTS),
    ],
)
def test_a_request_that_is_not_permitted_is_answered_and_told(kind: str, sender: str, pdu: Pdu, status: int) -> None:
    esme, smsc = bound(kind)
    receiver = smsc if sender == "esme" else esme
    assert receiver.receive(encode(pdu), 0.0) == [e.Refused(pdu, status)]
    assert said(receiver.data_to_send()) == [pdu.response(status)]
    assert receiver.bound


def test_an_alert_that_is_not_permitted_gets_no_answer_since_there_is_none():
    esme, _ = bound("tx")
    (event,) = esme.receive(encode(AlertNotification(sequence=5)), 0.0)
    assert isinstance(event, e.Refused)
    assert not esme.has_data


def test_no_answer_in_time_and_a_late_one():
    esme, smsc = bound(timers=Timers(response=10, silent_responses=0))
    esme.request(submit(), 100.0, "slow")
    got = carry(esme, smsc, 100.0)
    assert esme.next_deadline() == 30.0  # the enquire_link of a link that was silent since it bound
    assert esme.tick(109.9) == []
    assert esme.tick(110.0) == [e.TimedOut("slow", c.SUBMIT_SM, got[0].pdu.sequence, 100.0)]
    assert esme.outstanding == 0
    smsc.respond(got[0].pdu, got[0].pdu.response(message_id=b"late"))
    (late,) = carry(smsc, esme, 200.0)
    assert isinstance(late, e.AnsweredLate)
    assert (late.context, late.sent_at) == ("slow", 100.0)
    assert late.pdu.message_id == b"late"


def test_a_single_silent_request_does_not_end_the_session():
    esme, _ = bound(timers=Timers(response=10, enquire_link=0))
    esme.request(submit(), 0.0)
    assert esme.next_deadline() == 10.0
    assert [type(event) for event in esme.tick(10.0)] == [e.TimedOut]
    assert esme.bound


def test_many_silent_requests_in_a_row_do():
    esme, _ = bound(timers=Timers(response=10, enquire_link=0, silent_responses=3))
    for at in (0.0, 1.0, 2.0):
        esme.request(submit(), at)
    assert [type(event) for event in esme.tick(11.0)] == [e.TimedOut, e.TimedOut]
    *_, dead = esme.tick(12.0)
    assert dead == e.LinkDead(e.TIMEOUTS, "3 requests in a row were not answered")
    assert esme.finished
    assert esme.end == dead


def test_an_answer_among_them_starts_the_count_anew():
    esme, smsc = bound(timers=Timers(response=10, enquire_link=0, silent_responses=2))
    esme.request(submit(), 0.0)
    esme.tick(10.0)
    esme.request(submit(), 10.0)
    *_, last = carry(esme, smsc)
    smsc.respond(last.pdu, last.pdu.response())
    carry(smsc, esme, 11.0)
    esme.request(submit(), 12.0)
    esme.tick(22.0)
    assert esme.bound


def test_a_generic_nack_answers_a_request():
    esme, _ = bound()
    sequence = esme.request(submit(), 0.0, "x")
    (answer,) = esme.receive(encode(GenericNack(status=3, sequence=sequence)), 0.0)
    assert answer == e.Answered("x", c.SUBMIT_SM, GenericNack(status=3, sequence=sequence), 0.0)


@pytest.mark.parametrize(
    ("pdu", "duplicate"),
    [
        (SubmitSmResp(sequence=999), False),
        (GenericNack(status=3, sequence=0), False),
        (EnquireLinkResp(sequence=12345), False),
        (SubmitSmResp(sequence=1), True),  # 1 was the bind, which is answered
    ],
)
def test_a_response_to_nothing_is_an_event_and_no_error(pdu: Pdu, duplicate: bool) -> None:
    esme, _ = bound()
    assert esme.receive(encode(pdu), 0.0) == [e.Unsolicited(pdu, duplicate)]
    assert not esme.has_data
    assert esme.bound


def test_the_second_answer_to_one_request_is_a_duplicate():
    esme, _ = bound()
    answer = SubmitSmResp(sequence=esme.request(submit(), 0.0), message_id=b"m")
    esme.receive(encode(answer), 0.0)
    assert esme.receive(encode(answer), 0.0) == [e.Unsolicited(answer, True)]


def test_an_answer_of_the_wrong_kind_leaves_the_request_waiting():
    esme, _ = bound()
    sequence = esme.request(submit(), 0.0)
    (event,) = esme.receive(encode(EnquireLinkResp(sequence=sequence)), 0.0)
    assert event == e.Unsolicited(EnquireLinkResp(sequence=sequence), False)
    assert esme.outstanding == 1


def test_when_the_connection_goes_everything_that_waits_is_in_doubt():
    esme, _ = bound()
    first = esme.request(submit(), 1.0, "a")
    second = esme.request(submit(), 2.0, "b")
    assert esme.closed(3.0) == [
        e.InDoubt("a", c.SUBMIT_SM, first, 1.0),
        e.InDoubt("b", c.SUBMIT_SM, second, 2.0),
    ]
    assert esme.closed(4.0) == []
    assert esme.state is State.CLOSED
    assert not esme.has_data
    assert esme.next_deadline() is None
    with pytest.raises(NotPermitted):
        esme.request(submit(), 5.0)


def test_an_answer_after_the_end_is_told_to_be_too_late():
    esme, smsc = bound()
    esme.request(submit(), 0.0)
    (got,) = carry(esme, smsc)
    smsc.closed(0.0)
    assert smsc.respond(got.pdu, got.pdu.response()) is False
    assert smsc.refuse(got.pdu, 8) is False


def test_an_answer_must_be_that_of_its_request():
    esme, smsc = bound()
    esme.request(submit(), 0.0)
    (got,) = carry(esme, smsc)
    with pytest.raises(ValueError, match="deliver_sm_resp does not answer submit_sm"):
        smsc.respond(got.pdu, DeliverSm().response())
    assert smsc.respond(got.pdu, GenericNack(status=8))
    (answer,) = carry(smsc, esme)
    assert answer.pdu.status == 8


def test_a_bad_request_is_answered_and_the_session_lives():
    _, smsc = bound()
    bad = bytearray(encode(SubmitSm(sequence=7, short_message=b"hi")))
    bad[-3] = 9  # sm_length
    good = encode(SubmitSm(sequence=8))
    events = smsc.receive(bytes(bad) + good, 0.0)
    assert [type(event) for event in events] == [e.BadPdu, e.Received]
    assert (events[0].command_id, events[0].sequence, events[0].answer) == (c.SUBMIT_SM, 7, s.ESME_RINVMSGLEN)
    assert "short_message should have 9 octets" in events[0].reason
    assert said(smsc.data_to_send()) == [SubmitSmResp(sequence=7, status=s.ESME_RINVMSGLEN)]
    assert smsc.counters.bad == 1


def test_an_unknown_command_gets_a_generic_nack():
    _, smsc = bound()
    unknown = b"\0\0\0\x10\0\0\x01\x11\0\0\0\0\0\0\0\x09"
    (event,) = smsc.receive(unknown, 0.0)
    assert (event.command_id, event.answer) == (0x111, s.ESME_RINVCMDID)
    assert said(smsc.data_to_send()) == [GenericNack(sequence=9, status=s.ESME_RINVCMDID)]


def test_an_unknown_response_gets_nothing():
    _, smsc = bound()
    (event,) = smsc.receive(b"\0\0\0\x10\x80\0\x01\x11\0\0\0\0\0\0\0\x09", 0.0)
    assert (event.command_id, event.answer) == (0x80000111, None)
    assert not smsc.has_data


def test_a_bad_alert_gets_nothing_since_it_has_no_response():
    esme, _ = bound()
    (event,) = esme.receive(b"\0\0\0\x11\0\0\x01\x02\0\0\0\0\0\0\0\x09\0", 0.0)
    assert event.answer is None
    assert not esme.has_data


def test_a_bad_response_still_ends_its_request_with_what_could_be_read():
    esme, _ = bound()
    sequence = esme.request(submit(), 0.0, "x")
    esme.data_to_send()
    octets = encode(SubmitSmResp(sequence=sequence, message_id=b"m1")) + b"junk!"
    octets = len(octets).to_bytes(4, "big") + octets[4:]
    bad, answer = esme.receive(octets, 0.0)
    assert isinstance(bad, e.BadPdu)
    assert bad.answer is None
    assert answer == e.Answered("x", c.SUBMIT_SM, SubmitSmResp(sequence=sequence, message_id=b"m1"), 0.0)
    assert not esme.has_data


@pytest.mark.parametrize("octets", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\5", b"\xff\xff\xff\xff"])
def test_a_lost_stream_ends_the_session_after_what_came_before_it(octets: bytes) -> None:
    _, smsc = bound()
    events = smsc.receive(encode(SubmitSm(sequence=5)) + octets, 0.0)
    assert [type(event) for event in events] == [e.Received, e.LinkDead]
    assert events[1].cause == e.STREAM
    assert smsc.finished
    assert smsc.receive(encode(SubmitSm(sequence=6)), 0.0) == []


def test_pdus_longer_than_agreed_lose_the_stream():
    _, smsc = bound(max_pdu=100)
    (event,) = smsc.receive(encode(submit(b"x" * 100)), 0.0)
    assert event.reason.endswith("over the limit of 100")


def test_while_we_do_not_read_nothing_is_held_against_the_far_end():
    esme, smsc = bound(timers=Timers(response=10, enquire_link=5, enquire_link_response=5))
    esme.request(submit(), 0.0, "x")
    got = carry(esme, smsc)
    esme.hold_reading(1.0)
    assert esme.next_deadline() is None
    assert esme.tick(500.0) == []
    esme.resume_reading(500.0)
    assert esme.tick(500.0) == []
    assert not esme.has_data
    smsc.respond(got[0].pdu, got[0].pdu.response())
    (answer,) = carry(smsc, esme, 501.0)
    assert answer.context == "x"


def test_what_stays_unanswered_after_reading_was_resumed_expires_a_little_later():
    esme, _ = bound(timers=Timers(response=10, enquire_link=0))
    esme.request(submit(), 0.0)
    esme.hold_reading(1.0)
    esme.resume_reading(500.0)
    assert esme.next_deadline() == 505.0
    assert [type(event) for event in esme.tick(505.0)] == [e.TimedOut]


def test_what_is_counted():
    esme, smsc = bound()
    esme.request(submit(), 5.0)
    carry(esme, smsc, 5.0)
    assert (esme.counters.sent, smsc.counters.received) == (2, 2)
    assert (esme.counters.last_sent_at, smsc.counters.last_received_at) == (5.0, 5.0)
    assert smsc.counters.last_sent_at == 0.0


def test_sequence_numbers_wrap_in_a_running_session():
    esme, _ = bound()
    esme.window._last = 0x7FFFFFFE
    assert [esme.request(submit(), 0.0) for _ in range(3)] == [0x7FFFFFFF, 1, 2]


@settings(max_examples=150)
@given(st.lists(PDUS, max_size=6), st.sampled_from(["esme", "smsc"]), st.binary(max_size=30))
def test_no_pdu_in_any_order_raises_or_is_answered_twice(pdus: list[Pdu], role: str, tail: bytes) -> None:
    esme, smsc = bound()
    session = esme if role == "esme" else smsc
    session.receive(b"".join(map(encode, pdus)) + tail, 1.0)
    answers = [pdu for pdu in said(session.data_to_send()) if pdu.is_response]
    assert len(answers) <= sum(not pdu.is_response for pdu in pdus) + (len(tail) >= 16)
    session.tick(2.0)
    session.closed(3.0)


def test_enquire_link_is_answered_in_any_state_with_a_connection():
    esme, smsc = bound()
    for session in (esme, smsc):
        session.receive(encode(EnquireLink(sequence=77)), 0.0)
        assert said(session.data_to_send()) == [EnquireLinkResp(sequence=77)]
        assert session.counters.enquire_links_received == 1
