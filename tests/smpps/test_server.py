"""The server as a whole: another library's client, limits, the end."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import pytest_twisted
from smpp.pdu import operations, pdu_types
from smpp.pdu.pdu_encoding import PDUEncoder
from twisted.internet.defer import Deferred

from jasminlike.errors import SettingError
from jasminlike.message.model import Receipt
from jasminlike.settings.schema import Smpps
from jasminlike.smpp import events as e
from jasminlike.smpp import statuses as s
from jasminlike.smpp.codec import encode
from jasminlike.smpp.pdu import BindReceiver, SubmitSm
from jasminlike.smpps.server import timers_of
from tests.smpps.esme import PASSWORD, Place, Raw, Stopped, account, until
from tests.smpps.test_thrower import mail, numbers, texts, tracked

# --- a client of another library, whose passwords have eight octets at most


async def theirs(raw: Raw, pdu: Any, count: int) -> Any:
    """Sends a PDU of the other library; its answer, read by it."""
    raw.write(PDUEncoder().encode(pdu))
    await raw.have(count)
    return last(raw)


def last(raw: Raw) -> Any:
    return PDUEncoder().decode(BytesIO(raw.frames[-1]))


@pytest_twisted.ensureDeferred
async def test_a_client_of_another_library(durable: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.smpps.esme.PASSWORD", "secret")
    raw = await durable.raw()
    answer = await theirs(raw, operations.BindTransceiver(1, system_id=b"acme", password=b"secret"), 1)
    assert (answer.status, answer.params["system_id"]) == (pdu_types.CommandStatus.ESME_ROK, b"smpps_01")
    submit = operations.SubmitSM(
        2,
        source_addr_ton=pdu_types.AddrTon.ALPHANUMERIC,
        source_addr=b"Shop",
        destination_addr=b"33612",
        short_message=b"hi",
        registered_delivery=pdu_types.RegisteredDelivery(
            pdu_types.RegisteredDeliveryReceipt.SMSC_DELIVERY_RECEIPT_REQUESTED
        ),
    )
    answer = await theirs(raw, submit, 2)
    assert (answer.status, answer.seqNum) == (pdu_types.CommandStatus.ESME_ROK, 2)
    message_id = answer.params["message_id"].decode()
    (taken,) = durable.intake.submissions
    assert (taken.payload, taken.receipt.registered_delivery, taken.given) == (
        b"hi",
        1,
        {"source_address", "dlr_level"},
    )
    await durable.server.notices.ended(tracked(message=message_id), Receipt("c", "x", "DELIVRD", "000"))
    await raw.have(3)
    delivered = last(raw)
    assert delivered.params["receipted_message_id"].decode() == message_id
    assert delivered.params["short_message"].startswith(b"id:" + message_id.encode())
    raw.write(PDUEncoder().encode(operations.DeliverSMResp(delivered.seqNum)))
    await until(lambda: not durable.server.mailbox.depth("acme"))
    answer = await theirs(raw, operations.Unbind(4), 4)
    assert answer.status == pdu_types.CommandStatus.ESME_ROK
    await raw.ended()


# --- limits


@pytest_twisted.ensureDeferred
async def test_connections_over_the_limit_are_closed_at_once(place: Place) -> None:
    await place.again(max_connections=2)
    first, second = await place.bound(), await place.connect()
    third = await place.raw()
    await third.ended()
    assert place.server.connections == 2
    second.protocol.abort("enough")
    await until(lambda: place.server.connections == 1)
    fourth = await place.connect()
    assert await fourth.bind() == 0
    assert (await first.ask(SubmitSm(destination_addr=b"1"))).status == 0


@pytest_twisted.ensureDeferred
async def test_the_server_has_the_name_of_its_settings(place: Place) -> None:
    await place.again(id="gateway-7")
    esme = await place.bound()
    assert [each.pdu.system_id for each in esme.events if isinstance(each, e.Bound)] == [b"gateway-7"]


def test_a_response_must_have_some_time() -> None:
    with pytest.raises(SettingError, match=r"smpps\.responseTimerSecs"):
        timers_of(Smpps(responseTimerSecs=0.0))


def test_the_timers_are_those_of_the_settings() -> None:
    timers = timers_of(
        Smpps(
            sessionInitTimerSecs=1.0,
            enquireLinkTimerSecs=2.0,
            inactivityTimerSecs=3.0,
            responseTimerSecs=4.0,
            pduReadTimerSecs=5.0,
        )
    )
    assert (timers.session_init, timers.enquire_link, timers.inactivity, timers.response, timers.partial_pdu) == (
        1.0,
        2.0,
        3.0,
        4.0,
        5.0,
    )
    assert timers.enquire_link_response == 4.0


# --- the end


@pytest_twisted.ensureDeferred
async def test_stopping_answers_what_is_under_way_then_unbinds_everybody(place: Place) -> None:
    place.directory.user(account("other"))
    busy, idle, unbound = await place.bound(), await place.bound("rx", "other"), await place.connect()
    place.intake.hold()
    busy.protocol.request(SubmitSm(destination_addr=b"1"))
    await until(lambda: place.intake.submissions)
    stopped: list[None] = []
    place.server.stop().addCallback(stopped.append)
    assert await idle.ended()
    assert await unbound.ended()
    assert stopped == []
    late = busy.protocol.request(SubmitSm(destination_addr=b"2"))
    await busy.until(lambda: bool(answers(busy)))
    assert answers(busy) == [(late, s.ESME_RMSGQFUL)]
    place.intake.answer()
    await busy.ended()
    assert answers(busy)[1][1] == 0
    assert any(isinstance(each, e.Unbound) and each.by_peer for each in busy.events)
    await until(lambda: stopped == [None])
    assert len(place.intake.submissions) == 1
    refused = await place.raw()
    await refused.ended()


def answers(esme: Any) -> list[tuple[int, int]]:
    return [(each.pdu.sequence, each.pdu.status) for each in esme.events if isinstance(each, e.Answered)]


@pytest_twisted.ensureDeferred
async def test_stopping_twice_and_with_nobody_there(place: Place) -> None:
    await place.server.stop()
    await place.server.stop()
    await place.again()
    await place.bound()
    stops = [place.server.stop(), place.server.stop()]
    for stop in stops:
        await stop


@pytest_twisted.ensureDeferred
async def test_nobody_binds_while_the_server_stops(place: Place) -> None:
    place.logins.held = []
    waiting = await place.connect()
    binding = Deferred.fromCoroutine(waiting.bind())
    binding.addErrback(lambda _failure: None)
    await until(lambda: place.logins.held)
    stop = place.server.stop()
    place.logins.answer()
    await stop
    await binding
    assert not any(isinstance(each, e.Bound) for each in waiting.events)


@pytest_twisted.ensureDeferred
async def test_stopping_waits_until_mail_is_back_in_its_queue(storage: Any, durable: Place) -> None:
    esme = await durable.bound()
    esme.mute = True
    await mail(durable, *numbers(1, 5))
    await esme.have(5)
    await durable.server.stop()
    again = await storage.restart()
    assert again.recovered == 5
    await durable.again(again)
    back = await durable.bound()
    await back.have(5)
    assert texts(back) == numbers(1, 5)


@pytest_twisted.ensureDeferred
async def test_a_client_that_ignores_the_end_does_not_keep_the_server(place: Place) -> None:
    clock = Stopped()
    await place.again(clock=clock)
    raw = await place.raw()
    raw.write(encode(BindReceiver(system_id=b"acme", password=PASSWORD.encode(), sequence=1)))
    await raw.have(1)
    stop = place.server.stop()
    await raw.have(2)
    clock.advance(11)
    await stop
    await raw.ended()
