"""The site of `twisted.web`: limits it adds, methods, unknown paths, the log."""

from __future__ import annotations

import functools
import http.client
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.web.resource import Resource

from http_api.front import Limits
from http_api.ping import ping
from http_api.site import PATIENCE, ApiSite
from jasminlike.stats import Stats
from tests.http_api.api import CREDENTIALS, Api, exchange, in_thread, split_replies

FORM = "application/x-www-form-urlencoded"


def ask(
    port: int, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Asks as Python's own client does. Blocks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    found = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return found


def chunks(size: int, count: int) -> Any:
    return iter([b"x" * size] * count)


@pytest.mark.parametrize("door", ["port", "site_port"])
@pytest_twisted.ensureDeferred
async def test_a_body_too_large_is_refused_in_words(serve: Any, door: str) -> None:
    api = serve(Limits(max_body=4096))
    port = getattr(api, door)
    for body in (b"x" * 4097, b"x" * 60_000, chunks(1000, 5), chunks(1000, 60)):
        status, _, text = await in_thread(functools.partial(ask, port, "POST", "/balance", body, Content_Type=FORM))
        assert (status, text) == (413, b'"The body is larger than 4096 octets."')
    status, _, _ = await in_thread(functools.partial(ask, port, "POST", "/balance", b"x" * 4096, Content_Type=FORM))
    assert status == 400


@pytest.mark.parametrize("length", [f"Content-Length: {4096 * PATIENCE + 1}", "Transfer-Encoding: chunked"])
@pytest_twisted.ensureDeferred
async def test_there_is_an_end_to_patience(serve: Any, length: str) -> None:
    api = serve(Limits(max_body=4096))
    client = await api.connect(api.site_port)
    client.transport.write(f"POST /balance HTTP/1.1\r\n{length}\r\n\r\n".encode())
    if "chunked" in length:
        client.transport.write((b"1000\r\n" + b"x" * 4096 + b"\r\n") * (PATIENCE + 1))
    await client.ended
    assert client.received == b""


@pytest.mark.parametrize(("method", "status"), [("PUT", 501), ("POST", 405), ("PATCH", 501)])
@pytest_twisted.ensureDeferred
async def test_methods_that_a_path_does_not_know(api: Api, method: str, status: int) -> None:
    found, headers, _ = await in_thread(ask, api.port, method, "/ping")
    assert (found, headers["allow"]) == (status, "GET")


@pytest_twisted.ensureDeferred
async def test_head_is_get_without_a_body(api: Api) -> None:
    status, headers, body = await in_thread(ask, api.port, "HEAD", "/ping")
    assert (status, headers["content-length"], body) == (200, "11", b"")


@pytest.mark.parametrize("path", ["/nothing", "/ping2", "/%2e%2e/etc/passwd"])
@pytest_twisted.ensureDeferred
async def test_unknown_paths(api: Api, path: str) -> None:
    status, headers, body = await in_thread(ask, api.port, "GET", path)
    assert status == 404
    assert headers["content-type"].startswith("text/html") and b"<html" in body
    assert headers["server"] == "jasminlike"


@pytest_twisted.ensureDeferred
async def test_the_log_knows_paths_and_no_arguments(api: Api) -> None:
    query = urlencode(CREDENTIALS)
    await in_thread(ask, api.port, "GET", f"/balance?{query}")
    await in_thread(ask, api.port, "GET", f"/nothing?{query}")
    await in_thread(functools.partial(ask, api.port, "POST", "/balance", query.encode(), Content_Type=FORM))
    await in_thread(exchange, api.port, b"garbage\r\n\r\n")
    assert [line[:4] for line in api.log] == [
        ("127.0.0.1", "GET", "/balance", 200),
        ("127.0.0.1", "GET", "/nothing", 404),
        ("127.0.0.1", "POST", "/balance", 200),
    ]
    assert all(line[4] > 0 for line in api.log)


@pytest_twisted.ensureDeferred
async def test_garbage_at_the_site_itself_is_refused(api: Api) -> None:
    octets = await in_thread(exchange, api.site_port, b"garbage\r\n\r\n")
    assert octets.startswith(b"HTTP/1.1 400")


@pytest_twisted.ensureDeferred
async def test_other_resources_may_be_added() -> None:
    class Hello(Resource):
        isLeaf = True

        def render_GET(self, request: Any) -> bytes:
            return b"hello"

    site = ApiSite({"ping": ping(Stats())}, reactor, others={"pages": Hello()})
    port = reactor.listenTCP(0, site, interface="127.0.0.1")
    octets = await in_thread(exchange, port.getHost().port, b"GET /pages/x HTTP/1.0\r\n\r\n")
    assert split_replies(octets)[0][2] == b"hello"
    await port.stopListening()
