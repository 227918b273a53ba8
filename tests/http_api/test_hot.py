"""The quick path over real sockets: pieces, pipelines, hand-overs, limits, time, clients that do not read or vanish."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from http_api.front import Limits
from http_api.hot import MOST_WAITING
from jasminlike.pipeline.submission import Accepted, Submission
from tests.http_api.api import CREDENTIALS, ID, Api, RawClient, exchange, in_thread, split_replies

GOOD = {**CREDENTIALS, "to": "33612", "content": "hi"}
SUCCESS = f'Success "{ID}"'.encode()


def get(number: int = 33612, *headers: str, version: str = "1.1") -> bytes:
    query = urlencode({**GOOD, "to": str(number)})
    return "\r\n".join([f"GET /send?{query} HTTP/{version}", "Host: h", *headers, "", ""]).encode()


CLOSE = "Connection: close"
PING = b"GET /ping HTTP/1.1\r\nHost: h\r\n\r\n"


class Later:
    """A pipeline that accepts when it is told to; ids are the destinations."""

    def __init__(self, api: Api) -> None:
        self.waiting: list[tuple[str, Deferred[Accepted]]] = []
        self._told: list[tuple[int, Deferred[None]]] = []
        api.intake.decide = self._decide
        api.logins.known = True

    def _decide(self, submission: Submission) -> Deferred[Accepted]:
        answer: Deferred[Accepted] = Deferred()
        self.waiting.append((submission.destination.digits, answer))
        for each in list(self._told):
            if len(self.waiting) >= each[0]:
                self._told.remove(each)
                each[1].callback(None)
        return answer

    def until(self, count: int) -> Deferred[None]:
        """Fires when so many messages wait."""
        answer: Deferred[None] = Deferred()
        if len(self.waiting) >= count:
            answer.callback(None)
        else:
            self._told.append((count, answer))
        return answer

    def accept(self, *places: int) -> None:
        """Accepts those at these places."""
        for place in places:
            digits, answer = self.waiting[place]
            answer.callback(Accepted(f"id-{digits}", 1))


def until(true: Callable[[], bool]) -> Deferred[None]:
    """Fires when it is so, looking once in each turn of the reactor."""
    answer: Deferred[None] = Deferred()

    def look() -> None:
        if true():
            answer.callback(None)
        else:
            reactor.callLater(0, look)

    look()
    return answer


def began(api: Api) -> Deferred[None]:
    """Fires when a connection has part of a request."""
    return until(lambda: any(each._reader.partial for each in api.front._connections))


def stalled(api: Api) -> Deferred[None]:
    """Fires when a connection's answers are not read."""
    return until(lambda: any(each._stalled for each in api.front._connections))


def bodies(octets: bytes) -> list[str]:
    return [body.decode() for _, _, body in split_replies(octets)]


@pytest.mark.parametrize("pieces", [1, 2, 7, 0])
@pytest_twisted.ensureDeferred
async def test_requests_may_come_in_any_pieces(api: Api, pieces: int) -> None:
    body = urlencode(GOOD).encode()
    octets = get() + b"POST /send HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body + get(1, CLOSE)
    received = await in_thread(exchange, api.port, octets, pieces)
    assert [(status, body) for status, _, body in split_replies(received)] == [(200, SUCCESS)] * 3
    assert [each.destination.digits for each in api.intake.submissions] == ["33612", "33612", "1"]


@pytest_twisted.ensureDeferred
async def test_an_answer_is_whole_http(api: Api) -> None:
    client = await api.connect()
    client.transport.write(get())
    octets = await client.replies(1)
    head, _, body = octets.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    assert (first, body) == (b"HTTP/1.1 200 OK", SUCCESS)
    names = [line.split(b":")[0] for line in lines]
    assert names == [b"Server", b"Date", b"Content-Type", b"Content-Length"]
    assert b"Date: " in head and head.endswith(b"Content-Length: %d" % len(SUCCESS))


