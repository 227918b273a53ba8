"""The quick path and `twisted.web` give the same answers to the same requests, and hand the pipeline the same."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_twisted

from http_api.front import Limits
from jasminlike.errors import INTERCEPTOR_REFUSED, NO_ROUTE, QUEUE_FULL, GatewayError
from jasminlike.pipeline.submission import Accepted, Submission
from tests.http_api.api import CREDENTIALS, Api, exchange, in_thread, split_replies

GOOD = {**CREDENTIALS, "to": "33612", "content": "Héllo €"}
FORM = "application/x-www-form-urlencoded"
MULTIPART = b"".join(
    f'--XX\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in GOOD.items()
)
MULTIPART += b"--XX--\r\n"


def get(query: str, *headers: str, method: str = "GET") -> bytes:
    lines = [f"{method} /send?{query} HTTP/1.1", "Host: h", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def post(body: bytes, kind: str = FORM, query: str = "", *headers: str) -> bytes:
    target = f"/send?{query}" if query else "/send"
    lines = [f"POST {target} HTTP/1.1", "Host: h", "Connection: close", *headers, f"Content-Length: {len(body)}"]
    lines += [f"Content-Type: {kind}"] if kind else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def chunked(body: bytes, kind: str = FORM) -> bytes:
    head = f"POST /send HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nContent-Type: {kind}\r\n\r\n"
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(body[n : n + 7]), body[n : n + 7]) for n in range(0, len(body), 7))
    return head.encode() + pieces + b"0\r\n\r\n"


CORPUS: dict[str, bytes] = {
    "good": get(urlencode(GOOD)),
    "fragment": get(urlencode(GOOD) + "#content=no"),
    "form": post(urlencode(GOOD).encode()),
    "form with charset": post(urlencode(GOOD).encode(), FORM + "; charset=UTF-8"),
    "form without a kind": post(urlencode(GOOD).encode(), ""),
    "chunked": chunked(urlencode(GOOD).encode()),
    "json": post(json.dumps(GOOD).encode(), "application/json"),
    "json with charset": post(json.dumps(GOOD).encode(), "application/json; charset=utf-8"),
    "json with numbers": post(json.dumps({**GOOD, "to": 33612, "priority": 1}).encode(), "application/json"),
    "json that is none": post(b"{", "application/json"),
    "multipart": post(MULTIPART, "multipart/form-data; boundary=XX"),
    "multipart without a boundary": post(MULTIPART, "multipart/form-data"),
    "body over url": post(b"to=1", FORM, urlencode(GOOD)),
    "body of another kind": post(b"<x/>", "application/xml", urlencode(GOOD)),
    "body too large": post(b"content=" + b"x" * 5000),
    "body too large in chunks": chunked(b"content=" + b"x" * 5000),
    "body of a get": get(urlencode(GOOD), "Content-Length: 4")[:] + b"to=1",
    "nothing": get(""),
    "no text": get(urlencode({**CREDENTIALS, "to": "1"})),
    "both texts": get(urlencode({**GOOD, "hex-content": "00"})),
    "bad hex": get(urlencode({**CREDENTIALS, "to": "1", "hex-content": "zz"})),
    "bad utf-8": get("username=foo&password=bar&to=1&content=%FF"),
    "octets": get("username=foo&password=bar&to=1&content=%FF%00&coding=4"),
    "unknown argument": get(urlencode({**GOOD, "foo": "<b>ü</b>"})),
    "bad value": get(urlencode({**GOOD, "to": "ü\r\nX: y"})),
    "repeated": get(urlencode(GOOD) + "&to=99"),
    "wrong password": get(urlencode({**GOOD, "password": "baz"})),
    "no route": get(urlencode({**GOOD, "to": "412"})),
    "script": get(urlencode({**GOOD, "to": "520"})),
    "full": get(urlencode({**GOOD, "to": "503"})),
    "broken": get(urlencode({**GOOD, "to": "500"})),
    "stated upgrade": get(urlencode(GOOD), "Connection: Upgrade", "Upgrade: h2c"),
    "old": get(urlencode(GOOD)).replace(b"HTTP/1.1", b"HTTP/1.0"),
}


def decide(submission: Submission) -> Accepted:
    match submission.destination.digits:
        case "412":
            raise GatewayError(NO_ROUTE)
        case "520":
            raise GatewayError(INTERCEPTOR_REFUSED, where="520")
        case "503":
            raise GatewayError(QUEUE_FULL)
        case "500":
            raise RuntimeError("a bug")
    return Accepted("0193", 1)


@pytest.mark.parametrize("name", CORPUS)
@pytest_twisted.ensureDeferred
async def test_the_same_corpus_through_both(serve: Any, logged_errors: Any, name: str) -> None:
    found = []
    for port in ("port", "site_port"):
        api: Api = serve(Limits(max_body=4096))
        api.intake.decide = decide
        octets = await in_thread(exchange, getattr(api, port), CORPUS[name])
        ((status, headers, body),) = split_replies(octets)
        kept = {key: headers.get(key) for key in ("content-type", "content-length", "server", "retry-after")}
        found.append((octets.split(b"\r\n")[0].split(b" ", 1)[1], kept, body, api.intake.submissions, logged_errors()))
        assert headers.get("connection", "").lower() == "close" or name == "old"
        assert status == int(octets[9:12])
    quick, slow = found
    assert quick[:4] == slow[:4]
    assert list(map(repr, quick[4])) == list(map(repr, slow[4]))


def test_the_corpus_meets_many_answers() -> None:
    assert len(CORPUS) > 30


@pytest_twisted.ensureDeferred
async def test_what_is_logged_is_the_same_and_holds_no_secrets(serve: Any) -> None:
    logs = []
    for port in ("port", "site_port"):
        api: Api = serve()
        await in_thread(exchange, getattr(api, port), CORPUS["good"])
        await in_thread(exchange, getattr(api, port), CORPUS["wrong password"])
        await in_thread(exchange, getattr(api, port), CORPUS["form"])
        logs.append(api.log)
    assert logs[0] == logs[1]
    assert [line[:4] for line in logs[0]] == [
        ("127.0.0.1", "GET", "/send", 200),
        ("127.0.0.1", "GET", "/send", 403),
        ("127.0.0.1", "POST", "/send", 200),
    ]
