"""URLs taken apart."""

from __future__ import annotations

import pytest

from jasminlike.httpc.target import BadUrl, follow, parse

BOOKS = "xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("url", "key", "path", "host"),
    [
        ("http://h", (False, "h", 80), "/", "h"),
        ("HTTP://H.Example:80/P", (False, "h.example", 80), "/P", "h.example"),
        ("https://h/a?b=c#d", (True, "h", 443), "/a?b=c", "h"),
        ("https://h:80/", (True, "h", 80), "/", "h:80"),
        ("http://[::1]:8080/x", (False, "::1", 8080), "/x", "[::1]:8080"),
        (
            "http://bücher.example/ü?q=ß",
            (False, BOOKS, 80),
            "/%C3%BC?q=%C3%9F",
            "xn--bcher-kva.example",
        ),
        ("http://h/%41%20?x=%2B&y=a+b", (False, "h", 80), "/%41%20?x=%2B&y=a+b", "h"),
        ('http://h/"<>', (False, "h", 80), "/%22%3C%3E", "h"),
    ],
)
def test_urls_are_taken_apart(url: str, key: tuple[bool, str, int], path: str, host: str) -> None:
    target = parse(url)
    assert (target.key, target.path) == (key, path)
    assert target.headers == f"Host: {host}\r\n".encode()
    assert (target.secure, target.host, target.port) == key


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h/x",
        "//h/x",
        "mailto:a@b",
        "http://",
        "http://:80/",
        "http://h:0/",
        "http://h:65536/",
        "http://h:x/",
        "http://[::1/",
        "http://h/\r\nX: y",
        "http://h/a b",
        "http://h/\x00",
        "http://" + "ä" * 80 + "/",
    ],
)
def test_what_cannot_be_called_is_refused(url: str) -> None:
    with pytest.raises(BadUrl):
        parse(url)


def test_a_header_cannot_be_smuggled_in_with_a_user_name() -> None:
    headers = parse("http://a%0d%0aX:b@h/").headers
    assert headers.count(b"\r\n") == 2


@pytest.mark.parametrize(
    ("location", "leads_to"),
    [("/n", "http://h:1/n"), ("n", "http://h:1/d/n"), ("https://o/p", "https://o/p"), ("//o/p", "http://o/p")],
)
def test_redirects_lead_on(location: str, leads_to: str) -> None:
    assert follow("http://h:1/d/e", location) == leads_to
