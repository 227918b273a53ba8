"""A client of the SMPP server on the package `smpp.twisted3`, the SMPP of many Twisted programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from tests.flows.gateway import ACCOUNT, Gateway
from tests.flows.operators import Operator
from tests.flows.process import ROOT, Program, until

PYTHON = ROOT / ".venv" / "twisted23" / "bin" / "python"


class TwistedClient:
    """The script `twisted23_client.py` in its own Python."""

    def __init__(self, folder: Path, port: int, username: str = ACCOUNT[0], password: str = ACCOUNT[1]) -> None:
        script = Path(__file__).with_name("twisted23_client.py")
        login = {"host": "127.0.0.1", "port": port, "username": username, "password": password}
        self.program = Program([str(PYTHON), str(script), json.dumps(login)], folder / "twisted23-complaints")

    def __enter__(self) -> TwistedClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.program.end()

    def events(self, name: str, **values: str) -> list[dict[str, Any]]:
        """What happened of this name, with these values among others."""
        told = [json.loads(line) for line in list(self.program.lines)]
        return [each for each in told if each["event"] == name and values.items() <= each.items()]

    def until(self, name: str, count: int = 1, **values: str) -> list[dict[str, Any]]:
        """Waits until it happened so often."""

        def look() -> bool:
            return len(self.events(name, **values)) >= count or not self.program.running

        until(look, f"{count} times {name} {values}")
        assert len(self.events(name, **values)) >= count, self.program.said()
        return self.events(name, **values)

    def tell(self, **command: object) -> None:
        """A command to it."""
        self.program.type(json.dumps(command))


@pytest.fixture(scope="module")
def north(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """An operator, whose subscribers write to the account."""
    with Operator(tmp_path_factory.mktemp("north")) as operator:
        gateway.add_connector("north", operator.port)
        gateway.add_route("north", "336")
        gateway.set_up("morouter -a\ntype DefaultRoute\nconnector smpps(acme)\nok")
        yield operator


def test_messages_receipts_and_incoming(gateway: Gateway, north: Operator, tmp_path: Path) -> None:
    with TwistedClient(tmp_path, gateway.ports["smpps"]) as client:
        client.until("bound")
        numbers = [f"3360000{number:04d}" for number in range(20)]
        for number in numbers:
            client.tell(submit={"source_addr": "SHOP", "destination_addr": number, "short_message": f"to {number}"})
        answers = client.until("answer", 20)
        assert {answer["status"] for answer in answers} == {"ESME_ROK"}
        assert {(each["destinations"][0], each["text"]) for each in north.until_taken(20)} == {
            (number, f"to {number}") for number in numbers
        }
        receipts = client.until("delivered", 20)
        assert {receipt["receipted_message_id"] for receipt in receipts} == {answer["id"] for answer in answers}
        assert len(receipts) == 20
        for receipt in receipts:
            assert receipt["message_state"] == "MessageState.DELIVERED"
            assert receipt["short_message"].startswith(f"id:{receipt['receipted_message_id']} ")
            assert "SMSC_DELIVERY_RECEIPT" in receipt["esm_class"]
        north.tell("send * 491700000001 12345 Good morning")
        (incoming,) = client.until("delivered", 1, short_message="Good morning")
        assert (incoming["source_addr"], incoming["destination_addr"]) == ("491700000001", "12345")
        client.tell(submit={"source_addr": "SHOP", "destination_addr": "999", "short_message": "no route"})
        assert "ESME_RINVDSTADR" in client.until("failed")[0]["why"]
        client.tell(unbind=True)
        client.until("disconnected")
        assert client.program.wait() == 0
    assert "CRITICAL" not in client.program.said()


def test_what_came_while_it_was_away(gateway: Gateway, north: Operator, tmp_path: Path) -> None:
    for number in range(5):
        north.tell(f"send * 49170000000{number} 12345 waits {number}")
    until(lambda: north.stats()["deliveries_waiting"] == 0, "the gateway has them")
    with TwistedClient(tmp_path, gateway.ports["smpps"]) as client:
        told = client.until("delivered", 5)
        assert [each["short_message"] for each in told] == [f"waits {number}" for number in range(5)]


def test_a_wrong_password(gateway: Gateway, tmp_path: Path) -> None:
    with TwistedClient(tmp_path, gateway.ports["smpps"], password="wrong") as client:
        assert "ESME_RINVPASWD" in client.until("refused")[0]["why"]
