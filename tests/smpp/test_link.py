"""Binding, staying alive, unbinding."""

from __future__ import annotations

import pytest

from jasminlike.smpp import constants as c
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses as s
from jasminlike.smpp import tlv
from jasminlike.smpp.codec import decode, encode
from jasminlike.smpp.errors import EncodeError, NotPermitted
from jasminlike.smpp.framer import Framer
from jasminlike.smpp.pdu import (
    BindReceiver,
    BindTransceiver,
    BindTransceiverResp,
    BindTransmitter,
    BindTransmitterResp,
    DeliverSm,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    Outbind,
    Pdu,
    SubmitSm,
    Unbind,
    UnbindResp,
)
from jasminlike.smpp.session import Session
from jasminlike.smpp.states import Move, State
from jasminlike.smpp.timers import Timers
from tests.smpp.dialogue import BINDS, bound, carry, pair


def said(session: Session) -> list[Pdu]:
    return [decode(frame) for frame in Framer().feed(session.data_to_send())]


# -- binding


@pytest.mark.parametrize(("kind", "state"), [("tx", State.BOUND_TX), ("rx", State.BOUND_RX), ("trx", State.BOUND_TRX)])
def test_a_bind_of_each_kind(kind: str, state: State) -> None:
    esme, smsc = bound(kind)
    assert (esme.state, smsc.state) == (state, state)
    assert esme.bound_as is smsc.bound_as is state
    assert esme.bound
    assert smsc.bound


def test_what_the_bind_said_is_kept_on_both_sides():
    esme, smsc = pair()
    bind = BindTransceiver(system_id=b"shop", system_type=b"VMS", addr_ton=1, addr_npi=1, address_range=b"^33")
    esme.request(bind, 0.0)
    assert esme.state is State.BINDING_TRX
    (asked,) = carry(esme, smsc)
    assert asked.pdu is smsc.bind_request
    assert smsc.bind_request == bind == esme.bind_request
    assert smsc.state is State.BINDING_TRX


def test_versions_are_told_by_the_bind_and_its_response():
    esme, smsc = bound()
    assert (esme.peer_version, smsc.peer_version) == (0x34, 0x34)


def test_an_esme_of_before_3_4_gets_no_optional_parameters():
    _, smsc = pair()
    (asked,) = smsc.receive(encode(BindTransmitter(sequence=1, interface_version=0x33)), 0.0)
    smsc.respond(asked.pdu, asked.pdu.response(system_id=b"smsc"))
    assert said(smsc) == [BindTransmitterResp(sequence=1, system_id=b"smsc")]
    assert smsc.peer_version == 0x33


def test_a_version_named_by_the_holder_is_not_named_twice():
    _, smsc = pair()
    (asked,) = smsc.receive(encode(BindTransceiver(sequence=1)), 0.0)
    smsc.respond(asked.pdu, asked.pdu.response(tlvs=((tlv.SC_INTERFACE_VERSION, b"\x50"),)))
    assert said(smsc) == [BindTransceiverResp(sequence=1, tlvs=((tlv.SC_INTERFACE_VERSION, b"\x50"),))]


@pytest.mark.parametrize("value", [b"", None])
def test_a_response_without_version_leaves_it_unknown(value: bytes | None) -> None:
    esme, _ = pair()
    sequence = esme.request(BindTransceiver(), 0.0)
    tlvs = () if value is None else ((tlv.SC_INTERFACE_VERSION, value),)
    (event,) = esme.receive(encode(BindTransceiverResp(sequence=sequence, tlvs=tlvs)), 0.0)
    assert isinstance(event, e.Bound)
    assert esme.peer_version is None


def test_a_refused_bind_may_try_again_on_the_same_connection():
    esme, smsc = pair()
    esme.request(BindTransceiver(system_id=b"shop", password=b"wrong"), 0.0)
    (asked,) = carry(esme, smsc)
    smsc.refuse(asked.pdu, s.ESME_RINVPASWD)
    (refused,) = carry(smsc, esme)
    assert isinstance(refused, e.BindRefused)
    assert refused.pdu == BindTransceiverResp(sequence=refused.pdu.sequence, status=s.ESME_RINVPASWD)
    assert (esme.state, smsc.state) == (State.OPEN, State.OPEN)
    assert not esme.finished
    esme.request(BindTransceiver(system_id=b"shop", password=b"right"), 1.0)
    (asked,) = carry(esme, smsc, 1.0)
    smsc.respond(asked.pdu, asked.pdu.response())
    assert isinstance(carry(smsc, esme, 1.0)[0], e.Bound)


