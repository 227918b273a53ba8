"""The front: heads of answers, and the quick path over TLS."""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path

import pytest_twisted
from twisted.internet import reactor
from twisted.internet.ssl import DefaultOpenSSLContextFactory

from http_api.replies import Reply
from tests.http_api.api import ID, Api, in_thread, split_replies
from tests.net.authority import Authority


def test_heads(api: Api) -> None:
    reply = Reply(503, b"full", b"text/plain", ((b"Retry-After", b"5"),))
    for keep, old, connection in (
        (True, False, None),
        (False, False, "close"),
        (True, True, "keep-alive"),
        (False, True, "close"),
    ):
        ((status, headers, body),) = split_replies(api.front.octets(reply, keep, old))
        assert (status, body, headers["retry-after"], headers.get("connection")) == (503, b"full", "5", connection)
    ((status, headers, body),) = split_replies(api.front.octets(Reply(200, b"", b"text/html"), True, False))
    assert (status, body, headers["content-type"], headers["content-length"]) == (200, b"", "text/html", "0")


def test_a_status_that_a_script_invents_has_words_too(api: Api) -> None:
    assert api.front.octets(Reply(520, b""), True, False).startswith(b"HTTP/1.1 520 Unknown\r\n")


@pytest_twisted.ensureDeferred
async def test_over_tls(api: Api, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("localhost")
    port = reactor.listenSSL(0, api.front, DefaultOpenSSLContextFactory(key, certificate), interface="127.0.0.1")

    def talk() -> list[tuple[int, bytes]]:
        context = ssl.create_default_context(cafile=authority.file)
        connection = http.client.HTTPSConnection("localhost", port.getHost().port, timeout=20, context=context)
        found = []
        for method, path, body in (
            ("GET", "/send?username=foo&password=bar&to=1&content=hi", None),
            ("POST", "/send", b"username=foo&password=bar&to=1&content=" + b"x" * 100_000),
            ("GET", "/ping", None),
            ("POST", "/send", b"x" * 2_000_000),
        ):
            connection.request(method, path, body)
            response = connection.getresponse()
            found.append((response.status, response.read()))
        connection.close()
        return found

    success = f'Success "{ID}"'.encode()
    found = await in_thread(talk)
    assert found[:3] == [(200, success), (200, success), (200, b"Jasmin/PONG")]
    assert found[3][0] == 413
    await port.stopListening()
