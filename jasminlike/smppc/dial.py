"""Opens a connector's connection: TCP from the address it is told to use, TLS verified always, and words for what
TLS refuses.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.internet.protocol import Factory

from jasminlike.net.certificates import ClientTls, EndpointError
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
_ALERTS = (
    ("certificate required", "the SMSC asks for a certificate of ours, and ssl_certificate names none"),
    ("unknown ca", "the SMSC does not trust the authority of our certificate"),
    ("certificate expired", "the SMSC says that our certificate has expired"),
    ("bad certificate", "the SMSC does not take our certificate"),
    ("handshake failure", "the SMSC refused the handshake; it may want a certificate of ours, or other ciphers"),
    ("wrong version number", "the SMSC does not speak TLS on this port"),
    ("unsupported protocol", "the SMSC speaks nothing newer than TLS 1.1"),
    (
        "certificate verify failed",
        "the SMSC's certificate has expired, or comes from an authority that is not trusted (ssl_trust says which are)",
    ),
    ("VerificationError", "the SMSC's certificate is for another name than host, or ssl_name, says"),
)
"""What is in the reason of a connection that TLS ended, and what it means."""


def explained(reason: str) -> str:
    """What a reason of TLS means to an operator; "" for one that is not of TLS."""
    return next((f"{meaning} ({reason})" for part, meaning in _ALERTS if part in reason), "")


def dial(reactor: Any, settings: ConnectorSettings, protocol: SmppProtocol) -> Deferred[Any]:
    """Connects the protocol to the settings' host; fails with a reason that an operator can read, naming the key."""
    factory = Factory.forProtocol(lambda: protocol)
    factory.noisy = False
    try:
        endpoint = client_endpoint(
            reactor,
            settings.host,
            settings.port,
            bind_address=settings.bind_address or "",
            tls=_tls(settings) if settings.ssl else None,
        )
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