def test_a_nack_refuses_a_bind():
    esme, smsc = pair()
    sequence = esme.request(BindTransceiver(), 0.0)
    (event,) = esme.receive(encode(GenericNack(sequence=sequence)), 0.0)
    assert isinstance(event, e.BindRefused)
    (asked,) = smsc.receive(encode(BindTransceiver(sequence=1)), 0.0)
    smsc.respond(asked.pdu, GenericNack())
    assert smsc.state is State.OPEN


def test_a_message_glued_to_the_bind_response_is_read():
    esme, smsc = pair()
    esme.request(BindTransceiver(), 0.0)
    (asked,) = carry(esme, smsc)
    smsc.respond(asked.pdu, asked.pdu.response())
    smsc.request(DeliverSm(short_message=b"at once"), 0.0)
    first, second = carry(smsc, esme)
    assert isinstance(first, e.Bound)
    assert isinstance(second, e.Received)


def test_a_message_before_the_bind_is_accepted_is_refused():
    _, smsc = pair()
    events = smsc.receive(encode(BindTransceiver(sequence=1)) + encode(SubmitSm(sequence=2)), 0.0)
    assert [type(event) for event in events] == [e.BindRequested, e.Refused]
    assert said(smsc) == [SubmitSm(sequence=2).response(s.ESME_RINVBNDSTS)]


@pytest.mark.parametrize("kind", BINDS)
def test_a_second_bind_is_refused_and_changes_nothing(kind: str) -> None:
    _, smsc = bound("tx")
    (event,) = smsc.receive(encode(BINDS[kind](sequence=9)), 0.0)
    assert (type(event), event.status) == (e.Refused, s.ESME_RALYBND)
    assert said(smsc)[0].status == s.ESME_RALYBND
    assert smsc.state is State.BOUND_TX
    assert smsc.bind_request is not None
    assert smsc.bind_request.system_id == b"shop"


def test_a_bind_while_one_waits_is_refused_and_the_first_can_still_be_answered():
    _, smsc = pair()
    (asked,) = smsc.receive(encode(BindTransceiver(sequence=1)), 0.0)
    (event,) = smsc.receive(encode(BindReceiver(sequence=2)), 0.0)
    assert event.status == s.ESME_RALYBND
    said(smsc)
    smsc.respond(asked.pdu, asked.pdu.response())
    assert smsc.state is State.BOUND_TRX


def test_a_bind_is_answered_once():
    _, smsc = pair()
    (asked,) = smsc.receive(encode(BindTransceiver(sequence=1)), 0.0)
    smsc.respond(asked.pdu, asked.pdu.response())
    with pytest.raises(NotPermitted, match="does not wait"):
        smsc.respond(asked.pdu, asked.pdu.response())


def test_a_bind_response_that_cannot_be_written_leaves_the_bind_waiting():
    _, smsc = pair()
    (asked,) = smsc.receive(encode(BindTransceiver(sequence=1)), 0.0)
    with pytest.raises(EncodeError, match="system_id"):
        smsc.respond(asked.pdu, asked.pdu.response(system_id=b"x" * 16))
    assert smsc.state is State.BINDING_TRX
    smsc.respond(asked.pdu, asked.pdu.response(system_id=b"ok"))
    assert smsc.bound


def test_an_esme_is_not_bound_to():
    esme, _ = pair()
    (event,) = esme.receive(encode(BindTransceiver(sequence=1)), 0.0)
    assert isinstance(event, e.Refused)
    assert said(esme) == [BindTransceiverResp(sequence=1, status=s.ESME_RINVBNDSTS)]


def test_an_smsc_does_not_bind_and_nobody_binds_twice():
    esme, smsc = bound()
    for session in (esme, smsc):
        with pytest.raises(NotPermitted, match="bind_transceiver is not permitted"):
            session.request(BindTransceiver(), 0.0)


# -- outbind


def test_outbind_and_the_bind_that_follows():
    esme, smsc = pair()
    smsc.request(Outbind(system_id=b"smsc", password=b"pw"), 0.0)
    assert smsc.state is State.OUTBOUND
    (asked,) = carry(smsc, esme)
    assert asked == e.OutbindReceived(Outbind(sequence=asked.pdu.sequence, system_id=b"smsc", password=b"pw"))
    assert not esme.has_data
    with pytest.raises(NotPermitted):
        esme.request(BindTransmitter(), 0.0)
    esme.request(BindReceiver(), 0.0)
    (bind,) = carry(esme, smsc)
    smsc.respond(bind.pdu, bind.pdu.response())
    assert isinstance(carry(smsc, esme)[0], e.Bound)


