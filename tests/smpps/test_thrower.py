"""From the mailbox to the client, over TCP and a real queue on disk: order, sessions that come and go, restarts."""

from __future__ import annotations

import time
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred

from jasminlike.interfaces import Outgoing, all_stored
from jasminlike.message.ids import new_id
from jasminlike.message.model import SMPP, Address, Incoming, Receipt, ReceiptWish, Tracked
from jasminlike.smpp import statuses as s
from jasminlike.smpp.pdu import DataSm, DeliverSm, GenericNack, Pdu
from jasminlike.smpps.thrower import Flight
from tests.smpps.conftest import Storage
from tests.smpps.esme import Esme, Place, Stopped, account, turns, until


def tracked(user: str = "acme-uid", registered: int = 1, message: str = "") -> Tracked:
    wish = ReceiptWish(registered_delivery=registered)
    message = message or new_id()
    return Tracked(message, 1, 1, user, SMPP, "c", Address("Shop", 5, 0), Address("33612", 1, 1), wish, 1.7e9)


def sms(text: str, **more: Any) -> Incoming:
    return Incoming(new_id(), "c", Address("33612", 1, 1), Address("12345", 0, 1), text.encode(), **more)


async def mail(place: Place, *texts: str, username: str = "acme") -> None:
    """Puts incoming messages into the mailbox, stored when this returns."""
    await all_stored([place.server.notices.incoming(sms(text), username) for text in texts])


def numbers(first: int, last: int) -> list[str]:
    return [str(number) for number in range(first, last + 1)]


def texts(*esmes: Esme) -> list[str]:
    return [text.decode() for esme in esmes for text in esme.texts()]


@pytest_twisted.ensureDeferred
async def test_a_receipt_reaches_a_client_that_is_bound(durable: Place) -> None:
    esme = await durable.bound()
    entry = tracked()
    await durable.server.notices.ended(entry, Receipt("c", "x1", "DELIVRD", "000", received_at=1.7e9 + 60))
    (pdu,) = await esme.have(1)
    assert isinstance(pdu, DeliverSm)
    assert (pdu.source_addr, pdu.source_addr_ton, pdu.destination_addr) == (b"33612", 1, b"Shop")
    assert pdu.esm_class == 4
    expected = f"id:{entry.message} submit date:2311142213 done date:2311142214 stat:DELIVRD err:000"
    assert pdu.short_message == expected.encode()
    assert pdu.tlvs == ((0x1E, entry.message.encode() + b"\0"), (0x427, b"\x02"))


@pytest_twisted.ensureDeferred
async def test_mail_waits_for_a_session_that_can_receive(durable: Place) -> None:
    await mail(durable, "1", "2", "3")
    sender = await durable.bound("tx")
    receiver = await durable.bound("rx")
    await receiver.have(3)
    assert texts(receiver) == ["1", "2", "3"]
    assert sender.received == []


@pytest_twisted.ensureDeferred
async def test_what_was_not_answered_comes_again_first_after_a_rebind(durable: Place) -> None:
    esme = await durable.bound()
    esme.mute = True
    await mail(durable, *numbers(1, 15))
    await esme.have(10)
    assert texts(esme) == numbers(1, 10)
    for pdu in esme.received[:2]:
        esme.answer(pdu, 0)
    await esme.have(12)
    esme.protocol.abort("power cut")
    await esme.ended()
    await durable.server.thrower.settled()
    again = await durable.bound()
    await again.have(13)
    assert texts(again) == numbers(3, 15)
    await until(lambda: not durable.server.mailbox.depth("acme"))


@pytest_twisted.ensureDeferred
async def test_mail_survives_a_restart_and_comes_in_order(storage: Storage, durable: Place) -> None:
    esme = await durable.bound()
    esme.mute = True
    await mail(durable, *numbers(1, 25))
    await esme.have(10)
    esme.answer(esme.received[0], 0)
    await esme.have(11)
    journal_closed = Deferred.fromCoroutine(storage.close())  # what comes after this is never written
    await durable.crash()
    await journal_closed
    await durable.again(storage.open())
    again = await durable.bound("rx")
    await again.have(24)
    assert texts(again) == numbers(2, 25)
    await until(lambda: not durable.server.mailbox.depth("acme"))


@pytest_twisted.ensureDeferred
async def test_mail_published_during_a_rebind_comes_behind_what_is_older(durable: Place) -> None:
    esme = await durable.bound()
    esme.mute = True
    await mail(durable, "1", "2", "3")
    await esme.have(3)
    again = await durable.connect()
    durable.logins.held = []
    binding = Deferred.fromCoroutine(again.bind())
    await until(lambda: durable.logins.held)
    esme.protocol.abort("power cut")
    await until(lambda: not durable.stats.smpps.bound_trx_count)
    durable.logins.answer()  # bound again before what was under way is back in the queue
    await mail(durable, "4", "5")
    assert await binding == 0
    await again.have(5)
    assert texts(again) == numbers(1, 5)


