"""Which receipts a client gets, and into whose mailbox what goes."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

from jasminlike.fate import DONE, Park
from jasminlike.interfaces import Delivery, Stored
from jasminlike.message import envelope
from jasminlike.message.model import SMPP, Address, Incoming, Receipt, ReceiptWish, Tracked
from jasminlike.smpps.mail import Mail, ReceiptMail
from jasminlike.smpps.mailbox import Mailbox, MailboxNotices, wanted
from tests.smpps.esme import FakeBroker, FakeDirectory, account

NOW = 1.7e9
LIFETIME = 259_200.0
FINAL = ("DELIVRD", "UNDELIV", "EXPIRED", "REJECTD", "DELETED", "UNKNOWN")


class Room:
    def __init__(self, tell_answers: bool = False, lifetime: float = LIFETIME) -> None:
        self.broker = FakeBroker()
        self.directory = FakeDirectory()
        self.directory.user(account())
        self.receiving: set[str] = set()
        self.logged: list[tuple[str, dict[str, Any]]] = []
        self.mailbox = Mailbox(self.broker, lifetime, self.receiving.__contains__, self._log, lambda: NOW)
        self.notices = MailboxNotices(self.mailbox, self.directory, tell_answers, lambda: NOW)

    def _log(self, type: str, message: str, /, *, level: str = "info", **params: Any) -> None:
        self.logged.append((type, params))

    def mail(self) -> list[Mail]:
        return [envelope.decode(outgoing.body, Mail) for _, outgoing in self.broker.published]

    def receipts(self) -> list[ReceiptMail]:
        return [mail.receipt for mail in self.mail() if mail.receipt is not None]

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.broker.published]


def tracked(registered: int, user: str = "acme-uid") -> Tracked:
    wish = ReceiptWish(registered_delivery=registered)
    return Tracked("m1", 1, 1, user, SMPP, "c", Address("Shop", 5, 0), Address("33612", 1, 1), wish, NOW - 60)


def receipt(state: str, error: str = "000", at: float = NOW - 1) -> Receipt:
    return Receipt("c", "x", state, error, received_at=at)


SMS = Incoming("i1", "c", Address("1"), Address("2"), b"hi")


@pytest.mark.parametrize(
    ("bits", "states"),
    [
        (0, set()),
        (1, {*FINAL, "ACCEPTD", "ENROUTE"}),
        (2, set(FINAL) - {"DELIVRD"}),
        (3, {"DELIVRD"}),
        (0x10, set()),
        (0x11, {*FINAL, "ACCEPTD", "ENROUTE"}),
        (0x12, (set(FINAL) - {"DELIVRD"}) | {"ENROUTE"}),
        (0x0C, set()),
    ],
)
def test_the_receipt_bits_choose_the_states(bits: int, states: set[str]) -> None:
    assert {state for state in (*FINAL, "ACCEPTD", "ENROUTE") if wanted(bits, state)} == states


@pytest.mark.parametrize("bits", [1, 2])
@pytest.mark.parametrize("status", ["ESME_RINVDSTADR", "ESME_RUNKNOWNERR", "0x00000401"])
def test_a_refusal_of_the_operator_is_a_receipt(bits: int, status: str) -> None:
    room = Room()
    assert room.notices.answered(tracked(bits), status) is not None
    (mail,) = room.receipts()
    assert (mail.state, mail.error, mail.done_at, mail.accepted_at) == ("UNDELIV", "099", NOW, NOW - 60)
    assert (mail.message, mail.source, mail.destination) == ("m1", Address("Shop", 5, 0), Address("33612", 1, 1))


@pytest.mark.parametrize("bits", [0, 3, 0x10])
def test_who_did_not_ask_is_not_told_of_refusals(bits: int) -> None:
    room = Room(tell_answers=True)
    assert room.notices.answered(tracked(bits), "ESME_RINVDSTADR") is None
    assert room.notices.answered(tracked(bits), "ESME_ROK") is None
    assert room.broker.published == []


@pytest.mark.parametrize("bits", [1, 2])
def test_acceptance_is_told_only_when_that_is_switched_on(bits: int) -> None:
    room = Room()
    assert room.notices.answered(tracked(bits), "ESME_ROK") is None
    room = Room(tell_answers=True)
    assert room.notices.answered(tracked(bits), "ESME_ROK") is not None
    assert [(mail.state, mail.error) for mail in room.receipts()] == [("ACCEPTD", "000")]


def test_a_receipt_of_the_operator_is_passed_on_with_its_error() -> None:
    room = Room()
    room.notices.ended(tracked(1), receipt("EXPIRED", "04F"))
    room.notices.ended(tracked(1), receipt("UNDELIV", "", at=0.0))
    room.notices.ended(tracked(1), receipt("UNDELIV", "two words"))
    found = [(mail.state, mail.error, mail.done_at) for mail in room.receipts()]
    assert found == [("EXPIRED", "04F", NOW - 1), ("UNDELIV", "000", NOW), ("UNDELIV", "000", NOW - 1)]


def test_a_receipt_nobody_asked_for_is_not_passed_on() -> None:
    room = Room()
    assert room.notices.ended(tracked(0), receipt("DELIVRD")) is None
    assert room.notices.ended(tracked(2), receipt("DELIVRD")) is None
    assert room.broker.published == []


def test_the_receipt_of_an_account_that_is_gone_is_nobodys() -> None:
    room = Room()
    assert room.notices.ended(tracked(1, user="gone"), receipt("DELIVRD")) is None
    assert room.notices.answered(tracked(1, user="gone"), "ESME_RSYSERR") is None


def test_mail_goes_to_the_mailbox_of_the_username_for_its_time() -> None:
    room = Room()
    room.notices.ended(tracked(1), receipt("DELIVRD"))
    room.notices.incoming(SMS, "other")
    assert room.topics() == ["mailbox.acme", "mailbox.other"]
    assert {outgoing.expires_at for _, outgoing in room.broker.published} == {NOW + LIFETIME}
    assert {outgoing.priority for _, outgoing in room.broker.published} == {0}
    assert [mail.expires_at for mail in room.mail()] == [NOW + LIFETIME] * 2
    assert room.mailbox.depth("acme") == 1


def test_mail_may_wait_for_ever() -> None:
    room = Room(lifetime=0.0)
    room.notices.incoming(SMS, "acme")
    assert [outgoing.expires_at for _, outgoing in room.broker.published] == [0.0]


@pytest_twisted.ensureDeferred
async def test_a_message_goes_to_the_first_account_that_is_there() -> None:
    room = Room()
    stored: Stored = room.mailbox.incoming(SMS, ["a", "b", "c"])
    await stored
    room.receiving |= {"b", "c"}
    await room.mailbox.incoming(SMS, ["a", "b", "c"])
    assert room.topics() == ["mailbox.a", "mailbox.b"]
    assert [mail.incoming for mail in room.mail()] == [SMS, SMS]


def expired(room: Room, body: bytes) -> Any:
    outcome: list[Any] = []
    room.broker.expired["mailbox."](Delivery("mailbox.acme", body, 1, 0, 1, False)).addCallback(outcome.append)
    return outcome[0]


def test_mail_that_expired_is_logged_and_done() -> None:
    room = Room()
    assert expired(room, envelope.encode(Mail(1.0, incoming=SMS))) == DONE
    assert room.logged == [("mail-expired", {"username": "acme", "msgid": "i1"})]


def test_what_expired_and_cannot_be_read_is_put_aside() -> None:
    room = Room()
    assert isinstance(expired(room, b"\xff"), Park)
