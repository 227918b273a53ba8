"""Requests read from octets, whole, in pieces, and with all that a stranger may send."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from http_api.reader import FOREIGN, LONGEST_HEAD, BadRequest, Request, RequestReader

OURS = (b"GET /send?", b"GET /send ", b"POST /send?", b"POST /send ")


def requests(*pieces: bytes, max_body: int = 100) -> list[Request | str]:
    """All that is found, the rest after FOREIGN, and "continue" where it is asked for."""
    reader = RequestReader(OURS, max_body)
    found: list[Request | str] = []
    for piece in pieces:
        reader.receive(piece)
        while True:
            each = reader.next()
            if reader.continue_expected:
                reader.continue_expected = False
                found.append("continue")
            if each is None:
                break
            found.append(each)
            if each == FOREIGN:
                found.append(reader.rest.decode("latin-1"))
                break
    assert not (found and isinstance(found[-1], Request) and reader.partial)
    return found


def bad(*pieces: bytes, max_body: int = 100) -> int:
    with pytest.raises(BadRequest) as caught:
        requests(*pieces, max_body=max_body)
    assert caught.value.text
    return caught.value.status


GET = b"GET /send?a=b%20c HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /send HTTP/1.1\r\nHost: h\r\ncontent-TYPE: text/x\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"POST /send?q HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nTrailer: x\r\nContent-Type: wrong\r\n\r\n"
)
A = Request(b"GET", b"/send?a=b%20c", b"", b"", True, False)
B = Request(b"POST", b"/send", b"text/x", b"hello", True, False)
C = Request(b"POST", b"/send?q", b"", b"hello", True, False)


def test_each_kind_of_request() -> None:
    assert requests(GET) == [A]
    assert requests(POST) == [B]
    assert requests(CHUNKED) == [C]


def test_many_at_once() -> None:
    assert requests(GET + CHUNKED + POST + GET + GET) == [A, C, B, A, A]


@given(st.lists(st.integers(min_value=0, max_value=300), max_size=12))
def test_cut_anywhere(cuts: list[int]) -> None:
    octets = GET + CHUNKED + POST + GET
    places = [0, *sorted(cuts), len(octets)]
    pieces = [octets[a:b] for a, b in pairwise(places) if a < b]
    assert requests(*pieces) == [A, C, B, A]


def test_octet_by_octet() -> None:
    octets = POST + b"\r\n" + CHUNKED + GET
    assert requests(*(octets[n : n + 1] for n in range(len(octets)))) == [B, C, A]


@pytest.mark.parametrize(
    ("head", "keep", "old"),
    [
        (b"GET /send? HTTP/1.1\r\n\r\n", True, False),
        (b"GET /send? HTTP/1.1\r\nConnection: close\r\n\r\n", False, False),
        (b"GET /send? HTTP/1.1\r\nConnection: Keep-Alive, Close\r\n\r\n", False, False),
        (b"GET /send? HTTP/1.0\r\n\r\n", False, True),
        (b"GET /send? HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True, True),
    ],
)
def test_who_wants_to_keep_the_connection(head: bytes, keep: bool, old: bool) -> None:
    (request,) = requests(head)
    assert isinstance(request, Request)
    assert (request.keep_alive, request.old) == (keep, old)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /balance?a=b HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /sendmore HTTP/1.1\r\n\r\n",
        b"GET /send/ HTTP/1.1\r\n\r\n",
        b"HEAD /send? HTTP/1.1\r\n\r\n",
        b"PUT /send HTTP/1.1\r\nContent-Length: 2\r\n\r\nab",
        b"GET http://h/send? HTTP/1.1\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\n\r\n",
    ],
)
def test_others_are_foreign_with_all_their_octets(head: bytes) -> None:
    assert requests(GET + head + GET) == [A, FOREIGN, (head + GET).decode()]


def test_an_offer_to_change_the_protocol_is_not_taken_up() -> None:
    offer = b"GET /send?x HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"
    assert requests(offer + GET) == [Request(b"GET", b"/send?x", b"", b"", True, False), A]


def test_an_offer_with_a_body_is_for_somebody_else() -> None:
    offer = b"POST /send HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello"
    assert requests(offer) == [FOREIGN, offer.decode()]


def test_a_client_may_wait_for_a_word_before_its_body() -> None:
    head, body = POST[:-5].replace(b"Host: h", b"Expect: 100-Continue"), POST[-5:]
    assert requests(head, body) == ["continue", B]
    assert requests(head + body) == [B]
    assert bad(POST.replace(b"Host: h", b"Expect: money")) == 417


def test_empty_lines_before_a_request_do_not_matter() -> None:
    assert requests(b"\r\n\r\n\n" + GET + b"\r\n", GET) == [A, A]
    assert requests(b"\r\n") == []


@pytest.mark.parametrize(
    "octets",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"\0\0\0\x10\x80\0\0\0",
        b"GET /send?a b HTTP/1.1\r\n\r\n",
        b"GET /send?\xc3\xa4 HTTP/1.1\r\n\r\n",
        b"GET /send? HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /send? HTTP/1.1\r\nName : v\r\n\r\n",
        b"GET /send? HTTP/1.1\r\nName: a\0b\r\n\r\n",
        b"GET /send? HTTP/1.1\r\nName: a\r\n folded\r\n\r\n",
        b"POST /send HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /send HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        b"POST /send HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n",
        b"POST /send HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        b"POST /send HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /send HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST /send HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n",
        b"POST /send HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"POST /send HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        b"POST /send HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        b"POST /send HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\n",
        b"POST /send HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;" + b"x" * 2000,
    ],
)
def test_what_is_not_http(octets: bytes) -> None:
    assert bad(octets) == 400


@pytest.mark.parametrize("end", [b" HTTP/2.0", b" HTTP/0.9", b""])
def test_other_versions(end: bytes) -> None:
    assert bad(b"GET /send?a" + end + b"\r\n\r\n") == 505


def test_a_head_has_an_end() -> None:
    filler = b"X: " + b"y" * (LONGEST_HEAD - 40) + b"\r\n"
    assert len(requests(b"GET /send? HTTP/1.1\r\n" + filler + b"\r\n")) == 1
    assert bad(b"GET /send? HTTP/1.1\r\n" + filler * 2 + b"\r\n") == 431
    assert bad(b"GET /send? HTTP/1.1\r\n" + filler, filler) == 431
    assert bad(b"GET /other HTTP/1.1\r\n" + filler, filler) == 431
    assert bad(b"A" * (LONGEST_HEAD + 1)) == 431


def test_bodies_have_an_end() -> None:
    def chunks(*sizes: int) -> bytes:
        pieces = b"".join(b"%x\r\n%b\r\n" % (size, b"x" * size) for size in sizes)
        return b"POST /send HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n"

    def length(size: int) -> bytes:
        return b"POST /send HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size

    assert len(requests(length(100))) == len(requests(chunks(60, 40))) == 1
    assert bad(length(101)[:-101]) == 413
    assert bad(chunks(60, 41)) == 413
    trailers = b"".join(b"T: " + b"x" * 900 + b"\r\n" for _ in range(20))
    assert bad(chunks(1)[:-2] + trailers) == 431


def test_partial_says_whether_a_request_has_begun() -> None:
    reader = RequestReader(OURS, 100)
    assert not reader.partial
    reader.receive(POST[:3])
    assert reader.next() is None and reader.partial
    reader.receive(POST[3:-2])
    assert reader.next() is None and reader.partial
    reader.receive(POST[-2:])
    assert reader.next() == B and not reader.partial
