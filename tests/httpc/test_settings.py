"""Settings of HTTP client connectors."""

from __future__ import annotations

import pytest

from jasminlike.httpc.settings import HTTP_CONNECTOR, HttpConnector
from jasminlike.kind import FieldError


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example.com/sms", "http://localhost", "http://localhost:8080/mo?x=1", "http://127.0.0.1:22702/mo",
        "HTTP://10.0.0.1/", "http://[::1]:80/mo", "https://a-b.example.co.uk./x",
    ],
)  # fmt: skip
def test_urls_that_do(url: str) -> None:
    assert HTTP_CONNECTOR.index["url"].parse(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "", "crm.example.com/sms", "ftp://crm.example.com", "http://", "http://intranet/mo", "http://a b.com/",
        "http://x.com:99999/", "http://x.com:port/", "http://[::1/", "http://-x.com/", "http://x.com/\n", "http://x..com/",
    ],
)  # fmt: skip
def test_urls_that_do_not(url: str) -> None:
    with pytest.raises(FieldError, match="HttpConnector url syntax is invalid"):
        HTTP_CONNECTOR.index["url"].parse(url)


def test_method_and_cid() -> None:
    assert HTTP_CONNECTOR.index["method"].parse("get") == "GET"
    with pytest.raises(FieldError, match="method syntax is invalid"):
        HTTP_CONNECTOR.index["method"].parse("PUT")
    with pytest.raises(FieldError, match="cid syntax is invalid"):
        HTTP_CONNECTOR.index["cid"].parse("ab")


def test_it_survives_its_document() -> None:
    connector = HttpConnector("crm_mo", "https://crm.example.com/sms", "POST")
    assert HTTP_CONNECTOR.build(HTTP_CONNECTOR.values(connector)) == connector