class Taker:
    """A session without a connection, which keeps what it is given."""

    username = "acme"
    ready = True

    def __init__(self) -> None:
        self.flights: set[Flight] = set()
        self.got: list[str] = []

    def deliver(self, pdu: Pdu, flight: Flight) -> None:
        self.flights.add(flight)
        self.got.append(pdu.short_message.decode())  # type: ignore[attr-defined]


@pytest_twisted.ensureDeferred
async def test_sessions_that_come_and_go_before_all_is_back_keep_the_order(durable: Place) -> None:
    throwing = durable.server.thrower
    takers = [Taker() for _ in range(4)]
    throwing.up(takers[0])
    await mail(durable, *numbers(1, 5))
    await until(lambda: len(takers[0].got) == 5)
    throwing.answered(takers[0], next(each for each in takers[0].flights if each.delivery.sequence == 2), 0)
    throwing.down(takers[0])
    throwing.up(takers[1])
    throwing.up(takers[2])
    throwing.down(takers[1])
    throwing.down(takers[2])
    assert not throwing.receiving("acme")
    throwing.up(takers[3])
    assert throwing.receiving("acme")
    await mail(durable, "6")
    await until(lambda: len(takers[3].got) == 5)
    assert takers[3].got == ["1", "3", "4", "5", "6"]
    assert takers[1].got == takers[2].got == []
    assert [each.delivery.redelivered for each in sorted(takers[3].flights)] == [True] * 4 + [False]
    for flight in sorted(takers[3].flights):
        throwing.answered(takers[3], flight, 0)
        throwing.answered(takers[3], flight, s.ESME_RSYSERR)  # twice: nothing happens
    throwing.down(takers[3])
    throwing.ready(takers[3])
    await until(lambda: not durable.server.mailbox.depth("acme"))
    assert not throwing.receiving("acme")


@pytest_twisted.ensureDeferred
async def test_two_sessions_share_and_the_unused_one_comes_first(durable: Place) -> None:
    first = await durable.bound("rx")
    await mail(durable, "1")
    await first.have(1)
    second = await durable.bound("trx")
    await mail(durable, "2")
    await second.have(1)
    await mail(durable, *numbers(3, 12))
    await until(lambda: len(texts(first, second)) == 12)
    assert (texts(first)[:2], texts(second)[:2]) == (["1", "3"], ["2", "4"])
    assert len(texts(first)) == len(texts(second)) == 6


@pytest_twisted.ensureDeferred
async def test_what_a_dead_session_left_goes_to_the_other_before_younger_mail(durable: Place) -> None:
    dead, alive = await durable.bound(), await durable.bound()
    dead.mute = alive.mute = True
    await mail(durable, *numbers(1, 20))
    await until(lambda: len(texts(dead, alive)) == 20)
    await mail(durable, "21")
    lost = texts(dead)
    dead.protocol.abort("power cut")
    await until(lambda: durable.stats.smpps.bound_trx_count == 1)
    alive.mute = False
    for pdu in list(alive.received):
        alive.answer(pdu, 0)
    await alive.have(21)
    assert texts(alive)[10:] == [*lost, "21"]
    await until(lambda: not durable.server.mailbox.depth("acme"))


@pytest_twisted.ensureDeferred
async def test_no_more_than_the_window_is_unanswered(storage: Storage, durable: Place) -> None:
    await durable.again(window=3)
    esme = await durable.bound()
    esme.mute = True
    await mail(durable, *numbers(1, 9))
    await esme.have(3)
    await turns(50)
    assert texts(esme) == ["1", "2", "3"]
    esme.answer(esme.received[1], 0)
    await esme.have(4)
    assert texts(esme) == ["1", "2", "3", "4"]


@pytest_twisted.ensureDeferred
async def test_each_account_has_its_own_mailbox(durable: Place) -> None:
    durable.directory.user(account("other"))
    await mail(durable, "for other", username="other")
    await mail(durable, "for acme")
    acme, other = await durable.bound(), await durable.bound(username="other")
    await acme.have(1)
    await other.have(1)
    assert (texts(acme), texts(other)) == (["for acme"], ["for other"])


