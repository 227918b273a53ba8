"""The table from reasons to answers."""

from __future__ import annotations

import json

import pytest

from http_api import replies
from jasminlike import errors
from jasminlike.errors import REASONS, GatewayError
from jasminlike.stats import HttpStats

FOR_CLIENTS = [
    ("auth_failed", 403, "Authentication failure for username:foo"),
    ("user_disabled", 403, "Authentication failure for username:foo"),
    ("not_authorized", 400, "given"),
    ("value_filter", 400, "given"),
    ("bad_argument", 400, "given"),
    ("bad_text", 400, "given"),
    ("too_long", 400, "given"),
    ("interceptor_failed", 400, "Failed running interception script, check log for details"),
    ("no_route", 412, "No route found"),
    ("no_connector", 412, "Failover route has no bound connectors"),
    ("throughput_exceeded", 403, "User throughput exceeded"),
    ("no_money", 403, "Cannot charge submit_sm, check RouterPB log file for details"),
    ("queue_full", 503, "given"),
    ("stopping", 503, "given"),
    ("store_failed", 500, "Cannot send submit_sm, check SMPPClientManagerPB log file for details"),
    ("unknown_message", 404, "given"),
    ("internal", 500, "Unknown error: given"),
]


@pytest.mark.parametrize(("code", "status", "text"), FOR_CLIENTS)
def test_what_a_client_is_told(code: str, status: int, text: str) -> None:
    public = "Authentication failure for username:foo" if status == 403 and "Auth" in text else "given"
    found = replies.refusal_of(GatewayError(REASONS[code], public, detail="private"))
    assert found[:2] == (status, text)


def test_every_counter_exists() -> None:
    names = {name for name, _ in HttpStats().rows()}
    assert {refusal.counter for refusal in replies.REFUSALS.values()} - {""} <= names
    assert replies.refusal_of(GatewayError(errors.INTERNAL))[2] in names


@pytest.mark.parametrize(
    ("where", "status"), [("402", 402), ("520", 520), ("999", 999), ("", 520), ("99", 520), ("1000", 520), ("x", 520)]
)
def test_a_script_chooses_the_status(where: str, status: int) -> None:
    found = replies.refusal_of(GatewayError(errors.INTERCEPTOR_REFUSED, where=where))
    assert found == (status, f"Interception specific error code {status}", "interceptor_error_count")


def test_an_error_as_text() -> None:
    reply = replies.text_error(400, "No")
    assert (reply.status, reply.body, reply.content_type, reply.headers) == (400, b'Error "No"', b"text/plain", ())
    reply = replies.text_error(400, "Nö \udcff")
    assert (reply.body, reply.content_type) == ('Error "Nö ?"'.encode(), b"text/plain; charset=utf-8")


def test_an_error_as_json() -> None:
    reply = replies.json_error(412, 'No "route" \udcff')
    assert json.loads(reply.body) == 'No "route" \udcff'
    assert reply.content_type == b"application/json"


@pytest.mark.parametrize("make", [replies.text_error, replies.json_error])
def test_who_should_come_again_is_told_when(make: object) -> None:
    assert make(503, "full").headers == ((b"Retry-After", b"5"),)  # type: ignore[operator]
    assert make(500, "broken").headers == ()  # type: ignore[operator]


def test_phrases() -> None:
    assert [replies.phrase(status) for status in (200, 412, 520)] == ["OK", "Precondition Failed", "Unknown"]
