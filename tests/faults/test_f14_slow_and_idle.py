"""Clients that are slow, idle or dead: they are cut in time, and meanwhile the others are served."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from tests.flows.gateway import ACCOUNT, CONSOLE, Gateway, read_to_prompt
from tests.flows.operators import Operator
from tests.flows.process import until
from tests.flows.wire import Esme, Smsc, submit

IDLE = 400


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway of little patience, with an operator for 14."""
    settings = {
        "http__request_timeout": 1,
        "http__idle_timeout": 2,
        "smpps__sessionInitTimerSecs": 1,
        "smpps__pduReadTimerSecs": 1,
        "smpps__enquireLinkTimerSecs": 0.5,
        "smpps__responseTimerSecs": 0.5,
        "jcli__idle_timeout": 1,
    }
    with (
        Operator(tmp_path_factory.mktemp("operator")) as operator,
        Gateway(tmp_path_factory.mktemp("gateway"), **settings) as gateway,
    ):
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", operator.port)
        gateway.add_route("north", "14")
        yield gateway
        gateway.stop()
        assert gateway.errors() == []


def _serves(gateway: Gateway) -> None:
    gateway.until_state(gateway.send(to="14", content="by HTTP").id, "sent")
    with Esme(gateway.ports["smpps"]) as esme:
        assert esme.ask(submit("14", b"by SMPP", registered_delivery=0)).status == 0


@pytest.mark.parametrize(
    ("door", "octets"),
    [
        ("http", b"POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nusername="),
        ("http", b"GET /send?user"),
        ("http", b""),
        ("smpps", b""),
        ("smpps", b"\x00\x00\x00"),
        ("smpps", b"\x00\x00\x00\x30\x00\x00\x00\x09\x00\x00"),
    ],
)
def test_half_a_request_is_cut(strict: Gateway, door: str, octets: bytes) -> None:
    with contextlib.ExitStack() as held:
        connections = [
            held.enter_context(socket.create_connection(("127.0.0.1", strict.ports[door]), 10)) for _ in range(10)
        ]
        for connection in connections:
            connection.sendall(octets)
        _serves(strict)
        for connection in connections:
            with contextlib.suppress(ConnectionError):
                while connection.recv(4096):
                    pass


def test_a_console_without_a_key_pressed_is_closed(strict: Gateway) -> None:
    with socket.create_connection(("127.0.0.1", strict.ports["jcli"]), 10) as console:
        for line in (*CONSOLE, ""):
            read_to_prompt(console)
            console.sendall(line.encode() + b"\r\n")
        read_to_prompt(console)
        assert "idle for too long" in read_to_prompt(console)
        assert console.recv(4096) == b""
        _serves(strict)


def test_hundreds_of_idle_connections(strict: Gateway) -> None:
    with contextlib.ExitStack() as held:
        connections = [
            held.enter_context(socket.create_connection(("127.0.0.1", strict.ports[door]), 10))
            for door in ("http", "smpps")
            for _ in range(IDLE)
        ]
        _serves(strict)
        for connection in connections:
            while connection.recv(4096):
                pass


def test_a_session_that_is_dead_is_cut_and_one_that_lives_is_not(strict: Gateway) -> None:
    before = strict.events().count("link-dead")
    with Esme(strict.ports["smpps"]) as dead, Esme(strict.ports["smpps"]) as alive:

        def cut() -> bool:
            with contextlib.suppress(TimeoutError):
                alive.next(0.1)  # which answers enquire_links
            return strict.events().count("link-dead") > before

        until(cut, "the dead one is cut")
        assert alive.ask(submit("14", b"alive", registered_delivery=0)).status == 0
        dead.until_closed()


def test_an_operator_that_is_dead_is_left(strict: Gateway) -> None:
    with Smsc() as smsc:
        strict.add_connector("dead", smsc.port, started=False, elink_interval=0.3)
        strict.set_up("smppccm -1 dead")
        smsc.accept()
        again = smsc.accept()
        strict.until_bound("dead")
        again.cut()
        strict.set_up("smppccm -0 dead")


def test_one_octet_a_time_does_not_last_for_ever(strict: Gateway) -> None:
    request = f"GET /balance?username={ACCOUNT[0]}&password={ACCOUNT[1]} HTTP/1.1\r\n".encode()
    with socket.create_connection(("127.0.0.1", strict.ports["http"]), 10) as slow:
        slow.settimeout(0.05)
        sent = 0

        def cut() -> bool:
            nonlocal sent
            try:
                slow.sendall(request[sent % len(request) : sent % len(request) + 1] if sent < len(request) else b"x")
                sent += 1
                return slow.recv(1) == b""
            except TimeoutError:
                return False
            except ConnectionError:
                return True

        until(cut, "it is cut", 8)
