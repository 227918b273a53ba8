"""What the pipeline reports of messages becomes lines that an operator can search."""

from __future__ import annotations

import json

import pytest

from jasminlike.logs.buffer import Buffer
from jasminlike.logs.lives import MessageLives
from jasminlike.logs.messages import MessageLog, json_form, text_form
from jasminlike.message.model import Address, Incoming, Message, Part, Receipt, ReceiptWish

AT = 1_769_903_999.25
ID = "019c1634-0000-7000-8000-000000000001"


class Room:
    """A message log in memory."""

    def __init__(self, form) -> None:  # type: ignore[no-untyped-def]
        self._lines: list[bytes] = []
        self._buffer = Buffer(form, lambda count, problem: f"lost {problem}\n".encode(), self._lines.append)
        self.lives = MessageLives(MessageLog(self._buffer, lambda: AT))

    def line(self) -> str:
        self._buffer.flush()
        (line,) = self._lines
        return line.decode()


@pytest.fixture
def text() -> Room:
    return Room(text_form(privacy=True))


@pytest.fixture
def open_json() -> Room:
    return Room(json_form(privacy=False))


def message(**more: object) -> Message:
    fields: dict[str, object] = {
        "id": ID,
        "user": "acme",
        "door": "httpapi",
        "source": Address("SHOP"),
        "destination": Address("33612345678", 1, 1),
        "payload": b"hello world",
        "receipt": ReceiptWish(3, "http://127.0.0.1/"),
    }
    return Message(**(fields | more))  # type: ignore[arg-type]


def part(**more: object) -> Part:
    fields: dict[str, object] = {
        "message": ID,
        "number": 2,
        "total": 3,
        "user": "acme",
        "door": "httpapi",
        "connector": "north",
        "others": (),
        "source": Address("SHOP"),
        "destination": Address("33612345678"),
        "payload": b"\x05\x00\x03\x07\x03\x02lo wo",
        "data_coding": 0,
        "esm_class": 0x40,
        "priority": 1,
        "protocol_id": 0,
        "service_type": "",
        "replace_if_present": 0,
        "sm_default_msg_id": 0,
        "schedule": b"",
        "validity": b"",
        "created_at": 0.0,
        "expires_at": 0.0,
        "receipt": ReceiptWish(2),
        "registered_delivery": 1,
    }
    return Part(**(fields | more))  # type: ignore[arg-type]


def test_an_accepted_message(text: Room) -> None:
    text.lives.accepted(message(expires_at=AT + 60), "north", 1)
    assert text.line() == (
        f"2026-01-31T23:59:59.250Z SMS-MT step=accepted uid=acme door=httpapi cid=north msgid={ID} parts=1 prio=0 "
        'dlr=all validity=2026-02-01T00:00:59.250Z from=SHOP to=33612345678 coding=0 content="** 11 byte content **"\n'
    )


def test_a_part_that_was_sent(text: Room) -> None:
    text.lives.sent(part(), "0000ABCD", 1)
    assert text.line() == (
        f"2026-01-31T23:59:59.250Z SMS-MT step=sent uid=acme cid=north msgid={ID} part=2/3 attempt=1 prio=1 "
        'dlr=terminal from=SHOP to=33612345678 status=ESME_ROK smpp_msgid=0000ABCD content="** 11 byte content **"\n'
    )


@pytest.mark.parametrize(("again", "word"), [(True, "retry=yes"), (False, "retry=no")])
def test_a_part_that_was_refused(text: Room, again: bool, word: str) -> None:
    text.lives.refused(part(), "ESME_RTHROTTLED", 4, again)
    line = text.line()
    assert "step=refused" in line
    assert "status=ESME_RTHROTTLED" in line
    assert "attempt=4" in line
    assert word in line


def test_a_receipt(text: Room) -> None:
    receipt = Receipt("north", "0000ABCD", "DELIVRD", "000", "001", "001", "2601312359", "2602010000", "hello")
    text.lives.receipt(receipt, ID)
    assert text.line() == (
        f"2026-01-31T23:59:59.250Z DLR cid=north msgid={ID} smpp_msgid=0000ABCD status=DELIVRD err=000 sub=001 "
        'dlvrd=001 submit_date=2601312359 done_date=2602010000 text="** 5 byte content **"\n'
    )


def test_an_incoming_message(text: Room) -> None:
    incoming = Incoming(ID, "north", Address("33612345678"), Address("2222"), b"STOP")
    text.lives.incoming(incoming, [("http", "crm"), ("smpps", "acme")])
    assert text.line() == (
        f"2026-01-31T23:59:59.250Z SMS-MO cid=north msgid={ID} prio=none from=33612345678 to=2222 coding=0 part=whole "
        'thrown_to=http:crm,smpps:acme content="** 4 byte content **"\n'
    )


def test_an_incoming_message_nobody_wants(text: Room) -> None:
    text.lives.incoming(Incoming(ID, "north", Address("1"), Address("2"), b"x", joined=True, incomplete=True), ())
    line = text.line()
    assert "thrown_to=none" in line
    assert "part=incomplete" in line


@pytest.mark.parametrize(
    ("more", "place"), [({"part_of": (9, 3, 2)}, "2/3"), ({"joined": True}, "joined"), ({}, "whole")]
)
def test_the_place_of_an_incoming_part(open_json: Room, more: dict[str, object], place: str) -> None:
    open_json.lives.incoming(Incoming(ID, "n", Address("1"), Address("2"), b"x", **more), ())  # type: ignore[arg-type]
    assert json.loads(open_json.line())["part"] == place


def test_where_texts_are_allowed_they_can_be_read(open_json: Room) -> None:
    open_json.lives.accepted(message(payload="Привет".encode("utf-16-be"), data_coding=8), "north", 1)
    assert json.loads(open_json.line())["content"] == "Привет"


def test_a_user_data_header_is_no_text(open_json: Room) -> None:
    open_json.lives.sent(part(), "1", 1)
    assert json.loads(open_json.line())["content"] == "lo wo"


@pytest.mark.parametrize("payload", [b"", b"\xff"])
def test_a_damaged_header_does_not_cost_the_line(open_json: Room, payload: bytes) -> None:
    open_json.lives.sent(part(payload=payload), "1", 1)
    assert json.loads(open_json.line())["step"] == "sent"


@pytest.mark.parametrize(("level", "word"), [(0, "no"), (1, "smsc"), (2, "terminal"), (3, "all"), (9, "9")])
def test_which_receipts_were_asked_for(open_json: Room, level: int, word: str) -> None:
    open_json.lives.accepted(message(receipt=ReceiptWish(level)), "north", 1)
    assert json.loads(open_json.line())["dlr"] == word
