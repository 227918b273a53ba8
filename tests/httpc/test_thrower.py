"""Callbacks from the queue to the client's server, and what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from jasminlike import topics
from jasminlike.fate import DONE, RELEASE, Fate, Park, Retry
from jasminlike.httpc.client import HttpClient
from jasminlike.httpc.forms import Callback
from jasminlike.httpc.notices import HttpNotices
from jasminlike.httpc.settings import HttpConnector
from jasminlike.httpc.thrower import GRACE, Thrower
from jasminlike.interfaces import Delivery, Outgoing, Stored
from jasminlike.message import envelope
from jasminlike.message.model import HTTP, Address, Incoming, Receipt, ReceiptWish, Tracked
from jasminlike.stats import Stats
from tests.httpc.server import Asked, Server, reply

Serve = Callable[..., Server]


class FakeBroker:
    """Keeps what is published and who consumes."""

    def __init__(self) -> None:
        self.published: list[tuple[str, Outgoing]] = []
        self.consumed: tuple[str, Any, int] | None = None
        self.stopped: Deferred[None] = Deferred()

    def publish(self, topic: str, outgoing: Any) -> Stored:
        self.published += [(topic, each) for each in outgoing]
        return succeed(None)

    def consume(self, topic: str, handler: Any, prefetch: int) -> Any:
        self.consumed = (topic, handler, prefetch)
        return self

    def stop(self) -> Deferred[None]:
        return self.stopped


class Throws:
    """A thrower with a client over real sockets; time is a clock's."""

    def __init__(self, client: HttpClient, clock: Clock, **settings: Any) -> None:
        self.broker = FakeBroker()
        self.stats = Stats()
        self.logged: list[dict[str, Any]] = []
        self.connectors: dict[str, HttpConnector] = {}
        self.clock = clock
        self.thrower = Thrower(
            self.broker,  # type: ignore[arg-type]
            client,
            self.connectors.get,
            self.stats,
            lambda type, message, **params: self.logged.append({"type": type, **params}),
            clock,
            **settings,
        )

    def throw(self, callback: Callback | bytes, attempt: int = 1) -> Deferred[Fate]:
        body = callback if isinstance(callback, bytes) else envelope.encode(callback)
        return self.thrower.handle(Delivery(topics.CALLBACKS, body, 1, 0, attempt, False))

    @property
    def counts(self) -> tuple[int, int, int]:
        gateway = self.stats.gateway
        return gateway.callbacks_ok_count, gateway.callbacks_failed_count, gateway.callbacks_parked_count


@pytest.fixture
def throws(connect: Callable[..., HttpClient], clock: Clock) -> Iterator[Throws]:
    yield Throws(connect(), clock, retry_delay=30.0, max_retries=3, connections=4)


def receipt(url: str, method: str = "POST") -> Callback:
    return Callback("receipt", "m1", 1.0, b"id=m1&level=1", url, method)


def incoming(*connectors: str) -> Callback:
    return Callback("incoming", "mo1", 1.0, b"id=mo1&content=Hi", connectors=connectors)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("answer", [reply(), reply(b" ACK/Jasmin\r\n"), reply(status=202), reply(status=399)])
@pytest_twisted.ensureDeferred
async def test_an_acknowledged_callback_is_done(serve: Serve, throws: Throws, method: str, answer: bytes) -> None:
    server = serve(lambda asked: answer)
    assert await throws.throw(receipt(server.url(), method)) == DONE
    assert server.asked[0].method == method
    assert server.asked[0].fields == {"id": "m1", "level": "1"}
    assert throws.counts == (1, 0, 0)


NO_ACKS = [reply(b"OK"), reply(b""), reply(b"ack/jasmin"), reply(b"ACK/Jasmin2"), reply(status=400), reply(status=500)]


@pytest.mark.parametrize("answer", NO_ACKS)
@pytest_twisted.ensureDeferred
async def test_anything_else_is_tried_again_and_then_parked(serve: Serve, throws: Throws, answer: bytes) -> None:
    server = serve(lambda asked: answer)
    for attempt in (1, 2, 3):
        assert await throws.throw(receipt(server.url()), attempt) == Retry(30.0)
    assert await throws.throw(receipt(server.url()), 4) == Park("callback_failed")
    assert len(server.asked) == 4
    assert throws.counts == (0, 4, 1)
    (line,) = throws.logged
    assert (line["type"], line["level"], line["msgid"], line["attempt"]) == ("parked", "warning", "m1", 4)


