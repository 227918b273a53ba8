"""Certificates and keys for TLS, read from PEM files with errors that name the setting.

:class:`ServerCertificates` can be told to read its files anew: a renewed certificate is used for the next connection,
those that are open keep theirs, and nobody is disconnected.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import crypto
from twisted.internet import ssl
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from zope.interface import implementer  # type: ignore[attr-defined]  # zope has no types


class EndpointError(ValueError):
    """A setting of a connection cannot work: ``setting`` is its name, ``problem`` what is wrong."""

    def __init__(self, setting: str, problem: str) -> None:
        super().__init__(f"{setting}: {problem}")
        self.setting = setting
        self.problem = problem


@dataclass(frozen=True, slots=True)
class ClientTls:
    """TLS towards a server. "" stands for: the system's authorities, no certificate of ours, the host's own name.

    ``trust_file``: PEM certificates of authorities or of the server itself. ``certificate_file``: our certificate,
    followed by its intermediates if any; ``key_file``: its key, "" when it is in the same file. ``server_name``: the
    name to ask for (SNI) and to expect in the server's certificate.
    """

    trust_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    server_name: str = ""


def client_creator(tls: ClientTls, host: str) -> Any:
    """What ``wrapClientTLS`` needs. Raises EndpointError naming the setting that cannot work."""
    options: dict[str, Any] = {}
    if tls.certificate_file:
        options = _own(tls.certificate_file, tls.key_file)
    elif tls.key_file:
        raise EndpointError("key_file", "is of no use without certificate_file")
    trust = _trust("trust_file", tls.trust_file) if tls.trust_file else None
    name = tls.server_name or host
    try:
        creator = ssl.optionsForClientTLS(name, trustRoot=trust, extraCertificateOptions=options)
    except (UnicodeError, ValueError) as error:
        raise EndpointError("server_name" if tls.server_name else "host", f"{name!r}: {error}") from None
    return creator


@implementer(IOpenSSLServerConnectionCreator)  # type: ignore[no-untyped-call]
class ServerCertificates:
    """Our certificate as a server, and whom we trust as clients ("": a client needs no certificate)."""

    def __init__(self, certificate_file: str, key_file: str = "", client_trust_file: str = "") -> None:
        self.certificate_file = certificate_file
        self.key_file = key_file
        self.client_trust_file = client_trust_file
        self._options: Any = None
        self.reload()

    def reload(self) -> None:
        """Read the files anew. Raises EndpointError, and goes on with what it had, when they cannot work."""
        options = _own(self.certificate_file, self.key_file)
        if self.client_trust_file:
            options["trustRoot"] = _trust("client_trust_file", self.client_trust_file)
        self._options = ssl.CertificateOptions(raiseMinimumTo=ssl.TLSVersion.TLSv1_2, **options)

    def serverConnectionForTLS(self, protocol: Any) -> Any:  # the name is Twisted's
        """The OpenSSL connection for one more client."""
        return self._options.serverConnectionForTLS(protocol)


def _read(setting: str, path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise EndpointError(setting, f"{path} cannot be read: {error.strerror}") from None


def _certificates(setting: str, path: str) -> list[x509.Certificate]:
    text = _read(setting, path)
    if b"-----BEGIN CERTIFICATE-----" not in text:
        raise EndpointError(setting, f"{path} holds no PEM certificate")
    try:
        return x509.load_pem_x509_certificates(text)
    except ValueError as error:
        raise EndpointError(setting, f"{path} holds a certificate that cannot be read: {error}") from None


def _trust(setting: str, path: str) -> Any:
    found = _certificates(setting, path)
    return ssl.trustRootFromCertificates([ssl.Certificate(crypto.X509.from_cryptography(one)) for one in found])


def _own(certificate_file: str, key_file: str) -> dict[str, Any]:
    """Certificate, chain and key as options, checked to belong together."""
    certificate, *chain = _certificates("certificate_file", certificate_file)
    key_setting, key_path = ("key_file", key_file) if key_file else ("certificate_file", certificate_file)
    text = _read(key_setting, key_path)
    try:
        key = load_pem_private_key(text, None)
    except (TypeError, ValueError):
        raise EndpointError(key_setting, f"{key_path} holds no PEM key, or one with a pass phrase") from None
    if key.public_key() != certificate.public_key():
        raise EndpointError(key_setting, f"the key in {key_path} is not that of {certificate_file}")
    return {"privateKey": key, "certificate": certificate, "extraCertChain": chain}


def is_address(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    return bool(isIPAddress(text) or isIPv6Address(text))