@pytest_twisted.ensureDeferred
async def test_answers_leave_in_the_order_of_the_requests(api: Api) -> None:
    later, client = Later(api), await api.connect()
    client.transport.write(b"".join(get(number) for number in range(4)))
    await later.until(4)
    later.accept(3, 1)
    later.accept(0)
    await client.replies(2)
    later.accept(2)
    assert bodies(await client.replies(4)) == [f'Success "id-{number}"' for number in range(4)]


@pytest_twisted.ensureDeferred
async def test_answers_of_one_turn_leave_in_one_piece(api: Api) -> None:
    later, client = Later(api), await api.connect()
    pieces: list[bytes] = []
    collect = client.dataReceived
    client.dataReceived = lambda data: (pieces.append(data), collect(data))  # type: ignore[method-assign,assignment]
    client.transport.write(b"".join(get(number) for number in range(20)))
    await later.until(20)
    later.accept(*range(20))
    await client.replies(20)
    assert len(pieces) == 1


@pytest_twisted.ensureDeferred
async def test_errors_keep_their_place_among_successes(api: Api) -> None:
    later, client = Later(api), await api.connect()
    bad = b"GET /send?foo=1 HTTP/1.1\r\n\r\n"
    client.transport.write(bad + get(1) + bad + get(2) + bad)
    await later.until(2)
    assert len(bodies(client.received)) <= 1
    later.accept(1, 0)
    statuses = [status for status, _, _ in split_replies(await client.replies(5))]
    assert statuses == [400, 200, 400, 200, 400]


@pytest_twisted.ensureDeferred
async def test_only_so_many_are_under_way_at_once(api: Api) -> None:
    later, client = Later(api), await api.connect()
    count = MOST_WAITING * 2 + 10
    client.transport.write(b"".join(get(number) for number in range(count)))
    await later.until(MOST_WAITING)
    assert len(later.waiting) == MOST_WAITING
    later.accept(*range(MOST_WAITING))
    await later.until(MOST_WAITING * 2)
    later.accept(*range(MOST_WAITING, MOST_WAITING * 2))
    await later.until(count)
    later.accept(*range(MOST_WAITING * 2, count))
    assert bodies(await client.replies(count)) == [f'Success "id-{number}"' for number in range(count)]


@pytest_twisted.ensureDeferred
async def test_the_last_answer_closes_when_it_is_asked_to(api: Api) -> None:
    later, client = Later(api), await api.connect()
    client.transport.write(get(1) + get(2, CLOSE) + get(3))
    await later.until(2)
    later.accept(1, 0)
    await client.ended
    replies = split_replies(client.received)
    assert [body for _, _, body in replies] == [b'Success "id-1"', b'Success "id-2"']
    assert ["connection" in headers for _, headers, _ in replies] == [False, True]
    assert len(api.intake.submissions) == 2


@pytest.mark.parametrize(("headers", "connection"), [((), "close"), (("Connection: keep-alive",), "keep-alive")])
@pytest_twisted.ensureDeferred
async def test_http_1_0_says_when_it_stays(api: Api, headers: tuple[str, ...], connection: str) -> None:
    client = await api.connect()
    client.transport.write(get(1, *headers, version="1.0"))
    ((status, found, _),) = split_replies(await client.replies(1))
    assert (status, found["connection"]) == (200, connection)
    if connection == "close":
        await client.ended


@pytest_twisted.ensureDeferred
async def test_a_word_before_the_body(api: Api) -> None:
    client, body = await api.connect(), urlencode(GOOD).encode()
    head = b"POST /send HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
    client.transport.write(head)
    assert await client.until(lambda octets: octets.endswith(b"\r\n\r\n")) == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.transport.write(body)
    assert (await client.until(lambda octets: octets.endswith(SUCCESS))).startswith(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP"
    )


