"""Where connections come from: Twisted endpoints for TCP and TLS, in and out, made from checked settings.

TLS is always verified. A client checks the server's certificate against ``trust_file`` or the system's authorities,
and the name in it against ``server_name`` or the host it connects to; an SMSC with a certificate of its own making is
reached by giving that certificate as ``trust_file`` and its name as ``server_name``. A server with a
``client_trust_file`` takes only clients with a certificate from it. Nothing below TLS 1.2 is spoken.

A setting that cannot work raises :class:`EndpointError` with the setting's name when the endpoint is made, not when the
first connection fails.
"""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import (
    HostnameEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    TCP6ClientEndpoint,
    TCP6ServerEndpoint,
    wrapClientTLS,
    wrapServerTLS,
)

from jasminlike.net.certificates import ClientTls, EndpointError, ServerCertificates, client_creator, is_address

__all__ = [
    "ClientEndpoint",
    "ClientTls",
    "EndpointError",
    "ServerCertificates",
    "ServerEndpoint",
    "client_endpoint",
    "server_endpoint",
]


class ClientEndpoint(Protocol):
    """Twisted's IStreamClientEndpoint, in the words type checkers understand."""

    def connect(self, factory: Any, /) -> Deferred[Any]:
        """Fires with the connected protocol."""


class ServerEndpoint(Protocol):
    """Twisted's IStreamServerEndpoint, likewise."""

    def listen(self, factory: Any, /) -> Deferred[Any]:
        """Fires with the listening port."""


def client_endpoint(
    reactor: Any,
    host: str,
    port: int,
    *,
    bind_address: str = "",
    timeout: float = 30.0,
    tls: ClientTls | None = None,
) -> ClientEndpoint:
    """An endpoint that connects to ``host``, a name or an address.

    ``bind_address``: the local address to connect from, "" for the system's choice. ``timeout``: seconds for the TCP
    connection. Raises EndpointError naming host, port, bind_address, timeout or a setting of ``tls``.
    """
    host = host.strip()
    if not host or any(character.isspace() for character in host):
        raise EndpointError("host", f"{host!r} is neither a name nor an address")
    _check_port(port, lowest=1)
    if timeout <= 0:
        raise EndpointError("timeout", f"is {timeout}, must be more than 0 seconds")
    local = (bind_address, 0) if bind_address else None
    if bind_address and not is_address(bind_address):
        raise EndpointError("bind_address", f"{bind_address!r} is not an IP address of this machine")
    if local and is_address(host) and isIPv6Address(host) != isIPv6Address(bind_address):
        raise EndpointError("bind_address", f"{bind_address} and {host} are not of the same kind (IPv4, IPv6)")
    endpoint: Any
    if isIPAddress(host):
        endpoint = TCP4ClientEndpoint(reactor, host, port, timeout, local)
    elif isIPv6Address(host):
        endpoint = TCP6ClientEndpoint(reactor, host, port, timeout, local)
    else:
        endpoint = HostnameEndpoint(reactor, host, port, timeout, local)
    if tls is not None:
        endpoint = wrapClientTLS(client_creator(tls, host), endpoint, reactor)
    result: ClientEndpoint = endpoint
    return result


def server_endpoint(
    reactor: Any,
    port: int,
    *,
    interface: str = "",
    backlog: int = 128,
    certificates: ServerCertificates | None = None,
) -> ServerEndpoint:
    """An endpoint that listens on ``port`` (0: any free one) of ``interface``.

    ``interface``: an address of this machine; "" for every IPv4 address, "::" for every address. With ``certificates``
    every connection speaks TLS. Raises EndpointError naming port, interface or backlog.
    """
    _check_port(port, lowest=0)
    if interface and not is_address(interface):
        raise EndpointError("interface", f"{interface!r} is not an IP address of this machine")
    if backlog < 1:
        raise EndpointError("backlog", f"is {backlog}, must be at least 1")
    kind = TCP6ServerEndpoint if isIPv6Address(interface) else TCP4ServerEndpoint
    endpoint: Any = kind(reactor, port, backlog, interface)
    if certificates is not None:
        creator: Any = certificates  # declared to zope, which type checkers do not see
        endpoint = wrapServerTLS(creator, endpoint, reactor)
    result: ServerEndpoint = endpoint
    return result


def _check_port(port: int, *, lowest: int) -> None:
    if not lowest <= port <= 65535:
        raise EndpointError("port", f"is {port}, must be {lowest} to 65535")
