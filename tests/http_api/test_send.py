"""/send: what a request becomes, and what its client is told."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
import pytest_twisted
from twisted.internet.defer import Deferred

from http_api.endpoint import Ask
from http_api.replies import Reply
from http_api.send import SEND, octets_of, submission_of
from jasminlike.accounts.model import MtAuthorization
from jasminlike.errors import BAD_ARGUMENT, BAD_TEXT, NOT_AUTHORIZED, GatewayError
from jasminlike.message.model import HTTP, NO_RECEIPT, Address, ReceiptWish
from jasminlike.pipeline.permit import permit
from jasminlike.pipeline.submission import Accepted, Submission
from tests.http_api.api import CREDENTIALS, FOO, ID, Api

GOOD = {**CREDENTIALS, "to": "33612", "content": "hi"}


def submitted(**more: Any) -> Submission:
    """The submission that arguments amount to, once they passed the checks."""
    args = {
        **CREDENTIALS,
        "to": "33612",
        **({} if "hex-content" in more or "hex_content" in more else {"content": "x"}),
    }
    args.update({name.replace("_", "-") if name != "custom_tlvs" else name: value for name, value in more.items()})
    SEND.check(args)
    return submission_of(args, octets_of(args), FOO)


def test_the_least_request() -> None:
    found = submitted()
    assert found == Submission(user=FOO, door=HTTP, destination=Address("33612"), source=None, payload=b"x")
    assert found.receipt is NO_RECEIPT and found.given == frozenset()


def test_every_argument() -> None:
    found = submitted(
        **{"from": "SHOP"},
        to="+33612",
        coding="8",
        hex_content="00480069",
        priority="2",
        validity_period="60",
        sdt="000000012000000R",
        dlr_url="http://h/x",
        dlr_level="3",
        dlr_method="get",
        tags="a,,b",
        custom_tlvs='{"0x1401": "x"}',
    )
    assert found == Submission(
        user=FOO,
        door=HTTP,
        destination=Address("+33612"),
        source=Address("SHOP"),
        payload=b"\0H\0i",
        data_coding=8,
        priority=2,
        validity_minutes=60,
        schedule=b"000000012000000R",
        receipt=ReceiptWish(3, "http://h/x", "GET"),
        tags=["a", "b"],
        tlvs=[(0x1401, b"x")],
        given=frozenset(
            {
                "source_address",
                "priority",
                "validity_period",
                "schedule_delivery_time",
                "hex_content",
                "dlr_level",
                "dlr_method",
            }
        ),
    )


@pytest.mark.parametrize(
    ("more", "octets"),
    [
        ({"content": "€ {}@"}, b"\x1be \x1b(\x1b)\0"),
        ({"content": "Привет, ж!"}, b"??????, ?!"),
        ({"content": ""}, b""),
        ({"content": "ä€", "coding": "8"}, "ä€".encode()),
        ({"content": "ä", "coding": "3"}, "ä".encode()),
        ({"content": "\udcff\udc00".replace("\udc00", "\udc80"), "coding": "8"}, b"\xff\x80"),
        ({"hex_content": "", "coding": "0"}, b""),
        ({"hex_content": "FFaa00", "coding": "0"}, b"\xff\xaa\0"),
    ],
)
def test_the_octets_of_a_text(more: dict[str, str], octets: bytes) -> None:
    assert submitted(**more).payload == octets


@pytest.mark.parametrize(
    ("args", "reason", "text"),
    [
        ({}, BAD_ARGUMENT, "content or hex-content not present."),
        (
            {"content": "", "hex-content": ""},
            BAD_ARGUMENT,
            "content and hex-content cannot be used both in same request.",
        ),
        ({"hex-content": "zz"}, BAD_ARGUMENT, "Invalid hex-content data: 'b'zz''"),
        ({"hex-content": "abc"}, BAD_ARGUMENT, "Invalid hex-content data: 'b'abc''"),
        ({"hex-content": "ab cd"}, BAD_ARGUMENT, "Invalid hex-content data: 'b'ab cd''"),
        ({"hex-content": "ää"}, BAD_ARGUMENT, r"Invalid hex-content data: 'b'\xc3\xa4\xc3\xa4''"),
        ({"content": "a\udcffb"}, BAD_TEXT, "Argument [content] is not valid UTF-8."),
        ({"content": "a\ud800", "coding": "8"}, BAD_TEXT, "Argument [content] is not valid UTF-8."),
    ],
)
def test_texts_that_are_refused(args: dict[str, str], reason: Any, text: str) -> None:
    with pytest.raises(GatewayError) as caught:
        octets_of(args)
    assert (caught.value.reason, caught.value.public) == (reason, text)


@pytest.mark.parametrize(
    ("more", "wish", "given"),
    [
        ({"dlr": "no"}, NO_RECEIPT, set()),
        ({"dlr": "yes"}, ReceiptWish(1, "", "POST"), set()),
        ({"dlr": "no", "dlr_url": "http://h"}, ReceiptWish(1, "http://h", "POST"), set()),
        ({"dlr": "no", "dlr_level": "2"}, ReceiptWish(2, "", "POST"), {"dlr_level"}),
        ({"dlr_url": "http://h", "dlr_level": "2"}, ReceiptWish(2, "http://h", "POST"), {"dlr_level"}),
        ({"dlr": "yes", "dlr_method": "Get"}, ReceiptWish(1, "", "GET"), {"dlr_method"}),
        ({"dlr_method": "GET"}, NO_RECEIPT, set()),
        ({"dlr": "no", "dlr_method": "GET"}, NO_RECEIPT, set()),
    ],
)
def test_which_receipts_are_wanted(more: dict[str, str], wish: ReceiptWish, given: set[str]) -> None:
    found = submitted(**more)
    assert found.receipt == wish
    assert found.given == given


def test_defaults_need_no_authorization_and_an_empty_source_is_none() -> None:
    nothing = MtAuthorization(
        set_dlr_level=False, http_set_dlr_method=False, set_source_address=False, set_priority=False
    )
    user = msgspec.structs.replace(FOO, mt_authorization=nothing)
    found = submitted(dlr="yes", dlr_url="http://h", **{"from": ""})
    found.user = user
    assert found.source is None
    permit(found, 1)
    found = submitted(priority="0")
    found.user = user
    with pytest.raises(GatewayError) as caught:
        permit(found, 1)
    assert caught.value.reason is NOT_AUTHORIZED


async def ask(api: Api, peer: str = "192.0.2.1", **more: str) -> Reply:
    """Asks the endpoint itself."""
    return await api.front.send.answer(Ask(urlencode({**GOOD, **more}).encode(), b"", b"", peer))


@pytest_twisted.ensureDeferred
async def test_success_counts(api: Api) -> None:
    for _ in range(2):
        reply = await ask(api)
        assert (reply.status, reply.body) == (200, f'Success "{ID}"'.encode())
    http, user = api.stats.http, api.stats.http_of("u1")
    assert (http.request_count, http.success_count) == (2, 2)
    assert http.last_request_at == http.last_success_at == api.now
    assert (user.connects_count, user.submit_sm_request_count) == (2, 2)
    assert user.last_activity_at == user.qos_last_submit_sm_at == api.now
    assert http.auth_error_count == http.server_error_count == 0


@pytest_twisted.ensureDeferred
async def test_a_login_is_checked_once_and_told_the_address(api: Api) -> None:
    await ask(api)
    await ask(api)
    assert api.logins.checked == [("foo", "bar", "192.0.2.1")]


@pytest_twisted.ensureDeferred
async def test_a_wrong_password_submits_nothing(api: Api) -> None:
    reply = await ask(api, password="baz")
    assert (reply.status, reply.body) == (403, b'Error "Authentication failure for username:foo"')
    assert api.intake.submissions == []
    assert api.stats.http.auth_error_count == 1
    assert api.stats.user_http == {}


@pytest_twisted.ensureDeferred
async def test_a_bad_request_asks_nobody_for_a_login(api: Api) -> None:
    for more in ({"to": "x"}, {"hex-content": "00"}, {"foo": "1"}):
        assert (await ask(api, **more)).status == 400
    assert api.logins.checked == []
    http = api.stats.http
    assert http.request_count == 3
    assert [value for name, value in http.rows() if "error" in name] == [0] * 6


@pytest_twisted.ensureDeferred
async def test_what_the_pipeline_refuses_is_told_in_its_words(api: Api) -> None:
    def refuse(submission: Submission) -> Accepted:
        raise GatewayError(
            NOT_AUTHORIZED, "Authorization failed for user [foo] (Setting priority not authorized).", detail="secret"
        )

    api.intake.decide = refuse
    reply = await ask(api, priority="1")
    assert reply.status == 400
    assert reply.body == b'Error "Authorization failed for user [foo] (Setting priority not authorized)."'
    assert api.stats.http.success_count == 0


@pytest_twisted.ensureDeferred
async def test_an_error_of_ours_is_logged_and_not_told(api: Api, logged_errors: Any) -> None:
    def fail(submission: Submission) -> Accepted:
        raise KeyError("the text of a message")

    api.intake.decide = fail
    reply = await ask(api)
    assert (reply.status, reply.body) == (500, b'Error "Unknown error: KeyError"')
    assert api.stats.http.server_error_count == 1
    (error,) = logged_errors()
    assert isinstance(error, KeyError)


@pytest_twisted.ensureDeferred
async def test_the_answer_waits_until_the_message_is_stored(api: Api) -> None:
    stored: Deferred[Accepted] = Deferred()
    api.intake.decide = lambda submission: stored
    api.logins.known = True
    answer = Deferred.fromCoroutine(ask(api))
    assert not answer.called
    stored.callback(Accepted("other-id", 2))
    assert (await answer).body == b'Success "other-id"'
