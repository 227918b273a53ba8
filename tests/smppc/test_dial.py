"""TLS towards an SMSC: always verified, and plain words for every refusal; certificates of a private authority."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.internet import reactor

from jasminlike.net.endpoints import ServerCertificates, server_endpoint
from jasminlike.smppc import states
from jasminlike.smppc.dial import dial, explained
from tests.net.authority import DAY, Authority
from tests.smppc.operator import Operator


class Past(Authority):
    """Issues certificates that have expired; its own has not."""

    def _builder(self, subject: str, key: ec.EllipticCurvePublicKey, issuer: str) -> x509.CertificateBuilder:
        builder = super()._builder(subject, key, issuer)
        if subject == issuer:
            return builder
        now = datetime.datetime.now(datetime.UTC)
        builder._not_valid_before, builder._not_valid_after = None, None  # it would not be told twice
        return builder.not_valid_before(now - 3 * DAY).not_valid_after(now - 2 * DAY)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def dialled(operator: Operator) -> Operator:
    operator.connect = lambda settings, protocol: dial(reactor, settings, protocol)  # type: ignore[method-assign]
    return operator


async def refused(operator: Operator, kind: str, **fields: Any) -> str:
    connector = operator.make(operator.settings(operator.simulators[-1], ssl=True, con_loss_delay=60, **fields))
    connector.start()
    await operator.until(lambda: connector.state == states.WAITING)
    assert not operator.simulators[-1].counts.binds
    [line] = [params for each, params in operator.log if each == kind]
    assert line["level"] == "warning"
    return str(line["message"])


async def secured(operator: Operator, issuer: Authority, *names: str) -> None:
    certificate, key = issuer.issue(*names)
    await operator.simulator(certificate_file=certificate, key_file=key)


@pytest.mark.parametrize(("names", "fields"), [(["127.0.0.1"], {}), (["smsc.example"], {"ssl_name": "smsc.example"})])
@pytest_twisted.ensureDeferred
async def test_trusted(dialled: Operator, authority: Authority, names: list[str], fields: dict[str, Any]) -> None:
    await secured(dialled, authority, *names)
    connector = await dialled.bound(
        dialled.simulators[0], ssl=True, ssl_trust=authority.file, bind_address="127.0.0.1", **fields
    )
    [message] = await dialled.send("hello")
    await dialled.ends(message, "delivered")
    assert connector.bound


@pytest_twisted.ensureDeferred
async def test_an_authority_that_is_not_trusted(dialled: Operator, authority: Authority) -> None:
    await secured(dialled, authority, "127.0.0.1")
    why = await refused(dialled, "tls-refused")
    assert "comes from an authority that is not trusted" in why


@pytest_twisted.ensureDeferred
async def test_an_expired_certificate(dialled: Operator, tmp_path: Path) -> None:
    past = Past(tmp_path)
    await secured(dialled, past, "127.0.0.1")
    assert "has expired" in await refused(dialled, "tls-refused", ssl_trust=past.file)


@pytest_twisted.ensureDeferred
async def test_another_name(dialled: Operator, authority: Authority) -> None:
    await secured(dialled, authority, "other.example")
    assert "for another name" in await refused(dialled, "tls-refused", ssl_trust=authority.file)


@pytest.mark.parametrize("ours", [True, False])
@pytest_twisted.ensureDeferred
async def test_an_smsc_that_asks_for_our_certificate(dialled: Operator, authority: Authority, ours: bool) -> None:
    simulator = await dialled.simulator()
    certificates = ServerCertificates(*authority.issue("127.0.0.1"), authority.file)
    door: Any = server_endpoint(reactor, 0, interface="127.0.0.1", certificates=certificates)
    listening = await door.listen(simulator.factory)
    plain, simulator.port = simulator.port, listening.getHost().port
    if ours:
        certificate, key = authority.issue("us.example")
        connector = await dialled.bound(
            simulator, ssl=True, ssl_trust=authority.file, ssl_certificate=certificate, ssl_key=key
        )
        assert connector.bound
    else:
        why = await refused(dialled, "tls-refused", ssl_trust=authority.file)
        assert "asks for a certificate of ours" in why
    simulator.port = plain
    await listening.stopListening()


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"ssl_trust": "/nowhere/ca.pem"}, "ssl_trust: /nowhere/ca.pem cannot be read"),
        ({"ssl_certificate": "/nowhere/us.pem"}, "ssl_certificate: /nowhere/us.pem cannot be read"),
        ({"ssl_key": "/nowhere/us.key"}, "ssl_key: is of no use without"),
        ({"bind_address": "::1"}, "bind_address: ::1 and 127.0.0.1 are not of the same kind"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_setting_that_cannot_work(dialled: Operator, fields: dict[str, Any], key: str) -> None:
    await dialled.simulator()
    assert (await refused(dialled, "connect-failed", con_fail_delay=60, **fields)).startswith(key)


def test_other_reasons_are_not_explained() -> None:
    assert explained("the far end closed the connection") == ""
    assert explained("[('SSL routines', '', 'wrong version number')]").startswith("the SMSC does not speak TLS")
