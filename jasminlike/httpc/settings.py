"""An HTTP client connector as an administrable thing: where incoming messages are thrown."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from jasminlike.kind import Field, FieldError, Kind


class HttpConnector(msgspec.Struct, frozen=True):
    """A client's address for incoming messages; `method` is GET or POST."""

    cid: str
    url: str
    method: str

    type_name = "HttpConnector"


_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")


def _parse_cid(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]{3,25}", text):
        raise FieldError("HttpConnector cid syntax is invalid", "cid")
    return text


def _parse_method(text: str) -> str:
    if text.upper() not in ("GET", "POST"):
        raise FieldError("HttpConnector method syntax is invalid, must be GET or POST", "method")
    return text.upper()


def _is_host(host: str) -> bool:
    """A name with a dot, localhost, or an address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = host.rstrip(".").split(".")
        return host == "localhost" or (len(labels) > 1 and all(_LABEL.match(label) for label in labels))
    return True


def parse_url(text: str) -> str:
    """An http or https URL whose host is a name with a dot, localhost, or an IPv4 or IPv6 address."""
    try:
        parts = urlsplit(text)
        good = parts.scheme.lower() in ("http", "https") and _is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        good = False
    if not good or not text.isprintable() or " " in text:
        raise FieldError("HttpConnector url syntax is invalid", "url")
    return text


def _build(values: Mapping[str, Any]) -> HttpConnector:
    return HttpConnector(values["cid"], values["url"], values["method"])


def _values(connector: HttpConnector) -> dict[str, Any]:
    return {"cid": connector.cid, "url": connector.url, "method": connector.method}


HTTP_CONNECTOR = Kind(
    "httpcc",
    "cid",
    (
        Field("url", parse_url, about="Where messages are thrown"),
        Field("method", _parse_method, about="GET or POST"),
        Field("cid", _parse_cid, about="The connector's name, 3 to 25 letters, digits, - and _", fixed=True),
    ),
    _build,
    _values,
    "A client's URL for incoming messages",
)
