"""From the mailbox to the client, over TCP and a real queue on disk: order, sessions that come and go, restarts."""

from __future__ import annotations

from typing import Any

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from jasminlike.interfaces import all_stored
from jasminlike.message.ids import new_id
from jasminlike.message.model import SMPP, Address, Incoming, Receipt, ReceiptWish, Tracked
from jasminlike.smpp.pdu import DeliverSm
from tests.smpps.esme import Esme, Place


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


def turns(count: int) -> Deferred[None]:
    """Fires after so many turns of the reactor."""
    done: Deferred[None] = Deferred()

    def turn(left: int) -> None:
        if left:
            reactor.callLater(0, turn, left - 1)
        else:
            done.callback(None)

    turn(count)
    return done


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
    assert durable.server.mailbox.depth("acme") == 0 or await emptied(durable)


async def emptied(place: Place) -> bool:
    """Waits until the mailbox of acme is empty."""
    while place.server.mailbox.depth("acme"):
        await turns(1)
    return True