def test_outbind_from_the_wrong_side_or_at_the_wrong_time():
    esme, smsc = pair()
    with pytest.raises(NotPermitted):
        esme.request(Outbind(), 0.0)
    (event,) = smsc.receive(encode(Outbind(sequence=1)), 0.0)
    assert isinstance(event, e.Refused)
    assert not smsc.has_data
    esme, smsc = bound()
    with pytest.raises(NotPermitted):
        smsc.request(Outbind(), 0.0)
    assert isinstance(esme.receive(encode(Outbind(sequence=1)), 0.0)[0], e.Refused)
    assert esme.bound


# -- session_init


@pytest.mark.parametrize("side", [0, 1])
def test_who_does_not_bind_in_time_is_cut(side: int) -> None:
    session = pair(100.0, Timers(session_init=7))[side]
    assert session.next_deadline() == 107.0
    assert session.tick(106.9) == []
    assert session.tick(107.0) == [e.LinkDead(e.NOT_BOUND, "not bound within 7 s")]
    assert session.finished
    assert session.tick(200.0) == []


def test_a_bind_without_answer_is_cut():
    esme, _ = pair(0.0, Timers(session_init=7))
    esme.request(BindTransceiver(), 5.0)
    assert esme.tick(7.0) == []
    assert isinstance(esme.tick(12.0)[0], e.LinkDead)


# -- alive


TIMERS = Timers(enquire_link=30, enquire_link_response=10)


def test_silence_is_asked_for_a_sign_of_life():
    esme, smsc = bound(timers=TIMERS)
    assert esme.next_deadline() == 30.0
    assert esme.tick(30.0) == []
    assert carry(esme, smsc, 30.0) == []
    assert carry(smsc, esme, 31.0) == []
    assert esme.next_deadline() == 61.0
    assert esme.bound
    assert esme.counters.enquire_links_sent == 1
    assert (esme.counters.last_enquire_link_sent_at, smsc.counters.last_enquire_link_received_at) == (30.0, 30.0)


def test_silence_after_that_is_death():
    esme, _ = bound(timers=TIMERS)
    esme.tick(30.0)
    assert said(esme) == [EnquireLink(sequence=2)]
    assert esme.tick(39.9) == []
    assert esme.tick(40.0) == [e.LinkDead(e.SILENCE, "an enquire_link was followed by 10 s of silence")]
    assert esme.finished


def test_any_sign_of_life_will_do():
    esme, _ = bound(timers=TIMERS)
    esme.tick(30.0)
    esme.receive(encode(DeliverSm(sequence=1)), 35.0)
    assert esme.tick(45.0) == []
    assert esme.bound


def test_an_enquire_link_that_is_never_answered_is_not_remembered_for_ever():
    esme, _ = bound(timers=TIMERS)
    now = 0.0
    for _ in range(50):
        now += 30.0
        esme.tick(now)
        now += 1.0
        esme.receive(encode(EnquireLink(sequence=1)), now)
    assert len(esme.window.control) == 1


def test_a_holder_may_ask_too():
    esme, smsc = bound(timers=TIMERS)
    esme.enquire_link(5.0)
    carry(esme, smsc)
    assert said(smsc) == [EnquireLinkResp(sequence=2)]
    assert esme.next_deadline() == 15.0


def test_enquire_link_before_the_bind_is_answered_but_does_not_stop_the_clock():
    _, smsc = pair(0.0, Timers(session_init=5))
    assert smsc.receive(encode(EnquireLink(sequence=3)), 4.0) == []
    assert said(smsc) == [EnquireLinkResp(sequence=3)]
    assert isinstance(smsc.tick(5.0)[0], e.LinkDead)


def test_a_session_without_messages_is_ended_if_so_wished():
    esme, smsc = bound(timers=Timers(inactivity=100, enquire_link=0))
    smsc.request(DeliverSm(), 50.0)
    (got,) = carry(smsc, esme, 50.0)
    esme.respond(got.pdu, got.pdu.response())
    carry(esme, smsc, 50.0)
    assert esme.tick(149.9) == []
    assert esme.tick(150.0) == [e.Inactive(100)]
    assert carry(esme, smsc, 150.0) == [e.Unbound(by_peer=True)]
    assert carry(smsc, esme, 150.0) == [e.Unbound(by_peer=False)]