@pytest_twisted.ensureDeferred
async def test_taken_mail_is_counted(durable: Place) -> None:
    esme = await durable.bound()
    esme.status = lambda pdu: s.ESME_RX_P_APPN if pdu.short_message == b"2" else 0
    await mail(durable, "1", "2", "3")
    await until(lambda: not durable.server.mailbox.depth("acme"))
    assert durable.stats.smpps.deliver_sm_count == durable.stats.smpps_of("acme-uid").deliver_sm_count == 2
    assert durable.logged[-1][0] == "mail-refused"


@pytest.mark.parametrize("status", [s.ESME_RX_P_APPN, s.ESME_RX_R_APPN])
@pytest_twisted.ensureDeferred
async def test_mail_refused_for_good_is_not_sent_again(durable: Place, status: int) -> None:
    esme = await durable.bound()
    esme.status = status
    await mail(durable, "1", "2")
    await until(lambda: not durable.server.mailbox.depth("acme"))
    assert texts(esme) == ["1", "2"]


@pytest_twisted.ensureDeferred
async def test_an_error_keeps_the_order_and_is_tried_again_after_a_pause(durable: Place) -> None:
    clock = Stopped()
    await durable.again(clock=clock, window=1)
    esme = await durable.bound()
    esme.status = s.ESME_RX_T_APPN
    await mail(durable, "1", "2")
    await esme.have(1)
    for seconds, count in ((1.0, 2), (2.0, 3)):
        await until(lambda: delayed(clock))
        clock.advance(seconds * 0.9)
        await turns(20)
        assert len(esme.received) == count - 1
        clock.advance(seconds * 0.2)
        await esme.have(count)
    esme.status = 0
    await until(lambda: delayed(clock))
    clock.advance(4)
    await esme.have(5)
    assert texts(esme) == ["1", "1", "1", "1", "2"]


@pytest_twisted.ensureDeferred
async def test_a_client_that_goes_during_the_pause_finds_its_mail_in_order(durable: Place) -> None:
    clock = Stopped()
    await durable.again(clock=clock)
    esme = await durable.bound()
    esme.status = lambda pdu: s.ESME_RX_T_APPN if pdu.short_message == b"1" else 0
    await mail(durable, "1")
    await esme.have(1)
    await until(lambda: delayed(clock))
    await mail(durable, "2", "3")
    await turns(20)
    assert texts(esme) == ["1"]
    esme.protocol.abort("gone")
    await until(lambda: not durable.stats.smpps.connected_count)
    await durable.server.thrower.settled()
    assert not delayed(clock)
    again = await durable.bound()
    await again.have(3)
    assert texts(again) == ["1", "2", "3"]


@pytest_twisted.ensureDeferred
async def test_two_errors_at_once_are_one_pause(durable: Place) -> None:
    clock = Stopped()
    await durable.again(clock=clock)
    esme = await durable.bound()
    esme.mute = True
    await mail(durable, "1", "2", "3")
    await esme.have(3)
    for pdu in list(esme.received):
        esme.answer(pdu, s.ESME_RMSGQFUL)
    await until(lambda: delayed(clock))
    await turns(20)
    esme.mute = False
    clock.advance(1)
    await esme.have(6)
    assert texts(esme) == ["1", "2", "3"] * 2
    await until(lambda: not durable.server.mailbox.depth("acme"))


@pytest_twisted.ensureDeferred
async def test_a_generic_nack_is_no_thanks(durable: Place) -> None:
    clock = Stopped()
    await durable.again(clock=clock)
    esme = await durable.bound()
    esme.mute = True
    await mail(durable, "1")
    await esme.have(1)
    esme.protocol.respond(esme.received[0], GenericNack())
    await until(lambda: delayed(clock))
    assert durable.stats.smpps.deliver_sm_count == 0
    assert durable.server.mailbox.depth("acme") == 1


@pytest_twisted.ensureDeferred
async def test_what_a_client_never_takes_does_not_keep_the_rest_from_it(durable: Place) -> None:
    clock = Stopped()
    await durable.again(clock=clock)
    esme = await durable.bound()
    esme.status = lambda pdu: s.ESME_RSYSERR if pdu.short_message == b"poison" else 0
    await mail(durable, "poison")
    await esme.have(1)
    for seconds, count in ((1, 2), (2, 3), (4, 4)):
        await until(lambda: "mail-put-aside" in durable.kinds() or delayed(clock))
        clock.advance(seconds)
        await esme.have(count)
    await until(lambda: "mail-put-aside" in durable.kinds())
    await mail(durable, "1", "2")
    await esme.have(6)
    assert texts(esme) == ["poison"] * 4 + ["1", "2"]
    await until(lambda: durable.server.mailbox.depth("acme") == 1)
    assert "30 s" in durable.logged[-1][1]