@pytest_twisted.ensureDeferred
async def test_the_word_keeps_its_place_too(api: Api) -> None:
    later, client = Later(api), await api.connect()
    client.transport.write(get(1) + b"POST /send HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    await later.until(1)
    later.accept(0)
    octets = await client.until(lambda octets: b"100 Continue" in octets)
    assert octets.index(b'"id-1"') < octets.index(b"100 Continue")


# --- handing over


@pytest_twisted.ensureDeferred
async def test_another_path_is_answered_on_the_same_connection(api: Api) -> None:
    client = await api.connect()
    client.transport.write(get(1) + PING + get(2) + PING)
    replies = split_replies(await client.replies(4))
    assert [body for _, _, body in replies] == [SUCCESS, b"Jasmin/PONG", SUCCESS, b"Jasmin/PONG"]


@pytest_twisted.ensureDeferred
async def test_it_is_handed_over_only_when_the_answers_before_are_out(api: Api) -> None:
    later, client = Later(api), await api.connect()
    client.transport.write(get(1) + get(2) + PING)
    client.transport.write(get(3, CLOSE))
    await later.until(2)
    assert client.received == b""
    later.accept(1, 0)
    await client.replies(3)
    await later.until(3)
    later.accept(2)
    await client.ended
    assert bodies(client.received) == ['Success "id-1"', 'Success "id-2"', "Jasmin/PONG", 'Success "id-3"']


@pytest.mark.parametrize("pieces", [1, 5, 0])
@pytest_twisted.ensureDeferred
async def test_a_foreign_request_may_come_in_pieces(api: Api, pieces: int) -> None:
    body = urlencode({**CREDENTIALS}).encode()
    octets = PING + b"POST /balance HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n" % len(body)
    octets += b"Content-Type: application/x-www-form-urlencoded\r\n\r\n" + body
    replies = split_replies(await in_thread(exchange, api.port, octets, pieces))
    assert [body for _, _, body in replies] == [b"Jasmin/PONG", b'{"balance": "ND", "sms_count": "ND"}']


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("PUT", 501), ("DELETE", 501), ("OPTIONS", 501)])
@pytest_twisted.ensureDeferred
async def test_other_methods(api: Api, method: str, status: int) -> None:
    octets = await in_thread(exchange, api.port, get(1, CLOSE).replace(b"GET", method.encode(), 1))
    assert octets.startswith(b"HTTP/1.1 %d " % status)
    assert octets.endswith(b"\r\n\r\n") is (method == "HEAD")
    assert (b"\r\nAllow: GET, POST\r\n" in octets) is (method != "HEAD")
    assert len(api.intake.submissions) == (method == "HEAD")


@pytest_twisted.ensureDeferred
async def test_an_ordinary_client_mixes_paths_on_one_connection(api: Api) -> None:
    def talk() -> list[tuple[int, bytes]]:
        connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=20)
        found = []
        for path in ("/send?" + urlencode(GOOD), "/ping", "/send?" + urlencode(GOOD), "/nothing-here", "/"):
            connection.request("GET", path)
            response = connection.getresponse()
            found.append((response.status, response.read()))
        connection.close()
        return found

    found = await in_thread(talk)
    assert [status for status, _ in found] == [200, 200, 200, 404, 200]
    assert found[1][1] == b"Jasmin/PONG" and found[4][1] == b"1.2.3"


# --- strangers, and clients that are slow, rude or gone


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 400),
        (b"\0\0\0\x10\0\0\0\x15\0\0\0\0\0\0\0\1", 400),
        (b"GET /send?a b HTTP/1.1\r\n\r\n", 400),
        (b"GET /send?a HTTP/1.1\r\n" + b"X: y\r\n" * 5000, 431),
        (b"POST /send HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n", 413),
        (b"POST /send HTTP/1.1\r\nExpect: cake\r\nContent-Length: 1\r\n\r\n", 417),
        (b"GET /send?a HTTP/2.0\r\n\r\n", 505),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_cannot_be_read_is_answered_and_the_connection_closed(api: Api, octets: bytes, status: int) -> None:
    later, client = Later(api), await api.connect()
    client.transport.write(get(1) + octets)
    await later.until(1)
    later.accept(0)
    await client.ended
    replies = split_replies(client.received)
    assert [found for found, _, _ in replies] == [200, status]
    assert replies[1][2].startswith(b'Error "')
    assert replies[1][1]["connection"] == "close"


@pytest_twisted.ensureDeferred
async def test_who_sends_a_body_too_large_reads_why(api: Api) -> None:
    def send() -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=20)
        connection.request("POST", "/send", body=b"x" * 6_000_000)
        response = connection.getresponse()
        return response.status, response.read()

    assert await in_thread(send) == (413, b'Error "The body is larger than 1048576 octets."')


