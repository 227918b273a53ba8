"""Back-pressure, hostile clients and timers of one connection."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import pytest_twisted

from jasminlike.smpp import constants as c
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses as s
from jasminlike.smpp.codec import encode
from jasminlike.smpp.pdu import BindTransceiver, DeliverSm, DeliverSmResp, EnquireLink, SubmitSm
from jasminlike.smpps import connection as connections
from jasminlike.smpps.connection import MOST_UNDER_WAY, Connection
from tests.smpps.esme import PASSWORD, Place, Raw, Stopped, turns, until


def sm(**fields: Any) -> SubmitSm:
    return SubmitSm(**{"destination_addr": b"33612", "short_message": b"hi", **fields})


def bind_octets() -> bytes:
    return encode(BindTransceiver(system_id=b"acme", password=PASSWORD.encode(), sequence=1))


def flood(count: int, first: int = 2) -> bytes:
    return b"".join(encode(sm(sequence=first + number)) for number in range(count))


def only(place: Place) -> Connection:
    (connection,) = place.server._connections
    return connection


async def raw_bound(place: Place) -> Raw:
    raw = await place.raw()
    raw.write(bind_octets())
    await raw.have(1)
    return raw


# --- back-pressure


@pytest_twisted.ensureDeferred
async def test_a_flood_is_not_read_faster_than_it_is_answered(place: Place) -> None:
    raw = await raw_bound(place)
    place.intake.hold()
    total = 20 * MOST_UNDER_WAY
    raw.write(flood(total))
    await until(lambda: not only(place).protocol.reading)
    await turns(50)
    taken = len(place.intake.submissions)
    assert MOST_UNDER_WAY <= taken < 4 * MOST_UNDER_WAY
    place.intake.answer(taken - MOST_UNDER_WAY // 2 - 1)
    assert not only(place).protocol.reading
    place.intake.answer(1)
    assert only(place).protocol.reading
    while len(place.intake.submissions) < total or place.intake.held:
        place.intake.answer()
        await turns()
        assert len(place.intake.held or ()) < 4 * MOST_UNDER_WAY
    answers = await raw.have(1 + total)
    assert [sequence for _, _, sequence in answers] == list(range(1, total + 2))
    assert {(command, status) for command, status, _ in answers[1:]} == {(c.SUBMIT_SM_RESP, 0)}
    raw.transport.loseConnection()


@pytest_twisted.ensureDeferred
async def test_a_client_that_is_held_back_is_not_taken_for_dead(place: Place) -> None:
    clock = Stopped()
    await place.again(clock=clock, inactivityTimerSecs=0.0)
    esme = await place.bound()
    place.intake.hold()
    for _ in range(MOST_UNDER_WAY):
        esme.protocol.request(sm())
    await until(lambda: not only(place).protocol.reading)
    for _ in range(20):
        clock.advance(30)
    await turns(5)
    place.intake.answer()
    await esme.until(lambda: sum(isinstance(each, e.Answered) for each in esme.events) == MOST_UNDER_WAY)


@pytest_twisted.ensureDeferred
async def test_a_client_that_does_not_read_is_not_read(place: Place) -> None:
    raw = await raw_bound(place)
    raw.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    only(place).protocol.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    raw.transport.pauseProducing()
    total = 20_000
    raw.write(flood(total))
    await until(lambda: not only(place).protocol.writable)
    await turns(100)
    assert not only(place).protocol.reading
    assert len(place.intake.submissions) < total // 2
    raw.transport.resumeProducing()
    assert len(await raw.have(1 + total)) == 1 + total
    assert only(place).protocol.reading
    raw.transport.loseConnection()


@pytest_twisted.ensureDeferred
async def test_a_client_that_never_reads_is_cut(place: Place) -> None:
    clock = Stopped()
    await place.again(clock=clock, responseTimerSecs=60.0, inactivityTimerSecs=0.0)
    esme = await place.bound()
    only(place).protocol.pauseProducing()
    clock.advance(59)
    only(place).protocol.resumeProducing()
    clock.advance(59)
    assert not esme.gone
    only(place).protocol.pauseProducing()
    clock.advance(61)
    await until(lambda: not place.server.connections)
    assert ("lost", "the client does not read") in [each[:2] for each in place.logged]


@pytest_twisted.ensureDeferred
async def test_a_client_held_for_two_reasons_is_read_when_both_are_over(place: Place) -> None:
    esme = await place.bound()
    place.intake.hold()
    for _ in range(MOST_UNDER_WAY):
        esme.protocol.request(sm())
    await until(lambda: not only(place).protocol.reading)
    connection = only(place)
    connection.protocol.pauseProducing()
    place.intake.answer()
    assert not connection.protocol.reading
    connection.protocol.resumeProducing()
    assert connection.protocol.reading


# --- what is no SMPP, or bad SMPP


TLS_HELLO = bytes.fromhex("1603010200010001fc0303") + b"\x5a" * 500
STRANGERS = {
    "tls": TLS_HELLO,
    "http": b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n",
    "length 0": b"\0" * 16,
    "length 15": b"\0\0\0\x0f" + b"\0" * 12,
    "length 16 MB": b"\x01\0\0\0" + b"\0\0\0\4" + b"\0" * 64,
    "length 64 KB + 1": (65537).to_bytes(4, "big") + b"\0\0\0\4",
    "ones": b"\xff" * 64,
}


@pytest.mark.parametrize("octets", STRANGERS.values(), ids=STRANGERS.keys())
@pytest.mark.parametrize("bound", [False, True])
@pytest_twisted.ensureDeferred
async def test_what_is_no_smpp_is_closed(place: Place, octets: bytes, bound: bool) -> None:
    raw = await (raw_bound(place) if bound else place.raw())
    raw.write(octets)
    await raw.ended()
    await until(lambda: not place.server.connections)
    assert place.stats.smpps.connected_count == place.stats.smpps.bound_trx_count == 0
    assert "link-dead" in place.kinds()


@pytest_twisted.ensureDeferred
async def test_half_a_pdu_is_waited_for_only_so_long(place: Place) -> None:
    clock = Stopped()
    await place.again(clock=clock, pduReadTimerSecs=10.0)
    raw = await raw_bound(place)
    raw.write(encode(sm(sequence=2)) + encode(sm(sequence=3))[:20])
    await raw.have(2)
    clock.advance(9)
    await turns(5)
    assert not raw.lost
    clock.advance(2)
    await raw.ended()


@pytest_twisted.ensureDeferred
async def test_octet_by_octet_is_the_same_as_at_once(place: Place) -> None:
    raw = await place.raw()
    octets = bind_octets() + flood(20) + encode(EnquireLink(sequence=99))
    for at in range(len(octets)):
        raw.write(octets[at : at + 1])
        if not at % 7:
            await turns()
    answers = await raw.have(22)
    assert [each for each in answers if each[0] != c.ENQUIRE_LINK_RESP] == [
        (c.BIND_TRANSCEIVER_RESP, 0, 1),
        *((c.SUBMIT_SM_RESP, 0, sequence) for sequence in range(2, 22)),
    ]
    assert answers.count((c.ENQUIRE_LINK_RESP, 0, 99)) == 1
    raw.transport.loseConnection()


@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        (bytes.fromhex("00000010000000ee0000000000000007"), (c.GENERIC_NACK, s.ESME_RINVCMDID, 7)),
        (encode(sm(sequence=7))[:15] + b"\7", (c.SUBMIT_SM_RESP, None, 7)),
        (encode(sm(sequence=7)) + b"\x14", (c.SUBMIT_SM_RESP, s.ESME_RINVOPTPARSTREAM, 7)),
        (encode(sm(sequence=7)).replace(b"33612", b"3" * 40), (c.SUBMIT_SM_RESP, s.ESME_RINVDSTADR, 7)),
    ],
    ids=["unknown command", "no body", "half a TLV", "long address"],
)
@pytest_twisted.ensureDeferred
async def test_one_bad_pdu_is_answered_and_the_session_lives(place: Place, octets: bytes, answer: Any) -> None:
    raw = await raw_bound(place)
    raw.write(len(octets).to_bytes(4, "big") + octets[4:])
    raw.write(encode(sm(sequence=8)))
    answers = await raw.have(3)
    command, status, sequence = answers[1]
    assert (command, sequence) == (answer[0], answer[2])
    assert status == answer[1] or (answer[1] is None and status)
    assert answers[2] == (c.SUBMIT_SM_RESP, 0, 8)
    assert "bad-pdu" in place.kinds()
    raw.transport.loseConnection()


@pytest_twisted.ensureDeferred
async def test_a_client_cannot_fill_the_log(place: Place) -> None:
    raw = await raw_bound(place)
    raw.write(bytes.fromhex("00000010000000ee0000000000000007") * 500)
    await raw.have(501)
    raw.transport.loseConnection()
    await until(lambda: not place.server.connections)
    assert place.kinds().count("bad-pdu") == connections.MOST_COMPLAINTS
    assert place.logged[-1][2]["complaints"] == 500


@pytest_twisted.ensureDeferred
async def test_a_command_of_the_other_side_is_refused(place: Place) -> None:
    raw = await raw_bound(place)
    raw.write(encode(DeliverSm(sequence=7)))
    assert (await raw.have(2))[1] == (c.DELIVER_SM_RESP, s.ESME_RINVBNDSTS, 7)
    raw.write(encode(sm(sequence=8)))
    assert (await raw.have(3))[2] == (c.SUBMIT_SM_RESP, 0, 8)
    raw.transport.loseConnection()


@pytest_twisted.ensureDeferred
async def test_nothing_is_taken_before_the_bind(place: Place) -> None:
    raw = await place.raw()
    raw.write(encode(sm(sequence=7)) + encode(EnquireLink(sequence=8)) + bind_octets())
    answers = await raw.have(3)
    assert answers[0] == (c.SUBMIT_SM_RESP, s.ESME_RINVBNDSTS, 7)
    assert answers[1] == (c.ENQUIRE_LINK_RESP, 0, 8)
    assert answers[2] == (c.BIND_TRANSCEIVER_RESP, 0, 1)
    assert place.intake.submissions == []
    raw.transport.loseConnection()


@pytest_twisted.ensureDeferred
async def test_an_answer_to_nothing_changes_nothing(durable: Place) -> None:
    raw = await raw_bound(durable)
    raw.write(encode(DeliverSmResp(sequence=77)) + encode(sm(sequence=7)))
    assert (await raw.have(2))[1] == (c.SUBMIT_SM_RESP, 0, 7)
    raw.transport.loseConnection()


# --- timers


@pytest_twisted.ensureDeferred
async def test_a_connection_that_does_not_bind_is_closed(place: Place) -> None:
    clock = Stopped()
    await place.again(clock=clock, sessionInitTimerSecs=30.0)
    raw = await place.raw()
    await until(lambda: place.server.connections)
    clock.advance(29)
    await turns(5)
    assert not raw.lost
    clock.advance(2)
    await raw.ended()


@pytest_twisted.ensureDeferred
async def test_refused_binds_do_not_buy_time(place: Place) -> None:
    clock = Stopped()
    await place.again(clock=clock, sessionInitTimerSecs=30.0)
    esme = await place.connect()
    for _ in range(3):
        clock.advance(9)
        assert await esme.bind(password="wrong") == s.ESME_RINVPASWD
    clock.advance(4)
    await esme.ended()


@pytest_twisted.ensureDeferred
async def test_a_silent_client_is_asked_then_dropped(place: Place) -> None:
    clock = Stopped()
    await place.again(clock=clock, enquireLinkTimerSecs=20.0, responseTimerSecs=15.0)
    raw = await raw_bound(place)
    clock.advance(21)
    await raw.have(2)
    command, _, sequence = raw.pdus()[1]
    assert command == c.ENQUIRE_LINK
    raw.write(c.HEADER_LENGTH.to_bytes(4, "big") + c.ENQUIRE_LINK_RESP.to_bytes(4, "big"))
    raw.write(bytes(4) + sequence.to_bytes(4, "big"))
    await until(lambda: only(place).session.counters.received == 2)
    clock.advance(16)
    await turns(5)
    assert not raw.lost
    clock.advance(5)
    await raw.have(3)
    clock.advance(16)
    await raw.ended()


@pytest_twisted.ensureDeferred
async def test_an_idle_session_is_unbound(place: Place) -> None:
    clock = Stopped()
    await place.again(clock=clock, inactivityTimerSecs=300.0, enquireLinkTimerSecs=0.0)
    esme = await place.bound()
    clock.advance(299)
    await esme.ask(sm())
    clock.advance(299)
    assert not esme.gone
    clock.advance(2)
    await esme.ended()
    assert any(isinstance(each, e.Unbound) and each.by_peer for each in esme.events)
    assert "inactive" in place.kinds()


@pytest_twisted.ensureDeferred
async def test_a_client_that_ignores_an_unbind_is_dropped(place: Place) -> None:
    clock = Stopped()
    await place.again(clock=clock)
    raw = await raw_bound(place)
    assert place.server.binds.unbind("acme") == 1
    assert (await raw.have(2))[1][0] == c.UNBIND
    clock.advance(11)
    await raw.ended()


@pytest_twisted.ensureDeferred
async def test_what_is_under_way_is_waited_for_only_so_long(place: Place) -> None:
    clock = Stopped()
    await place.again(clock=clock)
    esme = await place.bound()
    place.intake.hold()
    esme.protocol.request(sm())
    await until(lambda: place.intake.submissions)
    place.server.binds.unbind("acme")
    await turns(10)
    assert not esme.gone
    clock.advance(connections.DRAIN_SECONDS + 1)
    await esme.ended()
    place.intake.answer()


# --- what is counted


@pytest_twisted.ensureDeferred
async def test_signs_of_life_are_counted(place: Place) -> None:
    esme = await place.bound()
    for _ in range(3):
        esme.session.enquire_link(esme.protocol.clock.seconds())
    esme.protocol.request(sm())
    await until(lambda: place.stats.smpps.elink_count == 3)
    smpps = place.stats.smpps
    assert place.stats.smpps_of("acme-uid").elink_count == 3
    assert min(smpps.last_received_pdu_at, smpps.last_received_elink_at, smpps.last_sent_pdu_at) > 0