def delayed(clock: Stopped) -> bool:
    """Whether a pause of the mailbox runs: timers of sessions are longer."""
    return any(call.getTime() - clock.seconds() <= 4 for call in clock.getDelayedCalls())


@pytest_twisted.ensureDeferred
async def test_a_client_that_does_not_answer_loses_its_connection_not_its_mail(durable: Place) -> None:
    clock = Stopped()
    await durable.again(clock=clock, responseTimerSecs=60.0, enquireLinkTimerSecs=0.0)
    esme = await durable.bound()
    esme.mute = True
    await mail(durable, "1", "2")
    await esme.have(2)
    clock.advance(61)
    await esme.ended()
    await until(lambda: not durable.stats.smpps.connected_count)
    again = await durable.bound()
    await again.have(2)
    assert texts(again) == ["1", "2"]


@pytest_twisted.ensureDeferred
async def test_mail_that_nobody_fetches_expires(storage: Storage, durable: Place, logged_errors: Any) -> None:
    await durable.again(dlr_expiry=60.0)
    await mail(durable, "old")
    later = time.time() + 61
    storage.now = durable.now = lambda: later
    await until(lambda: not durable.server.mailbox.depth("acme"))
    await mail(durable, "new")
    esme = await durable.bound()
    await esme.have(1)
    assert texts(esme) == ["new"]


@pytest_twisted.ensureDeferred
async def test_mail_that_expired_before_it_could_go_is_not_sent(durable: Place) -> None:
    await durable.again(dlr_expiry=60.0)
    await mail(durable, "old")
    later = time.time() + 61
    durable.now = lambda: later
    await mail(durable, "new")
    esme = await durable.bound()
    await esme.have(1)
    assert texts(esme) == ["new"]
    assert "mail-expired" in durable.kinds()


@pytest_twisted.ensureDeferred
async def test_mail_that_cannot_be_written_is_put_aside(storage: Storage, durable: Place) -> None:
    esme = await durable.bound()
    await durable.server.notices.incoming(sms("x", validity=b"no time, and far too long"), "acme")
    await mail(durable, "next")
    await esme.have(1)
    assert texts(esme) == ["next"]
    assert "mail-unsendable" in durable.kinds()
    await until(lambda: durable.broker.parked == 1)


@pytest_twisted.ensureDeferred
async def test_octets_that_are_no_mail_are_put_aside(durable: Place) -> None:
    await durable.broker.publish("mailbox.acme", [Outgoing(b"\xffwhat")])
    esme = await durable.bound()
    await mail(durable, "next")
    await esme.have(1)
    assert texts(esme) == ["next"]
    assert durable.broker.parked == 1


@pytest_twisted.ensureDeferred
async def test_receipts_go_as_data_sm_when_wished(durable: Place) -> None:
    await durable.again(dlr_pdu="data_sm")
    esme = await durable.bound()
    entry = tracked()
    await durable.server.notices.ended(entry, Receipt("c", "x1", "UNDELIV", "005"))
    (pdu,) = await esme.have(1)
    assert isinstance(pdu, DataSm)
    assert pdu.tlvs == ((0x1E, entry.message.encode() + b"\0"), (0x427, b"\x05"))
    await until(lambda: durable.stats.smpps.data_sm_count == 1)


@pytest_twisted.ensureDeferred
async def test_a_client_that_does_not_read_gets_nothing_and_others_do(durable: Place) -> None:
    stalled, reader = await durable.bound("rx"), await durable.bound("rx")
    connection = next(each for each in durable.server._connections if each.bound.since == first_since(durable))
    connection.protocol.pauseProducing()
    await mail(durable, *numbers(1, 30))
    await reader.have(30)
    assert (texts(stalled), texts(reader)) == ([], numbers(1, 30))
    reader.mute = True
    await mail(durable, *numbers(31, 45))
    await reader.have(40)
    connection.protocol.resumeProducing()
    await stalled.have(5)
    assert texts(stalled) == numbers(41, 45)


def first_since(place: Place) -> float:
    return place.server.binds.sessions("acme")[0].since


@pytest_twisted.ensureDeferred
async def test_stopping_puts_mail_back(storage: Storage, durable: Place) -> None:
    esme = await durable.bound()
    esme.mute = True
    await mail(durable, "1", "2")
    await esme.have(2)
    await durable.server.stop()
    assert esme.gone or await esme.ended()
    durable.broker = await storage.restart()
    assert durable.broker.recovered == 2
    await durable.again(durable.broker)
    again = await durable.bound()
    await again.have(2)
    assert texts(again) == ["1", "2"]