@pytest_twisted.ensureDeferred
async def test_half_a_request_is_given_up_in_time(serve: Any) -> None:
    clock = Clock()
    api = serve(Limits(request_timeout=10.0, idle_timeout=60.0), clock)
    client = await api.connect()
    client.transport.write(get(1))
    await client.replies(1)
    client.transport.write(b"GET /se")
    await began(api)
    for letter in b"nd?a=b":
        clock.advance(1.0)
        client.transport.write(bytes([letter]))
    clock.pump([1.0] * 4)
    assert len(split_replies(client.received)) == 1
    clock.pump([1.0] * 2)
    await client.ended
    status, headers, body = split_replies(client.received)[1]
    assert (status, headers["connection"]) == (408, "close")
    assert body == b'Error "The request was not whole within 10 seconds."'


@pytest_twisted.ensureDeferred
async def test_half_a_body_is_given_up_in_time(serve: Any) -> None:
    clock = Clock()
    api = serve(Limits(request_timeout=10.0), clock)
    client = await api.connect()
    client.transport.write(b"POST /send HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc")
    await began(api)
    clock.pump([1.0] * 12)
    await client.ended
    assert [status for status, _, _ in split_replies(client.received)] == [408]


@pytest_twisted.ensureDeferred
async def test_half_a_request_for_another_path_is_given_up_in_time(serve: Any) -> None:
    clock = Clock()
    api = serve(Limits(request_timeout=10.0, idle_timeout=60.0), clock)
    client = await api.connect()
    client.transport.write(PING)
    await client.replies(1)
    client.transport.write(b"GET /ping HTTP/1.1\r\nX: ")
    await until(lambda: any(each._channel.watch._since is not None for each in api.front._connections))
    clock.pump([1.0] * 5)
    client.transport.write(b"y")
    clock.pump([1.0] * 8)
    await client.ended


@pytest_twisted.ensureDeferred
async def test_silence_is_closed_after_its_own_time(serve: Any) -> None:
    clock = Clock()
    api = serve(Limits(request_timeout=5.0, idle_timeout=20.0), clock)
    fresh, used, foreign = await api.connect(), await api.connect(), await api.connect()
    used.transport.write(get(1))
    foreign.transport.write(PING)
    await used.replies(1)
    await foreign.replies(1)
    clock.pump([1.0] * 19)
    assert api.front._connections
    clock.pump([1.0] * 3)
    for client in (fresh, used, foreign):
        await client.ended
    assert fresh.received == b""


@pytest_twisted.ensureDeferred
async def test_waiting_for_the_pipeline_is_no_silence(serve: Any) -> None:
    clock = Clock()
    api = serve(Limits(request_timeout=5.0, idle_timeout=5.0), clock)
    later, client = Later(api), await api.connect()
    client.transport.write(get(1) + b"GET /se")
    await later.until(1)
    clock.pump([1.0] * 30)
    later.accept(0)
    await client.replies(1)
    clock.pump([1.0] * 7)
    await client.ended
    assert [status for status, _, _ in split_replies(client.received)] == [200, 408]


@pytest_twisted.ensureDeferred
async def test_who_does_not_read_answers_is_not_read_either_and_at_last_cut_off(serve: Any) -> None:
    clock = Clock()
    api = serve(Limits(request_timeout=5.0), clock)
    reply = b"x" * 60_000

    def send() -> bytes:
        with socket.create_connection(("127.0.0.1", api.port), timeout=20) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            request = b"GET /send?" + reply[:15_000] + b"=1 HTTP/1.1\r\n\r\n"
            try:
                while True:
                    connection.sendall(request)
            except (ConnectionError, BrokenPipeError) as problem:
                return type(problem).__name__.encode()

    done = in_thread(send)
    await stalled(api)
    count = api.stats.http.request_count
    clock.pump([1.0] * 8)
    assert await done in (b"ConnectionResetError", b"BrokenPipeError")
    assert api.stats.http.request_count <= count + MOST_WAITING


