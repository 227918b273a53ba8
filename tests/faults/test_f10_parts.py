"""Parts of long incoming messages in every order, doubled, mixed, over two sessions, or missing: the exact text."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from jasminlike.smpp.pdu import DeliverSm, DeliverSmResp
from tests.flows.callbacks import Callbacks
from tests.flows.gateway import Gateway
from tests.flows.process import until
from tests.flows.wire import Smsc, Wire

TEXTS = ("first ", "second ", "third ")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Gateway, Callbacks, Smsc, list[Wire]]]:
    """A gateway that waits three seconds for missing parts, with two sessions of one operator, and the client."""
    with (
        Smsc() as smsc,
        Callbacks() as web,
        Gateway(tmp_path_factory.mktemp("gateway"), smppc__join_seconds=3) as gateway,
    ):
        gateway.start()
        sessions = []
        for cid in ("one", "two"):
            gateway.add_connector(cid, smsc.port, started=False)
            gateway.set_up(f"smppccm -1 {cid}")
            sessions.append(smsc.accept())
        gateway.set_up(f"""
            httpccm -a
            cid web
            url {web.url("/mo")}
            method POST
            ok
            morouter -a
            type DefaultRoute
            connector http(web)
            ok
            """)
        yield gateway, web, smsc, sessions
        gateway.stop()
        assert gateway.errors() == []


def _part(source: str, reference: int, number: int, total: int = 3, text: str = "") -> DeliverSm:
    body = (text or TEXTS[number - 1]).encode()
    return DeliverSm(
        source_addr=source.encode(),
        destination_addr=b"12345",
        esm_class=0x40,
        short_message=bytes((5, 0, 3, reference, total, number)) + body,
    )


def _sent(session: Wire, parts: list[DeliverSm]) -> None:
    session.send(*parts)
    for _ in parts:
        assert session.expect(DeliverSmResp).status == 0


def _texts(web: Callbacks, source: str, count: int) -> list[str]:
    until(lambda: sum(call["from"] == source for call in web.of("/mo")) >= count, f"{count} texts of {source}")
    return [call["content"] for call in web.of("/mo") if call["from"] == source]


def test_every_order(place: tuple[Gateway, Callbacks, Smsc, list[Wire]]) -> None:
    _, web, _, (session, _) = place
    for reference, order in enumerate(itertools.permutations((1, 2, 3))):
        _sent(session, [_part("49100", reference, number) for number in order])
    assert _texts(web, "49100", 6) == ["first second third "] * 6


def test_doubled(place: tuple[Gateway, Callbacks, Smsc, list[Wire]]) -> None:
    _, web, _, (session, _) = place
    _sent(session, [_part("49101", 1, number) for number in (2, 2, 1, 2, 1, 3)])
    assert _texts(web, "49101", 1) == ["first second third "]


def test_two_messages_mixed(place: tuple[Gateway, Callbacks, Smsc, list[Wire]]) -> None:
    _, web, _, (session, _) = place
    mixed = [_part("49102", reference, number, text=f"{reference}.{number} ")
             for number in (3, 1, 2) for reference in (7, 8)]  # fmt: skip
    others = [_part("49103", 7, number) for number in (1, 2, 3)]
    _sent(session, [part for pair in itertools.zip_longest(mixed, others) for part in pair if part is not None])
    assert sorted(_texts(web, "49102", 2)) == ["7.1 7.2 7.3 ", "8.1 8.2 8.3 "]
    assert _texts(web, "49103", 1) == ["first second third "]


def test_the_session_changes_in_between(place: tuple[Gateway, Callbacks, Smsc, list[Wire]]) -> None:
    _, web, smsc, sessions = place
    _sent(sessions[0], [_part("49104", 1, 3)])
    sessions[0].cut()
    sessions[0] = smsc.accept()
    _sent(sessions[0], [_part("49104", 1, 1), _part("49104", 1, 2)])
    assert _texts(web, "49104", 1) == ["first second third "]


def test_one_is_missing(place: tuple[Gateway, Callbacks, Smsc, list[Wire]]) -> None:
    _, web, _, (session, _) = place
    _sent(session, [_part("49105", 1, 3), _part("49105", 1, 1)])
    texts = _texts(web, "49105", 1)
    assert "first " in texts[0]
    assert "third " in texts[0], "what came is passed on, none of it is lost"
    assert "second" not in texts[0]


def test_a_crash_in_between(tmp_path: Path) -> None:
    with Smsc() as smsc, Callbacks() as web, Gateway(tmp_path) as gateway:
        gateway.start()
        gateway.add_connector("one", smsc.port, started=False)
        gateway.set_up(f"httpccm -a\ncid web\nurl {web.url('/mo')}\nmethod POST\nok")
        gateway.set_up("morouter -a\ntype DefaultRoute\nconnector http(web)\nok\nsmppccm -1 one")
        _sent(smsc.accept(), [_part("49106", 1, 2)])
        gateway.sigkill()
        gateway.start()
        _sent(smsc.accept(), [_part("49106", 1, 3), _part("49106", 1, 1)])
        assert _texts(web, "49106", 1) == ["first second third "]
        gateway.stop()
