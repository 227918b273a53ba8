"""Where a call goes: a URL taken apart and checked once, kept for the calls to come."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

_SAFE = "!#$%&'()*+,/:;=?@[]~"
"""What is left as it is in a path or query; everything else that is not a letter or digit is percent-encoded."""


class BadUrl(ValueError):
    """No call can be made to this URL; the text says why."""


class Target(NamedTuple):
    """A host and what is asked of it. `key` is what connections may be shared by; `path` includes the query."""

    key: tuple[bool, str, int]
    path: str
    headers: bytes
    """The Host header, and Authorization when the URL has a user name."""

    @property
    def secure(self) -> bool:
        """Whether it is spoken to over TLS."""
        return self.key[0]

    @property
    def host(self) -> str:
        """A name in its ASCII form, or an address without brackets."""
        return self.key[1]

    @property
    def port(self) -> int:
        """The port."""
        return self.key[2]


@lru_cache(maxsize=4096)
def parse(url: str) -> Target:
    """Takes an http or https URL apart; `BadUrl` when it is none."""
    if any(character <= " " or character == "\x7f" for character in url):
        raise BadUrl("the URL holds blanks or control characters")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
        scheme = parts.scheme.lower()
        if not host.isascii():
            host = host.encode("idna").decode("ascii")
        path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_SAFE)
    except ValueError as problem:
        raise BadUrl(f"the URL cannot be read: {problem}") from problem
    if scheme not in ("http", "https"):
        raise BadUrl("the URL is neither http nor https")
    if not host or port == 0:
        raise BadUrl("the URL names no host")
    secure = scheme == "https"
    default = 443 if secure else 80
    shown = f"[{host}]" if ":" in host else host
    if port not in (None, default):
        shown = f"{shown}:{port}"
    headers = f"Host: {shown}\r\n".encode("ascii")
    if parts.username is not None:
        pair = unquote_to_bytes(parts.username) + b":" + unquote_to_bytes(parts.password or "")
        headers += b"Authorization: Basic " + base64.b64encode(pair) + b"\r\n"
    return Target((secure, host.lower(), port or default), path, headers)


def follow(url: str, location: str) -> str:
    """The URL that a redirect leads to."""
    return urljoin(url, location)