@pytest_twisted.ensureDeferred
async def test_who_reads_late_gets_every_answer(api: Api) -> None:
    count, filler = 800, "x" * 14_000
    requests = f"GET /send?{filler}=1 HTTP/1.1\r\n\r\n".encode() * (count - 1) + get(1, CLOSE)
    with socket.create_connection(("127.0.0.1", api.port), timeout=20) as connection:

        def receive() -> bytes:
            return b"".join(iter(lambda: connection.recv(65536), b""))

        sent = in_thread(connection.sendall, requests)
        await stalled(api)
        replies = split_replies(await in_thread(receive))
        await sent
    assert len(replies) == count
    assert {len(body) for _, _, body in replies[:-1]} == {len(f'Error "Argument [{filler}] is unknown."')}
    assert replies[-1][2] == SUCCESS


@pytest_twisted.ensureDeferred
async def test_who_leaves_before_the_answer_is_served_all_the_same(api: Api) -> None:
    later, client = Later(api), await api.connect()
    client.transport.write(get(1) + get(2))
    await later.until(2)
    client.transport.abortConnection()
    await client.ended
    await until(lambda: not api.front._connections)
    later.accept(1, 0)
    assert api.stats.http.success_count == 2


@pytest_twisted.ensureDeferred
async def test_who_leaves_another_path_before_the_answer(api: Api) -> None:
    later, client = Later(api), await api.connect(api.site_port)
    client.transport.write(get(1))
    await later.until(1)
    client.transport.abortConnection()
    await client.ended
    later.accept(0)
    assert api.stats.http.success_count == 1


# --- limits of the front, and stopping


@pytest_twisted.ensureDeferred
async def test_connections_beyond_the_limit_are_closed_at_once(serve: Any) -> None:
    api = serve(Limits(max_connections=2))
    first, second = await api.connect(), await api.connect()
    for client in (first, second):
        client.transport.write(get(1))
        await client.replies(1)
    third = await api.connect()
    await third.ended
    first.transport.loseConnection()
    await first.ended
    await until(lambda: len(api.front._connections) == 1)
    fourth = await api.connect()
    fourth.transport.write(get(1))
    await fourth.replies(1)


@pytest_twisted.ensureDeferred
async def test_stop_closes_what_is_idle_and_waits_for_answers(api: Api) -> None:
    later = Later(api)
    busy, idle, foreign = await api.connect(), await api.connect(), await api.connect()
    foreign.transport.write(PING)
    await foreign.replies(1)
    busy.transport.write(get(1) + get(2))
    await later.until(2)
    stopped = api.front.stop()
    await idle.ended
    await foreign.ended
    assert not stopped.called
    later.accept(0)
    await busy.replies(1)
    later.accept(1)
    await busy.ended
    await stopped
    assert [(body, headers.get("connection")) for _, headers, body in split_replies(busy.received)] == [
        (b'Success "id-1"', None),
        (b'Success "id-2"', "close"),
    ]


@pytest_twisted.ensureDeferred
async def test_stop_waits_for_answers_of_other_paths(api: Api) -> None:
    api.logins.known = True
    client: RawClient = await api.connect()
    client.transport.write(PING)
    await client.replies(1)
    later = Later(api)
    client.transport.write(get(1))
    await later.until(1)
    stopped = api.front.stop()
    assert not stopped.called
    later.accept(0)
    await client.ended
    await stopped
    assert bodies(client.received)[-1] == 'Success "id-1"'


@pytest_twisted.ensureDeferred
async def test_stop_with_nobody_there(api: Api) -> None:
    await api.front.stop()
    client = await api.connect()
    await client.ended


@pytest_twisted.ensureDeferred
async def test_the_date_moves_on(serve: Any) -> None:
    clock = Clock()
    clock.advance(1_700_000_000)
    api = serve(clock=clock)
    client = await api.connect()
    client.transport.write(get(1))
    first = split_replies(await client.replies(1))[0][1]["date"]
    clock.advance(1.0)
    client.transport.write(get(1))
    second = split_replies(await client.replies(2))[1][1]["date"]
    assert (first, second) == ("Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:13:21 GMT")
