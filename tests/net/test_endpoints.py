"""Endpoints: settings that cannot work are named; the others carry an SMPP session over real sockets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint
from twisted.internet.protocol import Factory

from jasminlike.net.certificates import ClientTls, EndpointError, ServerCertificates
from jasminlike.net.endpoints import client_endpoint, server_endpoint
from jasminlike.net.protocol import SmppProtocol
from jasminlike.smpp import events as e
from jasminlike.smpp.pdu import BindTransceiver, SubmitSm, SubmitSmResp
from jasminlike.smpp.session import Session
from tests.net.authority import Authority

PATIENCE = 20.0


@pytest.fixture
def reactor() -> Any:
    from twisted.internet import reactor as running

    return running


class Waiter:
    """A listener that lets a test wait for what happens; the SMSC's side answers everything."""

    def __init__(self, reactor: Any, role: str) -> None:
        self.reactor, self.role = reactor, role
        self.events: list[Any] = []
        self.lost: list[str] = []
        self.waiting: list[tuple[Any, Deferred[Any]]] = []

    def on_connected(self, protocol: SmppProtocol) -> None:
        self.protocol = protocol
        if self.role == "esme":
            protocol.request(BindTransceiver(system_id=b"shop", password=b"secret"))

    def on_events(self, protocol: SmppProtocol, events: list[e.Event]) -> None:
        for event in events:
            if isinstance(event, (e.BindRequested, e.Received)):
                protocol.respond(event.pdu, event.pdu.response())
            self.tell(event)

    def on_writable(self, protocol: SmppProtocol) -> None:
        self.tell("writable")

    def on_lost(self, protocol: SmppProtocol, reason: str, in_doubt: list[e.InDoubt]) -> None:
        self.lost.append(reason)
        self.tell("lost")

    def tell(self, what: Any) -> None:
        self.events.append(what)
        for kind, waiting in self.waiting[:]:
            if self._is(what, kind):
                self.waiting.remove((kind, waiting))
                waiting.callback(what)

    @staticmethod
    def _is(what: Any, kind: Any) -> bool:
        return what == kind if isinstance(kind, str) else isinstance(what, kind)

    def until(self, kind: Any) -> Deferred[Any]:
        """Fires with the first event of that kind, past or to come."""
        waiting: Deferred[Any] = Deferred()
        for what in self.events:
            if self._is(what, kind):
                waiting.callback(what)
                return waiting
        self.waiting.append((kind, waiting))
        return waiting.addTimeout(PATIENCE, self.reactor)


class House:
    """A listening SMSC and what was started besides; all of it is taken down after the test."""

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self.smsc = Waiter(reactor, "smsc")
        self.esme = Waiter(reactor, "esme")
        self.port: Any = None

    def factory(self, waiter: Waiter) -> Factory:
        return Factory.forProtocol(lambda: SmppProtocol(Session(waiter.role), self.reactor, waiter))  # type: ignore[arg-type]

    async def listen(self, **options: Any) -> int:
        self.port = await server_endpoint(self.reactor, 0, interface="127.0.0.1", **options).listen(
            self.factory(self.smsc)
        )
        number: int = self.port.getHost().port
        return number

    async def connect(self, host: str, port: int, **options: Any) -> None:
        await client_endpoint(self.reactor, host, port, **options).connect(self.factory(self.esme))

    async def close(self) -> None:
        for waiter in (self.esme, self.smsc):
            if hasattr(waiter, "protocol") and not waiter.lost:
                waiter.protocol.abort("the test is over")
                await waiter.until("lost")
        if self.port is not None:
            await self.port.stopListening()


@pytest_twisted.async_yield_fixture
async def house(reactor: Any) -> Any:
    made = House(reactor)
    yield made
    await made.close()


# -- settings


@pytest.mark.parametrize(
    ("arguments", "options", "setting"),
    [
        (("", 2775), {}, "host"),
        (("  ", 2775), {}, "host"),
        (("a b", 2775), {}, "host"),
        (("smsc.example", 0), {}, "port"),
        (("smsc.example", 65536), {}, "port"),
        (("smsc.example", 2775), {"timeout": 0}, "timeout"),
        (("smsc.example", 2775), {"bind_address": "eth0"}, "bind_address"),
        (("192.0.2.1", 2775), {"bind_address": "::1"}, "bind_address"),
        (("smsc.example", 2775), {"tls": ClientTls(trust_file="/nowhere/ca.pem")}, "trust_file"),
        (("smsc.example", 2775), {"tls": ClientTls(certificate_file="/nowhere/c.pem")}, "certificate_file"),
        (("smsc.example", 2775), {"tls": ClientTls(key_file="/nowhere/c.key")}, "key_file"),
        (("smsc.example", 2775), {"tls": ClientTls(server_name="bad name")}, "server_name"),
    ],
)
def test_a_client_setting_that_cannot_work_is_named(
    reactor: Any, arguments: tuple[str, int], options: dict[str, Any], setting: str
) -> None:
    with pytest.raises(EndpointError, match=f"^{setting}: ") as refused:
        client_endpoint(reactor, *arguments, **options)
    assert refused.value.setting == setting