@pytest_twisted.ensureDeferred
async def test_404_ends_the_attempts(serve: Serve, throws: Throws) -> None:
    server = serve(lambda asked: reply(status=404))
    assert await throws.throw(receipt(server.url())) == Park("callback_not_found")
    assert throws.counts == (0, 1, 1)


@pytest.mark.parametrize("url", ["ftp://h/", "http://", "nonsense", "http://h:99999/"])
@pytest_twisted.ensureDeferred
async def test_a_url_that_cannot_be_called_is_parked(throws: Throws, url: str) -> None:
    assert await throws.throw(receipt(url)) == Park("callback_bad_url")


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_read_is_parked(throws: Throws) -> None:
    fate = await throws.throw(b"\x09garbage")
    assert isinstance(fate, Park) and fate.reason.startswith("unreadable")
    assert throws.counts == (0, 0, 1)


@pytest_twisted.ensureDeferred
async def test_a_server_that_is_gone_is_tried_again(throws: Throws) -> None:
    server = Server()
    url = server.url()
    await server.stop()
    assert await throws.throw(receipt(url)) == Retry(30.0)
    assert await throws.throw(receipt(url), 4) == Park("callback_failed")


@pytest_twisted.ensureDeferred
async def test_a_server_that_does_not_answer_is_tried_again(serve: Serve, throws: Throws, clock: Clock) -> None:
    server = serve(lambda asked: None)
    fate = throws.throw(receipt(server.url()))
    await server.until(lambda: len(server.asked) == 1)
    clock.pump([1.0] * 31)
    assert await fate == Retry(30.0)


@pytest_twisted.ensureDeferred
async def test_an_incoming_message_goes_to_the_address_of_now(serve: Serve, throws: Throws) -> None:
    first, second = serve(), serve()
    throws.connectors["c1"] = HttpConnector("c1", first.url("/mo"), "GET")
    assert await throws.throw(incoming("c1")) == DONE
    throws.connectors["c1"] = HttpConnector("c1", second.url("/mo"), "POST")
    assert await throws.throw(incoming("c1")) == DONE
    assert [(asked.method, asked.fields["content"]) for asked in first.asked + second.asked] == [
        ("GET", "Hi"),
        ("POST", "Hi"),
    ]


@pytest_twisted.ensureDeferred
async def test_the_first_connector_that_acknowledges_ends_the_attempt(serve: Serve, throws: Throws) -> None:
    servers = [serve(lambda asked: reply(b"no")), serve(), serve()]
    for number, server in enumerate(servers):
        throws.connectors[f"c{number}"] = HttpConnector(f"c{number}", server.url(), "POST")
    assert await throws.throw(incoming("c0", "c1", "c2")) == DONE
    assert [len(server.asked) for server in servers] == [1, 1, 0]
    assert throws.counts == (1, 0, 0)


@pytest_twisted.ensureDeferred
async def test_when_all_connectors_fail_all_are_tried_again(serve: Serve, throws: Throws) -> None:
    bad, missing = serve(lambda asked: reply(status=500)), serve(lambda asked: reply(status=404))
    throws.connectors["c1"] = HttpConnector("c1", missing.url(), "POST")
    throws.connectors["c2"] = HttpConnector("c2", bad.url(), "POST")
    assert await throws.throw(incoming("c1", "c2")) == Retry(30.0)
    assert await throws.throw(incoming("c1", "c2"), 4) == Park("callback_failed")
    assert await throws.throw(incoming("c1")) == Park("callback_not_found")


@pytest_twisted.ensureDeferred
async def test_connectors_that_were_removed_are_passed_over(serve: Serve, throws: Throws) -> None:
    server = serve()
    throws.connectors["c2"] = HttpConnector("c2", server.url(), "POST")
    assert await throws.throw(incoming("c1", "c2")) == DONE
    assert await throws.throw(incoming("c1")) == Park("callback_no_connector")


@pytest_twisted.ensureDeferred
async def test_a_dead_server_does_not_hold_up_others(serve: Serve, throws: Throws) -> None:
    dead, living = serve(lambda asked: None), serve()
    stuck = [throws.throw(receipt(dead.url())) for _ in range(20)]
    await dead.until(lambda: len(dead.asked) == 2)
    for _ in range(10):
        assert await throws.throw(receipt(living.url())) == DONE
    assert len(dead.asked) == 2
    assert [fate.result for fate in stuck if fate.called] == [Retry(30.0)] * 8  # 2 under way, 10 may wait


