"""The forms of message ids, and what becomes of them in answers and receipts."""

from __future__ import annotations

from uuid import UUID

import pytest
import pytest_twisted

from jasminlike.simulator.ids import FORMS, Ids
from tests.simulator.conftest import World
from tests.simulator.esme import message
from tests.simulator.test_smsc import read

NUMBER = 0xABC123


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("decimal", "11256099"),
        ("decimal-zeros", "00000000000011256099"),
        ("hex", "abc123"),
        ("hex-upper", "ABC123"),
        ("hex-zeros", "0000000000abc123"),
        ("hex-upper-zeros", "0000000000ABC123"),
    ],
)
def test_a_number_in_a_form(form: str, written: str) -> None:
    assert FORMS[form](NUMBER) == written


def test_uuids_differ_and_stay_the_same() -> None:
    uuid = FORMS["uuid"]
    assert UUID(uuid(1)).version == 4
    assert uuid(1) == uuid(1) != uuid(2)


def test_numbers_go_up() -> None:
    ids = Ids(7, "hex", "decimal")
    assert [ids.next(), ids.next()] == [7, 8]
    assert (ids.answer(255), ids.receipt(255)) == ("ff", "255")
    ids.change("decimal", "same")
    assert (ids.answer(255), ids.receipt(255)) == ("255", "255")


@pytest.mark.parametrize(
    ("answer", "receipt", "answered", "received"),
    [
        ("hex", "decimal", "abc123", "11256099"),
        ("decimal", "hex-upper", "11256099", "ABC123"),
        ("decimal", "decimal-zeros", "11256099", "00000000000011256099"),
        ("hex-zeros", "hex", "0000000000abc123", "abc123"),
        ("hex", "same", "abc123", "abc123"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_the_answer_and_the_receipt_each_have_their_form(
    world: World, answer: str, receipt: str, answered: str, received: str
) -> None:
    simulator = await world.simulator(answer_id=answer, receipt_id=receipt, id_start=NUMBER)
    esme = await world.bound(simulator)
    esme.submit(message())
    assert (await esme.answered(1))[0].message_id.decode() == answered  # type: ignore[attr-defined]
    await world.pass_time(1)
    pdu = (await esme.delivered(1))[0]
    assert read(pdu).id == received
    assert pdu.tlv(0x1E) == received.encode() + b"\0"
    assert pdu.short_message.startswith(b"id:" + received.encode() + b" ")