@pytest.mark.parametrize(
    ("port", "options", "setting"),
    [(-1, {}, "port"), (70000, {}, "port"), (0, {"interface": "eth0"}, "interface"), (0, {"backlog": 0}, "backlog")],
)
def test_a_server_setting_that_cannot_work_is_named(
    reactor: Any, port: int, options: dict[str, Any], setting: str
) -> None:
    with pytest.raises(EndpointError, match=f"^{setting}: "):
        server_endpoint(reactor, port, **options)


@pytest.mark.parametrize(
    ("host", "kind"),
    [("192.0.2.1", TCP4ClientEndpoint), ("2001:db8::1", TCP6ClientEndpoint), ("smsc.example", HostnameEndpoint)],
)
def test_an_address_needs_no_resolver(reactor: Any, host: str, kind: type) -> None:
    assert isinstance(client_endpoint(reactor, host, 2775), kind)


def test_files_that_hold_no_certificate_are_named(tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path).issue("smsc.example")
    _, other_key = Authority(tmp_path).issue("other.example")
    empty, broken = tmp_path / "empty.pem", tmp_path / "broken.pem"
    empty.write_text("")
    broken.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for files, setting, problem in [
        ((str(empty), key), "certificate_file", "holds no PEM certificate"),
        ((str(broken), key), "certificate_file", "cannot be read"),
        ((certificate, str(empty)), "key_file", "holds no PEM key"),
        ((certificate, other_key), "key_file", "is not that of"),
        ((certificate, ""), "certificate_file", "holds no PEM key"),
        ((certificate, "/nowhere"), "key_file", "No such file"),
        ((certificate, key, str(empty)), "client_trust_file", "holds no PEM certificate"),
    ]:
        with pytest.raises(EndpointError, match=problem) as refused:
            ServerCertificates(*files)
        assert refused.value.setting == setting


def test_certificate_and_key_may_share_a_file(tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path).issue("smsc.example")
    both = tmp_path / "both.pem"
    both.write_bytes(Path(key).read_bytes() + Path(certificate).read_bytes())
    ServerCertificates(str(both))


# -- sessions over real sockets


@pytest_twisted.ensureDeferred
async def test_a_session_over_tcp_from_a_chosen_address(house: House) -> None:
    port = await house.listen()
    await house.connect("127.0.0.1", port, bind_address="127.0.0.2")
    await house.esme.until(e.Bound)
    assert house.smsc.protocol.peer == "127.0.0.2"
    house.esme.protocol.request(SubmitSm(short_message=b"hi"), "context")
    answer = await house.esme.until(e.Answered)
    assert (answer.context, type(answer.pdu)) == ("context", SubmitSmResp)
    house.esme.protocol.unbind()
    await house.esme.until("lost")
    await house.smsc.until("lost")
    assert house.esme.lost == ["unbound"]
    assert house.smsc.lost == ["unbound by the far end"]


