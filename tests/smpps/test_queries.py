"""query_sm, cancel_sm, replace_sm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import pytest_twisted

from jasminlike.interfaces import MessageView
from jasminlike.message import lifecycle
from jasminlike.smpp import statuses as s
from jasminlike.smpp.pdu import CancelSm, QuerySm, ReplaceSm
from jasminlike.smpps.queries import answer
from tests.smpps.esme import Place

ID = "01934567-89ab-7cde-8f01-23456789abcd"
VIEW = MessageView(
    id=ID,
    user="acme-uid",
    door="smppsapi",
    source="Shop",
    destination="33612",
    connector="c",
    state="delivered",
    final=True,
    accepted_at=1.7e9,
    ended_at=1.7e9,
    error="000",
    reason="",
    parts=(),
    total=1,
    data_coding=0,
    payload=b"",
)


@pytest_twisted.ensureDeferred
async def test_the_state_of_a_message(place: Place) -> None:
    place.records.views[ID] = VIEW
    esme = await place.bound()
    found = await esme.ask(QuerySm(message_id=ID.upper().encode(), source_addr=b"Shop"))
    assert (found.status, found.message_id, found.message_state, found.error_code) == (0, ID.encode(), 2, 0)
    assert found.final_date == b"231114221320000+"


@pytest.mark.parametrize(
    ("user", "message_id", "source", "status"),
    [
        ("acme-uid", b"01934567-89ab-7cde-8f01-23456789abce", b"", s.ESME_RINVMSGID),
        ("acme-uid", b"7", b"", s.ESME_RINVMSGID),
        ("acme-uid", b"\xff" * 36, b"", s.ESME_RINVMSGID),
        ("other-uid", ID.encode(), b"", s.ESME_RINVMSGID),
        ("acme-uid", ID.encode(), b"Other", s.ESME_RQUERYFAIL),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_not_the_clients_is_not_told(
    place: Place, user: str, message_id: bytes, source: bytes, status: int
) -> None:
    place.records.views[ID] = replace(VIEW, user=user)
    esme = await place.bound()
    assert (await esme.ask(QuerySm(message_id=message_id, source_addr=source))).status == status


@pytest_twisted.ensureDeferred
async def test_a_store_that_fails_is_an_answer(place: Place, logged_errors: Any) -> None:
    esme = await place.bound()
    assert (await esme.ask(QuerySm(message_id=b"broken"))).status == s.ESME_RQUERYFAIL
    assert len(logged_errors()) == 1


@pytest_twisted.ensureDeferred
async def test_what_was_sent_cannot_be_called_back(place: Place) -> None:
    esme = await place.bound()
    canceled = await esme.ask(CancelSm(message_id=ID.encode()))
    assert (canceled.name, canceled.status) == ("cancel_sm_resp", s.ESME_RCANCELFAIL)
    replaced = await esme.ask(ReplaceSm(message_id=ID.encode(), short_message=b"other"))
    assert (replaced.name, replaced.status) == ("replace_sm_resp", s.ESME_RREPLACEFAIL)


@pytest.mark.parametrize(
    ("state", "final", "number"),
    [
        ("queued", False, 1),
        ("sending", False, 1),
        ("sent", False, 1),
        ("sent", True, 6),
        ("delivered", True, 2),
        ("expired", True, 3),
        ("canceled", True, 4),
        ("undelivered", True, 5),
        ("failed", True, 5),
        ("unknown", True, 7),
        ("rejected", True, 8),
    ],
)
def test_each_state_has_its_number(state: str, final: bool, number: int) -> None:
    found = answer(replace(VIEW, state=state, final=final))
    assert found.message_state == number
    assert (found.final_date != b"") == final


@pytest.mark.parametrize("state", lifecycle.ENDS)
def test_no_end_is_forgotten(state: str) -> None:
    assert (answer(replace(VIEW, state=state)).message_state == 7) == (state == "unknown")


@pytest.mark.parametrize(("error", "code"), [("034", 34), ("255", 255), ("256", 0), ("", 0), ("ESME_RINVDSTADR", 0)])
def test_an_error_that_fits_is_told(error: str, code: int) -> None:
    assert answer(replace(VIEW, error=error)).error_code == code
