"""/rate, /balance, /status, /ping and /: what they say, to whom, and what they count."""

from __future__ import annotations

import dataclasses
import json
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, fail

from http_api.endpoint import Ask
from http_api.replies import Reply
from http_api.status import moment
from jasminlike.accounts.billing import Purses
from jasminlike.accounts.model import MtAuthorization, User
from jasminlike.errors import (
    AUTH_FAILED,
    NO_ROUTE,
    QUEUE_FULL,
    STORE_FAILED,
    USER_DISABLED,
    GatewayError,
    Reason,
)
from jasminlike.interfaces import MessageView, PartView
from jasminlike.message.model import Address
from jasminlike.pipeline.submission import Quote, Submission
from tests.http_api.api import CREDENTIALS, FOO, ID, Api


async def ask(api: Api, path: str, **more: str) -> tuple[int, Any]:
    """Status, and what the JSON says."""
    endpoint: Any = api.site.resource.children[path.encode()]._endpoint
    reply: Reply = await endpoint.answer(Ask(urlencode({**CREDENTIALS, **more}).encode(), b"", b"", "192.0.2.1"))
    assert reply.content_type == b"application/json"
    return reply.status, json.loads(reply.body)


def allow(api: Api, **authorizations: bool) -> None:
    api.logins.user = msgspec.structs.replace(FOO, mt_authorization=MtAuthorization(**authorizations))


PATHS = ["rate", "balance", "status"]
ENOUGH = {"rate": {"to": "33612"}, "balance": {}, "status": {"id": ID}}


def said(path: str, text: str) -> Any:
    return {"error": text} if path == "status" else text


@pytest.mark.parametrize("path", PATHS)
@pytest_twisted.ensureDeferred
async def test_a_login_is_needed(api: Api, path: str) -> None:
    text = "Authentication failure for username:foo"
    assert await ask(api, path, **{**ENOUGH[path], "password": "baz"}) == (403, said(path, text))
    assert (api.stats.http.request_count, api.stats.http.auth_error_count) == (1, 1)


@pytest.mark.parametrize("path", PATHS)
@pytest_twisted.ensureDeferred
async def test_arguments_are_checked(api: Api, path: str) -> None:
    assert await ask(api, path, **ENOUGH[path], foo="1") == (400, said(path, "Argument [foo] is unknown."))


