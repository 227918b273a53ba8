"""Kannel, another author's gateway, as a client of the SMPP server: it binds, sends, and is told how messages end."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from tests.flows.callbacks import Callbacks
from tests.flows.gateway import ACCOUNT, Gateway
from tests.flows.operators import Operator
from tests.flows.process import Program, until

# Debian puts bearerbox where only root's PATH looks.
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
DELIVERED, FAILED, ACCEPTED = 1, 2, 8  # what Kannel calls the kinds of reports


@dataclass(frozen=True)
class Kannel:
    """A running Kannel: the ports of its doors, and the client's web server it reports to."""

    sends: int
    admin: int
    web: Callbacks

    def send(self, to: str, text: str, **more: object) -> None:
        """A message by its HTTP door."""
        report = self.web.url("/report") + "?kind=%d&text=%A&to=%p"
        query = {"username": "web", "password": "web", "from": "SHOP", "to": to, "text": text, **more}
        answer = _get(self.sends, "/cgi-bin/sendsms?" + urlencode({**query, "dlr-mask": 31, "dlr-url": report}))
        assert answer == (202, "0: Accepted for delivery")

    def reports(self, to: str) -> dict[int, str]:
        """The reports on the message to this number, by their kind."""
        return {int(call["kind"]): call["text"] for call in self.web.of("/report") if call["to"].strip("+ ") == to}

    def until_report(self, to: str, kind: int) -> str:
        """Waits for one; its text."""
        until(lambda: kind in self.reports(to), f"Kannel reports {kind} of {to}")
        return self.reports(to)[kind]

    def status(self) -> str:
        """What its operator is shown."""
        return _get(self.admin, "/status.txt?password=admin")[1]


def _get(port: int, target: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def _free_ports(count: int) -> list[int]:
    """Kannel wants to be told its ports: some that the system holds to be free."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _program(name: str) -> str:
    found = shutil.which(name, path=PATH)
    assert found is not None, f"{name} is not here: scripts/setup --test installs it"
    return found


def _accepts(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def kannel(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    """Kannel, bound to the gateway as the account."""
    folder = tmp_path_factory.mktemp("kannel")
    admin, boxes, sends = _free_ports(3)
    with Callbacks() as web:
        (folder / "kannel.conf").write_text(f"""
group = core
admin-port = {admin}
admin-password = admin
admin-deny-ip = "*.*.*.*"
admin-allow-ip = 127.0.0.1
smsbox-port = {boxes}
box-deny-ip = "*.*.*.*"
box-allow-ip = 127.0.0.1

group = smsc
smsc = smpp
smsc-id = gateway
host = 127.0.0.1
port = {gateway.ports["smpps"]}
transceiver-mode = true
smsc-username = {ACCOUNT[0]}
smsc-password = {ACCOUNT[1]}
system-type = ""
reconnect-delay = 1
enquire-link-interval = 1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {boxes}
sendsms-port = {sends}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = web
password = web
concatenation = true
max-messages = 10

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "{web.url("/incoming")}?from=%p&to=%P&text=%a"
""")
        bearerbox = Program([_program("bearerbox"), "-v", "4", "kannel.conf"], folder / "bearerbox")
        try:
            until(lambda: _accepts(boxes) and _accepts(admin), "bearerbox listens", 20)
            smsbox = Program([_program("smsbox"), "-v", "4", "kannel.conf"], folder / "smsbox")
            try:
                until(lambda: _accepts(sends), "smsbox listens", 20)
                running = Kannel(sends, admin, web)
                until(lambda: "(online" in running.status(), "Kannel is bound", 20)
                yield running
            finally:
                smsbox.end()
        finally:
            bearerbox.end()


@pytest.fixture(scope="module")
def north(gateway: Gateway, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """An operator, whose subscribers write to the account."""
    with Operator(tmp_path_factory.mktemp("north")) as operator:
        gateway.add_connector("north", operator.port)
        gateway.add_route("north", "336")
        gateway.set_up("morouter -a\ntype DefaultRoute\nconnector smpps(acme)\nok")
        yield operator


def test_a_message_and_its_reports(kannel: Kannel, north: Operator) -> None:
    kannel.send("33600000001", "Hello from Kannel")
    (taken,) = north.until_taken(1, "33600000001")
    assert (taken["text"], taken["source"]) == ("Hello from Kannel", "SHOP")
    assert "ACK" in kannel.until_report("33600000001", ACCEPTED)
    assert "stat:DELIVRD err:000" in kannel.until_report("33600000001", DELIVERED)


def test_a_message_that_is_not_delivered(kannel: Kannel, north: Operator) -> None:
    north.change(receipt_states="UNDELIV/042:100")
    kannel.send("33600000002", "Nobody there")
    assert "stat:UNDELIV err:042" in kannel.until_report("33600000002", FAILED)
    north.change(receipt_states="DELIVRD:100")


def test_a_message_that_is_refused(kannel: Kannel, north: Operator) -> None:
    kannel.send("999", "No route")
    assert "NACK" in kannel.until_report("999", 16)
    assert north.messages("999") == []


def test_cyrillic_in_several_parts(kannel: Kannel, north: Operator) -> None:
    text = "Съешь ещё этих мягких французских булок, да выпей же чаю. " * 3
    kannel.send("33600000003", text, coding=2, charset="utf-8")
    parts = north.until_taken(3, "33600000003")
    assert {part["data_coding"] for part in parts} == {8}
    assert "".join(part["text"] for part in parts) == text
    kannel.until_report("33600000003", DELIVERED)


def test_an_incoming_message(kannel: Kannel, north: Operator) -> None:
    north.tell("send * 491700000001 12345 Good morning, Kannel")
    (call,) = kannel.web.until("/incoming", 1)
    assert (call["from"].strip("+ "), call["to"], call["text"]) == ("491700000001", "12345", "Good morning, Kannel")
    assert north.stats()["deliveries_dropped"] == 0


def test_kannel_comes_back_after_the_gateway_was_away(kannel: Kannel, north: Operator, gateway: Gateway) -> None:
    gateway.restart()
    gateway.until_bound("north")
    until(lambda: "(online" in kannel.status(), "Kannel is bound again", 20)
    kannel.send("33600000004", "Still there?")
    north.until_taken(1, "33600000004")
    kannel.until_report("33600000004", DELIVERED)