def test_half_a_pdu_ends_the_session():
    _, smsc = bound(timers=Timers(partial_pdu=4, enquire_link=0))
    smsc.receive(encode(SubmitSm(sequence=5))[:20], 10.0)
    smsc.receive(b"\0", 13.0)
    assert smsc.next_deadline() == 14.0
    assert smsc.tick(14.0) == [e.LinkDead(e.HALF_PDU, "a PDU stopped after 21 octets for 4 s")]


def test_a_pdu_that_gets_whole_in_time_does_not():
    _, smsc = bound(timers=Timers(partial_pdu=4, enquire_link=0))
    octets = encode(SubmitSm(sequence=5))
    smsc.receive(octets[:20], 10.0)
    smsc.receive(octets[20:] + octets[:7], 13.0)
    assert smsc.next_deadline() == 17.0


# -- unbinding


@pytest.mark.parametrize("who", [0, 1])
def test_either_side_may_unbind(who: int) -> None:
    sessions = bound()
    first, second = sessions[who], sessions[1 - who]
    first.unbind(1.0)
    assert first.state is State.UNBINDING
    assert carry(first, second) == [e.Unbound(by_peer=True)]
    assert second.finished
    assert carry(second, first) == [e.Unbound(by_peer=False)]
    assert first.finished
    assert (first.end, second.end) == (e.Unbound(by_peer=False), e.Unbound(by_peer=True))


def test_while_unbinding_answers_and_messages_on_their_way_are_taken():
    esme, smsc = bound()
    esme.request(SubmitSm(), 0.0, "mine")
    (got,) = carry(esme, smsc)
    smsc.request(DeliverSm(), 0.0, "theirs")
    smsc.respond(got.pdu, got.pdu.response())
    esme.unbind(0.0)
    with pytest.raises(NotPermitted):
        esme.request(SubmitSm(), 0.0)
    assert esme.room == 0
    down, answer = carry(smsc, esme)
    assert isinstance(down, e.Received)
    assert answer.context == "mine"
    assert esme.respond(down.pdu, down.pdu.response())
    ended, theirs = carry(esme, smsc)
    assert ended == e.Unbound(by_peer=True)
    assert theirs.context == "theirs"


def test_after_the_unbind_nothing_is_taken_or_sent():
    esme, smsc = bound()
    esme.unbind(0.0)
    carry(esme, smsc)
    said(smsc)
    assert isinstance(smsc.receive(encode(SubmitSm(sequence=9)), 0.0)[0], e.Refused)
    assert isinstance(smsc.receive(encode(EnquireLink(sequence=9)), 0.0)[0], e.Refused)
    assert not smsc.has_data
    for session in (esme, smsc):
        with pytest.raises(NotPermitted):
            session.unbind(0.0)
    with pytest.raises(NotPermitted):
        smsc.enquire_link(0.0)


def test_unbinds_that_cross():
    esme, smsc = bound()
    esme.unbind(0.0)
    smsc.unbind(0.0)
    ours, theirs = esme.data_to_send(), smsc.data_to_send()
    assert smsc.receive(ours, 0.0) == [e.Unbound(by_peer=True)]
    assert esme.receive(theirs, 0.0) == [e.Unbound(by_peer=True)]
    assert said(esme) == [UnbindResp(sequence=1)]
    assert said(smsc) == [UnbindResp(sequence=2)]


def test_an_unbind_without_answer():
    esme, _ = bound(timers=Timers(unbind=5, enquire_link=1))
    esme.unbind(10.0)
    assert esme.next_deadline() == 15.0
    assert esme.tick(15.0) == [e.LinkDead(e.NOT_UNBOUND, "the unbind was not answered within 5 s")]


def test_an_unbind_before_any_bind_is_answered():
    _, smsc = pair()
    assert smsc.receive(encode(Unbind(sequence=4)), 0.0) == [e.Unbound(by_peer=True)]
    assert said(smsc) == [UnbindResp(sequence=4)]


def test_a_session_may_speak_another_version():
    _, smsc = pair(interface_version=c.VERSION_50)
    (asked,) = smsc.receive(encode(BindTransceiver(sequence=1)), 0.0)
    smsc.respond(asked.pdu, asked.pdu.response())
    assert said(smsc)[0].tlv(tlv.SC_INTERFACE_VERSION) == b"\x50"


def test_a_move_that_is_not_in_the_table_is_not_made():
    esme, _ = pair()
    with pytest.raises(NotPermitted, match="bind accepted is not permitted while open"):
        esme._move(Move.ACCEPTED)
    assert esme.state is State.OPEN