@pytest_twisted.ensureDeferred
async def test_waiting_for_a_busy_server_is_no_failure(serve: Serve, throws: Throws) -> None:
    busy = serve(lambda asked: None)
    fates = [throws.throw(receipt(busy.url()), 4) for _ in range(13)]
    assert fates[-1].result == Retry(30.0)
    assert throws.counts == (0, 0, 0)


@pytest_twisted.ensureDeferred
async def test_a_server_that_is_down_fails_callbacks_without_a_call(throws: Throws, clock: Clock) -> None:
    server = Server()
    url = server.url()
    await server.stop()
    for _ in range(5):
        await throws.throw(receipt(url))
    fate = throws.throw(receipt(url))
    assert fate.result == Retry(30.0)
    fate = throws.throw(receipt(url), 4)
    assert fate.result == Park("callback_failed")
    assert throws.logged[-1]["problem"] == "the host is down"


@pytest_twisted.ensureDeferred
async def test_it_consumes_its_queue_with_room_for_slow_hosts(throws: Throws) -> None:
    throws.thrower.start()
    assert throws.broker.consumed == (topics.CALLBACKS, throws.thrower.handle, 40)


@pytest_twisted.ensureDeferred
async def test_stop_gives_back_what_was_not_tried_and_waits_for_the_rest(
    serve: Serve, throws: Throws, clock: Clock
) -> None:
    held: list[Asked] = []
    server = serve(held.append)
    throws.thrower.start()
    fates = [throws.throw(receipt(server.url(f"/{number}"))) for number in range(4)]
    await server.until(lambda: len(held) == 2)
    stopped = throws.thrower.stop()
    assert [fate.result for fate in fates[2:]] == [RELEASE, RELEASE]
    next(asked for asked in held if asked.path == "/0").connection.transport.write(reply())
    assert await fates[0] == DONE
    assert not fates[1].called
    clock.advance(GRACE)
    assert await fates[1] == Retry(30.0)
    throws.broker.stopped.callback(None)
    await stopped


@pytest_twisted.ensureDeferred
async def test_stop_before_start_is_harmless(throws: Throws) -> None:
    await throws.thrower.stop()


TRACKED = Tracked("m1", 1, 1, "u1", HTTP, "north", Address("1"), Address("2"), ReceiptWish(1, "http://h/", "GET"), 1.0)


@pytest.mark.parametrize(
    ("level", "url", "answered", "ended"),
    [
        (0, "http://h/", False, False),
        (1, "http://h/", True, False),
        (2, "http://h/", False, True),
        (3, "http://h/", True, True),
        (3, "", False, False),
    ],
)
@pytest_twisted.ensureDeferred
async def test_receipts_wait_in_the_queue_by_level(level: int, url: str, answered: bool, ended: bool) -> None:
    import msgspec

    broker = FakeBroker()
    notices = HttpNotices(broker, lambda: 12.5)  # type: ignore[arg-type]
    tracked = msgspec.structs.replace(TRACKED, receipt=ReceiptWish(level, url, "GET"))
    for wanted, stored in (
        (answered, notices.answered(tracked, "ESME_ROK")),
        (ended, notices.ended(tracked, Receipt("north", "S1", "DELIVRD"))),
    ):
        assert (stored is not None) is wanted
        if stored is not None:
            await stored
    callbacks = [envelope.decode(each.body, Callback) for topic, each in broker.published if topic == "throw.http"]
    assert len(callbacks) == answered + ended
    for callback in callbacks:
        assert (callback.url, callback.method, callback.created_at, callback.message) == (url, "GET", 12.5, "m1")


@pytest_twisted.ensureDeferred
async def test_an_incoming_message_waits_in_the_queue_with_its_connectors() -> None:
    broker = FakeBroker()
    message = Incoming("mo1", "north", Address("1"), Address("2"), b"Hi")
    await HttpNotices(broker, lambda: 12.5).incoming(message, ["c1", "c2"])  # type: ignore[arg-type]
    ((topic, outgoing),) = broker.published
    callback = envelope.decode(outgoing.body, Callback)
    assert (topic, callback.kind, callback.connectors, callback.url) == ("throw.http", "incoming", ("c1", "c2"), "")
    assert b"content=Hi" in callback.form
