"""The client over real sockets: answers in every framing, connections kept and lost, time, limits, TLS, redirects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.ssl import DefaultOpenSSLContextFactory, optionsForClientTLS, trustRootFromCertificates
from twisted.internet.task import Clock

from jasminlike.httpc.client import Call, ClientLimits, HttpClient
from jasminlike.httpc.connection import CallFailed, Response
from jasminlike.httpc.target import BadUrl
from tests.httpc.server import ACK, Asked, Server, reply
from tests.net.authority import Authority

Serve = Callable[..., Server]
Connect = Callable[..., HttpClient]


def post(url: str, form: bytes = b"a=1") -> Call:
    return Call(url, "POST", form)


def start(client: HttpClient, call: Call) -> Deferred[Response]:
    return Deferred.fromCoroutine(client.fetch(call))


@pytest_twisted.ensureDeferred
async def test_a_post_carries_its_form_in_the_body(serve: Serve, connect: Connect) -> None:
    server = serve()
    response = await connect().fetch(post(server.url("/x?k=v"), b"id=1&text=a+b"))
    assert (response.status, response.body) == (200, ACK)
    (asked,) = server.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/x?k=v", b"id=1&text=a+b")
    assert asked.headers["host"] == f"127.0.0.1:{server.port}"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert asked.headers["accept"] == "text/plain"
    assert asked.headers["user-agent"].startswith("jasminlike/")


@pytest.mark.parametrize(
    ("path", "target"), [("/x", "/x?a=1"), ("/x?k=v", "/x?k=v&a=1"), ("", "/?a=1"), ("/ä b"[:2], "/%C3%A4?a=1")]
)
@pytest_twisted.ensureDeferred
async def test_a_get_carries_its_form_in_the_url(serve: Serve, connect: Connect, path: str, target: str) -> None:
    server = serve()
    await connect().fetch(Call(server.url(path), "GET", b"a=1"))
    assert (server.asked[0].method, server.asked[0].target, server.asked[0].body) == ("GET", target, b"")


@pytest.mark.parametrize(
    "octets",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nACK/\r\n6\r\nJasmin\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nACK/Jasmin",
        b"HTTP/1.1 103 Early Hints\r\nLocation: /no\r\n\r\nHTTP/1.1 200\r\nContent-Length: 10\r\n\r\nACK/Jasmin",
        b"HTTP/1.0 200 OK\r\nContent-Length: 10\r\nConnection: keep-alive\r\n\r\nACK/Jasmin",
    ],
)
@pytest_twisted.ensureDeferred
async def test_every_framing_is_read_and_the_connection_kept(serve: Serve, connect: Connect, octets: bytes) -> None:
    server, client = serve(lambda asked: octets), connect()
    for _ in range(3):
        assert await client.fetch(post(server.url())) == Response(200, ACK, "")
    assert len(server.connections) == 1


@pytest_twisted.ensureDeferred
async def test_an_answer_may_come_octet_by_octet(serve: Serve, connect: Connect) -> None:
    from twisted.internet import reactor

    def trickle(asked: Asked) -> None:
        octets = list(reply())

        def more() -> None:
            asked.connection.transport.write(bytes([octets.pop(0)]))
            if octets:
                reactor.callLater(0, more)

        more()

    server = serve(trickle)
    assert (await connect().fetch(post(server.url()))).body == ACK


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n"])
@pytest_twisted.ensureDeferred
async def test_a_body_may_end_with_the_connection(serve: Serve, connect: Connect, head: bytes) -> None:
    def answer(asked: Asked) -> None:
        asked.connection.transport.write(head + ACK)
        asked.connection.transport.loseConnection()

    server, client = serve(answer), connect()
    for count in (1, 2):
        assert (await client.fetch(post(server.url()))).body == ACK
        assert len(server.connections) == count


@pytest.mark.parametrize(
    "octets",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nACK/",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nACK/\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"",
    ],
)
@pytest_twisted.ensureDeferred
async def test_an_answer_cut_off_is_a_failure(serve: Serve, connect: Connect, octets: bytes) -> None:
    def answer(asked: Asked) -> None:
        asked.connection.transport.write(octets)
        asked.connection.transport.loseConnection()

    server = serve(answer)
    with pytest.raises(CallFailed) as caught:
        await connect().fetch(post(server.url()))
    assert caught.value.unreachable and not caught.value.stale
    assert len(server.asked) == 1


@pytest_twisted.ensureDeferred
async def test_the_server_may_ask_to_close(serve: Serve, connect: Connect) -> None:
    server, client = serve(lambda asked: reply(ACK, 200, "Connection: close")), connect()
    await client.fetch(post(server.url()))
    await client.fetch(post(server.url()))
    assert len(server.connections) == 2
    await server.until(lambda: server.lost == 2)


@pytest_twisted.ensureDeferred
async def test_calls_at_once_have_connections_of_their_own_which_are_shared_later(
    serve: Serve, connect: Connect
) -> None:
    held: list[Asked] = []
    server, client = serve(held.append), connect()
    calls = [start(client, post(server.url(), b"n=%d" % number)) for number in range(5)]
    await server.until(lambda: len(held) == 5)
    for asked in held:
        asked.connection.transport.write(reply(asked.body))
    assert [(await call).body for call in calls] == [b"n=%d" % number for number in range(5)]
    server.answer = lambda asked: reply()
    for _ in range(5):
        await client.fetch(post(server.url()))
    assert len(server.connections) == 5


@pytest_twisted.ensureDeferred
async def test_a_kept_connection_that_the_server_closes_under_the_call_is_replaced_once(
    serve: Serve, connect: Connect
) -> None:
    server, client = serve(), connect()
    await client.fetch(post(server.url()))

    def close_the_first(asked: Asked) -> bytes | None:
        if asked.connection is server.connections[0]:
            asked.connection.transport.abortConnection()
            return None
        return reply()

    server.answer = close_the_first
    assert (await client.fetch(post(server.url()))).body == ACK
    assert len(server.connections) == 2
    assert len(server.asked) == 3


@pytest_twisted.ensureDeferred
async def test_a_fresh_connection_that_is_closed_fails_at_once(serve: Serve, connect: Connect) -> None:
    server = serve(lambda asked: asked.connection.transport.abortConnection())
    with pytest.raises(CallFailed):
        await connect().fetch(post(server.url()))
    assert len(server.asked) == 1


@pytest_twisted.ensureDeferred
async def test_connections_closed_while_idle_are_not_used(serve: Serve, connect: Connect) -> None:
    server, client = serve(), connect()
    await client.fetch(post(server.url()))
    server.connections[0].transport.loseConnection()
    await server.until(lambda: server.lost == 1)
    await client.fetch(post(server.url()))
    assert (len(server.connections), len(server.asked)) == (2, 2)


@pytest_twisted.ensureDeferred
async def test_an_idle_connection_is_closed_after_its_time(serve: Serve, connect: Connect, clock: Clock) -> None:
    server, client = serve(), connect(ClientLimits(idle=5.0))
    await client.fetch(post(server.url()))
    clock.pump([1.0] * 5)
    await client.fetch(post(server.url()))
    assert len(server.connections) == 1
    clock.pump([1.0] * 7)
    await server.until(lambda: server.lost == 1)


@pytest_twisted.ensureDeferred
async def test_only_so_many_idle_connections_are_kept(serve: Serve, connect: Connect) -> None:
    held: list[Asked] = []
    server, client = serve(held.append), connect(ClientLimits(idle_per_host=2))
    calls = [start(client, post(server.url())) for _ in range(4)]
    await server.until(lambda: len(held) == 4)
    for asked in held:
        asked.connection.transport.write(reply())
    for call in calls:
        await call
    await server.until(lambda: server.lost == 2)


@pytest_twisted.ensureDeferred
async def test_a_call_without_an_answer_fails_in_time(serve: Serve, connect: Connect, clock: Clock) -> None:
    server, client = serve(lambda asked: None), connect(ClientLimits(total=30.0))
    call = start(client, post(server.url()))
    await server.until(lambda: len(server.asked) == 1)
    clock.pump([1.0] * 29)
    assert not call.called
    clock.advance(1.0)
    with pytest.raises(CallFailed, match="no answer in time") as caught:
        await call
    assert caught.value.unreachable
    await server.until(lambda: server.lost == 1)


@pytest_twisted.ensureDeferred
async def test_an_answer_that_trickles_does_not_get_more_time(serve: Serve, connect: Connect, clock: Clock) -> None:
    server, client = serve(lambda asked: reply()[:-1]), connect(ClientLimits(total=3.0))
    call = start(client, post(server.url()))
    await server.until(lambda: len(server.asked) == 1)
    clock.pump([1.0] * 3)
    with pytest.raises(CallFailed, match="no answer in time"):
        await call


@pytest_twisted.ensureDeferred
async def test_a_body_is_limited(serve: Serve, connect: Connect) -> None:
    limits = ClientLimits(max_body=1000)
    server = serve(lambda asked: reply(b"x" * int(asked.fields["size"])))
    client = connect(limits)
    assert len((await client.fetch(post(server.url(), b"size=1000"))).body) == 1000
    with pytest.raises(CallFailed, match="longer than 1000 octets") as caught:
        await client.fetch(post(server.url(), b"size=1001"))
    assert not caught.value.unreachable
    await server.until(lambda: server.lost == 1)


@pytest_twisted.ensureDeferred
async def test_a_head_without_end_is_cut_off(serve: Serve, connect: Connect) -> None:
    server = serve(lambda asked: b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000)
    with pytest.raises(CallFailed, match="head of the answer"):
        await connect().fetch(post(server.url()))


@pytest.mark.parametrize(
    "octets",
    [
        b"SSH-2.0-OpenSSH_9\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_http_fails(serve: Serve, connect: Connect, octets: bytes) -> None:
    server = serve(lambda asked: octets)
    with pytest.raises(CallFailed):
        await connect().fetch(post(server.url()))
    await server.until(lambda: server.lost == 1)


@pytest_twisted.ensureDeferred
async def test_octets_without_a_call_end_the_connection(serve: Serve, connect: Connect) -> None:
    server, client = serve(), connect()
    await client.fetch(post(server.url()))
    server.connections[0].transport.write(b"HTTP/1.1 408 Timeout\r\n\r\n")
    await server.until(lambda: server.lost == 1)
    assert (await client.fetch(post(server.url()))).body == ACK


@pytest_twisted.ensureDeferred
async def test_nobody_there_fails_at_once(serve: Serve, connect: Connect) -> None:
    server = Server()
    url = server.url()
    await server.stop()
    with pytest.raises(CallFailed, match="no connection") as caught:
        await connect().fetch(post(url))
    assert caught.value.unreachable


@pytest.mark.parametrize("url", ["ftp://h/x", "http:///x", "http://h:0/", "http://h:99999/", "http://a b/", "nothing"])
@pytest_twisted.ensureDeferred
async def test_a_url_that_cannot_be_called_is_named_so(connect: Connect, url: str) -> None:
    with pytest.raises(BadUrl):
        await connect().fetch(post(url))


@pytest_twisted.ensureDeferred
async def test_user_and_password_of_a_url_are_sent(serve: Serve, connect: Connect) -> None:
    server = serve()
    await connect().fetch(post(f"http://me:p%40ss@127.0.0.1:{server.port}/x"))
    assert server.asked[0].headers["authorization"] == "Basic bWU6cEBzcw=="
    assert server.asked[0].headers["host"] == f"127.0.0.1:{server.port}"


@pytest_twisted.ensureDeferred
async def test_close_ends_calls_and_connections(serve: Serve, connect: Connect) -> None:
    server, client = serve(lambda asked: None), connect()
    call = start(client, post(server.url()))
    await server.until(lambda: len(server.asked) == 1)
    await client.close()
    with pytest.raises(CallFailed, match="closed"):
        await call
    with pytest.raises(CallFailed, match="closed"):
        await client.fetch(post(server.url()))
    await server.until(lambda: server.lost == 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest_twisted.ensureDeferred
async def test_a_get_follows_where_it_is_sent(serve: Serve, connect: Connect, status: int) -> None:
    def answer(asked: Asked) -> bytes:
        return reply() if asked.path == "/new" else reply(b"", status, "Location: /new?kept=1")

    server = serve(answer)
    assert (await connect().fetch(Call(server.url("/old"), "GET", b"a=1"))).body == ACK
    assert [asked.target for asked in server.asked] == ["/old?a=1", "/new?kept=1"]


@pytest.mark.parametrize(("status", "followed"), [(301, False), (302, False), (303, False), (307, True), (308, True)])
@pytest_twisted.ensureDeferred
async def test_a_post_follows_only_where_it_stays_a_post(
    serve: Serve, connect: Connect, status: int, followed: bool
) -> None:
    def answer(asked: Asked) -> bytes:
        return reply() if asked.path == "/new" else reply(b"", status, "Location: /new")

    server = serve(answer)
    response = await connect().fetch(post(server.url("/old")))
    assert response.status == (200 if followed else status)
    assert [(asked.method, asked.body) for asked in server.asked] == [("POST", b"a=1")] * (1 + followed)


@pytest_twisted.ensureDeferred
async def test_redirects_end(serve: Serve, connect: Connect) -> None:
    server = serve(lambda asked: reply(b"", 302, "Location: /again"))
    with pytest.raises(CallFailed, match="redirects"):
        await connect().fetch(Call(server.url(), "GET", b""))
    assert len(server.asked) == 4


@pytest_twisted.ensureDeferred
async def test_certificates_are_verified(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("localhost")
    server = serve(tls=DefaultOpenSSLContextFactory(key, certificate))
    with pytest.raises(CallFailed, match="connection"):
        await connect().fetch(post(server.url("/x", "https", "localhost")))
    assert server.asked == []


def trusting(file: str) -> Callable[[str], Any]:
    from twisted.internet.ssl import Certificate

    root = trustRootFromCertificates([Certificate.loadPEM(Path(file).read_bytes())])
    return lambda host: optionsForClientTLS(host, trustRoot=root)


@pytest_twisted.ensureDeferred
async def test_calls_over_tls_share_a_connection(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("localhost")
    server = serve(tls=DefaultOpenSSLContextFactory(key, certificate))
    client = connect(tls=trusting(authority.file))
    for _ in range(2):
        assert (await client.fetch(post(server.url("/x", "https", "localhost")))).body == ACK
    assert len(server.connections) == 1


@pytest_twisted.ensureDeferred
async def test_a_certificate_of_another_host_is_refused(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("elsewhere.example")
    server = serve(tls=DefaultOpenSSLContextFactory(key, certificate))
    with pytest.raises(CallFailed):
        await connect(tls=trusting(authority.file)).fetch(post(server.url("/x", "https", "localhost")))
    assert server.asked == []