@pytest.mark.parametrize(
    ("reason", "status", "text"),
    [
        (USER_DISABLED, 403, "Authentication failure for username:foo"),
        (AUTH_FAILED, 403, "Authentication failure for username:foo"),
        (QUEUE_FULL, 503, "The gateway holds as many messages as it may"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_logins_may_fail_otherwise(
    api: Api, monkeypatch: pytest.MonkeyPatch, reason: Reason, status: int, text: str
) -> None:
    def check(username: str, password: str, peer: str) -> Deferred[User]:
        return fail(GatewayError(reason))

    monkeypatch.setattr(api.logins, "check", check)
    assert await ask(api, "balance") == (status, text)


# --- rate


@pytest_twisted.ensureDeferred
async def test_a_rate(api: Api) -> None:
    api.intake.quoted = Quote(1_250_000, 3, ("a",))
    more = {
        "from": "SHOP",
        "coding": "8",
        "hex-content": "0041",
        "tags": "a,b",
        "priority": "1",
        "validity-period": "5",
    }
    assert await ask(api, "rate", to="33612", **more) == (200, {"unit_rate": 1.25, "submit_sm_count": 3})
    (found,) = api.intake.submissions
    assert (found.destination, found.source) == (Address("33612"), Address("SHOP"))
    assert (found.payload, found.data_coding, found.tags) == (b"\0A", 8, ["a", "b"])
    assert api.stats.http_of("u1").rate_request_count == 1


@pytest_twisted.ensureDeferred
async def test_a_rate_without_a_text_and_one_in_gsm(api: Api) -> None:
    await ask(api, "rate", to="33612")
    await ask(api, "rate", to="33612", content="€")
    assert [each.payload for each in api.intake.submissions] == [b"", b"\x1be"]


@pytest.mark.parametrize("name", ["sdt", "dlr", "dlr-url", "dlr-level", "dlr-method", "custom_tlvs"])
@pytest_twisted.ensureDeferred
async def test_what_a_rate_does_not_know(api: Api, name: str) -> None:
    assert await ask(api, "rate", to="1", **{name: "1"}) == (400, f"Argument [{name}] is unknown.")


@pytest_twisted.ensureDeferred
async def test_a_rate_needs_its_authorization(api: Api) -> None:
    allow(api, http_rate=False)
    assert await ask(api, "rate", to="1") == (400, "Authorization failed for user [foo] (Cannot check rate).")
    assert api.intake.submissions == []


@pytest_twisted.ensureDeferred
async def test_no_rate_without_a_route(api: Api) -> None:
    def refuse(submission: Submission) -> Any:
        raise GatewayError(NO_ROUTE)

    api.intake.decide = refuse
    assert await ask(api, "rate", to="1") == (412, "No route found")
    assert api.stats.http.route_error_count == 1


@pytest_twisted.ensureDeferred
async def test_numbers_are_written_as_jasmin_writes_them(api: Api) -> None:
    api.intake.quoted = Quote(0, 1, ("a",))
    endpoint: Any = api.site.resource.children[b"rate"]._endpoint
    reply = await endpoint.answer(Ask(urlencode({**CREDENTIALS, "to": "1"}).encode(), b"", b"", ""))
    assert reply.body == b'{"unit_rate": 0.0, "submit_sm_count": 1}'


# --- balance


@pytest.mark.parametrize(
    ("balance", "messages", "shown"),
    [
        (None, None, {"balance": "ND", "sms_count": "ND"}),
        (14_000_000, 0, {"balance": 14.0, "sms_count": 0}),
        (8_500_001, 7, {"balance": 8.500001, "sms_count": 7}),
        (0, None, {"balance": 0.0, "sms_count": "ND"}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_balance(api: Api, balance: int | None, messages: int | None, shown: dict[str, Any]) -> None:
    endpoint: Any = api.site.resource.children[b"balance"]._endpoint
    endpoint._purses = Purses([("u1", balance, messages)])
    assert await ask(api, "balance") == (200, shown)
    assert api.stats.http_of("u1").balance_request_count == 1
    assert api.stats.http_of("u1").last_activity_at == api.now


@pytest_twisted.ensureDeferred
async def test_a_balance_needs_its_authorization(api: Api) -> None:
    allow(api, http_balance=False)
    assert await ask(api, "balance") == (400, "Authorization failed for user [foo] (Cannot check balance).")


# --- status

VIEW = MessageView(
    id=ID,
    user="u1",
    door="httpapi",
    source="SHOP",
    destination="33612",
    connector="north",
    state="rejected",
    final=True,
    accepted_at=1_769_903_999.25,
    ended_at=1_769_904_003.0,
    error="ESME_RINVDSTADR",
    reason="smsc_rejected",
    parts=(
        PartView(1, "delivered", "north", "0000ABCD", 1_769_904_000.0009, 1_769_904_002.5, "", "", True),
        PartView(2, "queued", "south", "", None, None, "", "no-such-code", False),
    ),
    total=2,
    data_coding=0,
    payload=b"the text",
)


@pytest_twisted.ensureDeferred
async def test_a_message_and_its_parts(api: Api) -> None:
    api.records.views[ID] = VIEW
    assert await ask(api, "status", id=ID.upper()) == (
        200,
        {
            "id": ID,
            "state": "rejected",
            "final": True,
            "from": "SHOP",
            "to": "33612",
            "connector": "north",
            "accepted_at": "2026-01-31T23:59:59.250Z",
            "ended_at": "2026-02-01T00:00:03.000Z",
            "error": "ESME_RINVDSTADR",
            "reason": "smsc_rejected",
            "reason_text": "The operator refused the message",
            "total": 2,
            "parts": [
                {
                    "number": 1,
                    "state": "delivered",
                    "connector": "north",
                    "smsc_id": "0000ABCD",
                    "sent_at": "2026-02-01T00:00:00.000Z",
                    "ended_at": "2026-02-01T00:00:02.500Z",
                    "error": None,
                    "reason": None,
                    "reason_text": None,
                    "redelivered": True,
                },
                {
                    "number": 2,
                    "state": "queued",
                    "connector": "south",
                    "smsc_id": None,
                    "sent_at": None,
                    "ended_at": None,
                    "error": None,
                    "reason": "no-such-code",
                    "reason_text": None,
                    "redelivered": False,
                },
            ],
        },
    )


@pytest_twisted.ensureDeferred
async def test_messages_of_others_are_as_unknown_as_none(api: Api) -> None:
    unknown = (404, {"error": "No message has this id"})
    assert await ask(api, "status", id=ID) == unknown
    api.records.views[ID] = dataclasses.replace(VIEW, user="u2")
    assert await ask(api, "status", id=ID) == unknown


@pytest.mark.parametrize(
    "given", ["", "x", ID[:-1], ID + "0", ID.replace("-", ""), ID.replace("a", "g", 1), f"{{{ID}}}"]
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_id(api: Api, given: str) -> None:
    assert await ask(api, "status", id=given) == (400, {"error": f"Argument [id] has an invalid value: [{given}]."})


@pytest_twisted.ensureDeferred
async def test_an_id_is_needed(api: Api) -> None:
    assert await ask(api, "status") == (400, {"error": "Mandatory argument [id] is not found."})


@pytest_twisted.ensureDeferred
async def test_records_that_fail_are_no_404(api: Api, monkeypatch: pytest.MonkeyPatch, logged_errors: Any) -> None:
    monkeypatch.setattr(api.records, "find", lambda message_id: fail(GatewayError(STORE_FAILED, detail="disk")))
    status, _ = await ask(api, "status", id=ID)
    assert (status, len(logged_errors())) == (500, 1)


@pytest.mark.parametrize(
    ("at", "shown"),
    [(None, None), (0.0, None), (0.001, "1970-01-01T00:00:00.001Z"), (1_700_000_000.9999, "2023-11-14T22:13:20.999Z")],
)
def test_moments(at: float | None, shown: str | None) -> None:
    assert moment(at) == shown


# --- ping and /


@pytest.mark.parametrize(("path", "body"), [(b"ping", b"Jasmin/PONG"), (b"", b"1.2.3")])
@pytest_twisted.ensureDeferred
async def test_fixed_answers(api: Api, path: bytes, body: bytes) -> None:
    endpoint: Any = api.site.resource.children[path]._endpoint
    reply = await endpoint.answer(Ask(b"any=thing", b"", b"", ""))
    assert (reply.status, reply.body, reply.content_type) == (200, body, b"text/html")
    assert api.stats.http.request_count == 0
