"""Opens a connector's connection: TCP from the address it is told to use, TLS verified always, and words for what
TLS refuses.

OpenSSL says of a certificate no more than that it "failed"; what is wrong with it is noted while it is looked at.
"""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL
from twisted.internet.defer import Deferred, fail
from twisted.internet.endpoints import wrapClientTLS
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.protocol import Factory
from zope.interface import implementer  # type: ignore[attr-defined]  # zope has no types

from jasminlike.net.certificates import ClientTls, EndpointError, client_creator
from jasminlike.net.endpoints import client_endpoint
from jasminlike.net.protocol import SmppProtocol
from jasminlike.smppc.settings import ConnectorSettings

_KEYS = {
    "trust_file": "ssl_trust",
    "certificate_file": "ssl_certificate",
    "key_file": "ssl_key",
    "server_name": "ssl_name",
}
"""Our keys for what the endpoint calls its settings."""
_PROBLEMS = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed, and not one that ssl_trust names",
    19: "comes from an authority that is not trusted",
    20: "comes from an authority that is not trusted",
    21: "comes from an authority that is not trusted",
    23: "has been revoked",
    24: "comes from an authority that may not issue it",
    26: "is not meant for a server",
}
"""Of X509_V_ERR_…, those that happen."""
_ALERTS = (
    ("certificate required", "the SMSC asks for a certificate of ours, and ssl_certificate names none"),
    ("unknown ca", "the SMSC does not trust the authority of our certificate"),
    ("certificate expired", "the SMSC says that our certificate has expired"),
    ("bad certificate", "the SMSC does not take our certificate"),
    ("handshake failure", "the SMSC refused the handshake; it may want a certificate of ours, or other ciphers"),
    ("wrong version number", "the SMSC does not speak TLS on this port"),
    ("unsupported protocol", "the SMSC speaks nothing newer than TLS 1.1"),
    ("certificate verify failed", "the SMSC's certificate is not to be trusted"),
    ("VerificationError", "the SMSC's certificate is for another name than host, or ssl_name, says"),
)
"""What is in the reason of a connection that TLS ended, and what it means."""


def explained(reason: str) -> str:
    """What a reason of TLS means to an operator; "" for one that is not of TLS."""
    if reason.startswith("TLS: "):
        return reason.removeprefix("TLS: ")
    return next((f"{meaning} ({reason})" for part, meaning in _ALERTS if part in reason), "")


def dial(reactor: Any, settings: ConnectorSettings, protocol: SmppProtocol) -> Deferred[Any]:
    """Connects the protocol to the settings' host; fails with a reason that an operator can read, naming the key."""
    factory = Factory.forProtocol(lambda: protocol)
    factory.noisy = False
    try:
        endpoint: Any = client_endpoint(reactor, settings.host, settings.port, bind_address=settings.bind_address or "")
        if settings.ssl:
            creator: Any = _Watched(client_creator(_tls(settings), settings.host), protocol)
            endpoint = wrapClientTLS(creator, endpoint, reactor)
    except EndpointError as problem:
        return fail(EndpointError(_KEYS.get(problem.setting, problem.setting), problem.problem))
    connecting: Deferred[Any] = endpoint.connect(factory)
    return connecting


def _tls(settings: ConnectorSettings) -> ClientTls:
    return ClientTls(
        trust_file=settings.ssl_trust or "",
        certificate_file=settings.ssl_certificate or "",
        key_file=settings.ssl_key or "",
        server_name=settings.ssl_name or "",
    )


@implementer(IOpenSSLClientConnectionCreator)  # type: ignore[no-untyped-call]
class _Watched:
    """Makes the connections that another creator makes, and tells the protocol why a certificate was refused."""

    def __init__(self, creator: Any, protocol: SmppProtocol) -> None:
        self._creator = creator
        self._protocol = protocol

    def clientConnectionForTLS(self, tls: Any) -> Any:  # the name is Twisted's
        """The OpenSSL connection for one session."""
        connection = self._creator.clientConnectionForTLS(tls)
        connection.set_verify(SSL.VERIFY_PEER, self._looked)
        return connection

    def _looked(self, _connection: Any, certificate: Any, error: int, depth: int, good: int) -> bool:
        if not good:
            name = certificate.get_subject().CN or "without a name"
            whose = "the SMSC's certificate" if depth == 0 else "an authority's certificate"
            problem = _PROBLEMS.get(error, f"does not stand the check (X509_V_ERR {error})")
            self._protocol.abort(f"TLS: {whose} ({name}) {problem}")
        return bool(good)