@pytest_twisted.ensureDeferred
async def test_a_session_over_tls_to_a_name_with_a_certificate_of_its_own(house: House, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    port = await house.listen(certificates=ServerCertificates(*authority.issue("smsc.example")))
    tls = ClientTls(trust_file=authority.file, server_name="smsc.example")
    await house.connect("127.0.0.1", port, tls=tls)
    await house.esme.until(e.Bound)
    house.esme.protocol.request(SubmitSm(short_message=b"x" * 200))
    await house.esme.until(e.Answered)
    house.esme.protocol.unbind()
    await house.esme.until("lost")
    assert house.esme.lost == ["unbound"]


@pytest_twisted.ensureDeferred
async def test_an_address_can_be_in_the_certificate(house: House, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    port = await house.listen(certificates=ServerCertificates(*authority.issue("127.0.0.1")))
    await house.connect("127.0.0.1", port, tls=ClientTls(trust_file=authority.file))
    await house.esme.until(e.Bound)


@pytest.mark.parametrize("what", ["another name", "another authority"])
@pytest_twisted.ensureDeferred
async def test_a_server_that_is_not_who_it_should_be_is_not_spoken_to(house: House, tmp_path: Path, what: str) -> None:
    authority = Authority(tmp_path)
    stranger = Authority(tmp_path, "Stranger")
    port = await house.listen(certificates=ServerCertificates(*authority.issue("smsc.example")))
    tls = {
        "another name": ClientTls(trust_file=authority.file, server_name="other.example"),
        "another authority": ClientTls(trust_file=stranger.file, server_name="smsc.example"),
    }[what]
    await house.connect("127.0.0.1", port, tls=tls)
    await house.esme.until("lost")
    assert not [event for event in house.esme.events if isinstance(event, e.Bound)]
    await house.smsc.until("lost")
    assert not [event for event in house.smsc.events if isinstance(event, e.BindRequested)]


@pytest_twisted.ensureDeferred
async def test_a_client_shows_its_certificate_where_one_is_asked_for(house: House, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("shop.example")
    port = await house.listen(
        certificates=ServerCertificates(*authority.issue("smsc.example"), client_trust_file=authority.file)
    )
    name = {"trust_file": authority.file, "server_name": "smsc.example"}
    await house.connect("127.0.0.1", port, tls=ClientTls(certificate_file=certificate, key_file=key, **name))
    await house.esme.until(e.Bound)


@pytest_twisted.ensureDeferred
async def test_a_client_without_certificate_is_not_let_in(house: House, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    port = await house.listen(
        certificates=ServerCertificates(*authority.issue("smsc.example"), client_trust_file=authority.file)
    )
    await house.connect("127.0.0.1", port, tls=ClientTls(trust_file=authority.file, server_name="smsc.example"))
    await house.esme.until("lost")
    assert not [event for event in house.esme.events if isinstance(event, e.Bound)]


@pytest_twisted.ensureDeferred
async def test_a_renewed_certificate_is_used_for_the_next_connection(house: House, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    files = authority.issue("old.example")
    certificates = ServerCertificates(*files)
    port = await house.listen(certificates=certificates)
    for path, renewed in zip(files, authority.issue("new.example"), strict=True):
        Path(path).write_bytes(Path(renewed).read_bytes())
    certificates.reload()
    await house.connect("127.0.0.1", port, tls=ClientTls(trust_file=authority.file, server_name="new.example"))
    await house.esme.until(e.Bound)


def test_a_reload_that_fails_keeps_what_was(tmp_path: Path) -> None:
    files = Authority(tmp_path).issue("old.example")
    certificates = ServerCertificates(*files)
    before = certificates._options
    Path(files[0]).write_text("")
    with pytest.raises(EndpointError):
        certificates.reload()
    assert certificates._options is before


@pytest_twisted.ensureDeferred
async def test_tls_spoken_to_a_port_without_it_is_named(house: House, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    port = await house.listen()
    await house.connect("127.0.0.1", port, tls=ClientTls(trust_file=authority.file, server_name="x.example"))
    await house.smsc.until("lost")
    assert house.smsc.lost == ["the far end speaks TLS, this link does not"]


@pytest_twisted.ensureDeferred
async def test_back_pressure_reaches_through_the_sockets(house: House) -> None:
    """One side stops reading: the other sees that it cannot write, and everything arrives once reading goes on."""
    port = await house.listen()
    await house.connect("127.0.0.1", port)
    await house.esme.until(e.Bound)
    house.esme.protocol.session.window.size = 1_000_000
    house.smsc.protocol.pause()
    sent = 0
    blocked: Deferred[None] = Deferred()

    def more() -> None:
        nonlocal sent
        if not house.esme.protocol.writable:
            blocked.callback(None)
            return
        for _ in range(200):
            house.esme.protocol.request(SubmitSm(short_message=b"x" * 250))
            sent += 1
        house.reactor.callLater(0, more)

    more()
    await blocked.addTimeout(PATIENCE, house.reactor)
    assert sent > 200
    house.smsc.protocol.resume()
    await house.esme.until("writable")
    answered: Deferred[None] = Deferred()

    def look() -> None:
        if house.esme.protocol.session.outstanding == 0:
            answered.callback(None)
        else:
            house.reactor.callLater(0.01, look)

    look()
    await answered.addTimeout(PATIENCE, house.reactor)
    assert sum(isinstance(event, e.Answered) for event in house.esme.events) == sent
