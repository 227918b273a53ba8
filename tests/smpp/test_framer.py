"""Cutting a stream into PDUs."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.smpp.codec import encode
from jasminlike.smpp.framer import Framer
from jasminlike.smpp.pdu import EnquireLink, SubmitSm
from tests.smpp.strategies import PDUS

LINK = encode(EnquireLink(sequence=1))
SUBMIT = encode(SubmitSm(sequence=2, short_message=b"x" * 100))


@given(st.lists(PDUS.map(encode), max_size=6), st.lists(st.integers(0, 300), max_size=20))
def test_the_same_pdus_come_out_however_the_stream_is_cut(frames: list[bytes], sizes: list[int]) -> None:
    framer, stream, out, at = Framer(), b"".join(frames), [], 0
    for size in sizes:
        out += framer.feed(stream[at : at + size])
        at += size
    out += framer.feed(stream[at:])
    assert out == frames
    assert framer.pending == 0
    assert framer.lost is None


def test_one_octet_at_a_time():
    framer, out = Framer(), []
    for octet in LINK + SUBMIT:
        out += framer.feed(bytes((octet,)))
    assert out == [LINK, SUBMIT]


def test_what_is_unfinished_is_held():
    framer = Framer()
    assert framer.feed(LINK + SUBMIT[:50]) == [LINK]
    assert framer.pending == 50
    assert framer.feed(SUBMIT[50:] + LINK[:3]) == [SUBMIT]
    assert framer.pending == 3
    assert framer.feed(LINK[3:]) == [LINK]
    assert framer.pending == 0


def test_a_thousand_pdus_in_one_chunk():
    assert Framer().feed(LINK * 1000) == [LINK] * 1000


def test_nothing_comes_of_nothing():
    framer = Framer()
    assert framer.feed(b"") == []
    assert framer.feed(LINK[:5]) == []
    assert framer.feed(b"") == []
    assert framer.pending == 5


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"\0\0\0\x0f", "shorter than a header"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP"),
        (b"\x16\3\1\2\0\1\0\1\xfc\3\3", "TLS"),
        (b"\0\x10\0\0", "over the limit of 65536"),
    ],
)
def test_the_stream_is_lost_as_soon_as_a_length_cannot_be_one(octets: bytes, reason: str) -> None:
    framer = Framer()
    out = framer.feed(LINK + octets[:2])
    assert (out, framer.lost) == ([LINK], None)
    assert framer.feed(octets[2:]) == []
    assert framer.lost is not None
    assert reason in framer.lost
    assert framer.feed(LINK) == []


def test_pdus_before_the_loss_in_the_same_chunk_are_given():
    framer = Framer()
    assert framer.feed(LINK + SUBMIT + b"\0\0\0\0" + LINK) == [LINK, SUBMIT]
    assert framer.lost == "command_length 0 is shorter than a header"


def test_the_limit_is_exact():
    assert Framer(len(SUBMIT)).feed(SUBMIT) == [SUBMIT]
    framer = Framer(len(SUBMIT) - 1)
    assert framer.feed(SUBMIT) == []
    assert framer.lost is not None


def crumbs_cost(length: int) -> float:
    """Processor seconds for one PDU of ``length`` octets that comes octet by octet; the best of five."""
    frame = length.to_bytes(4, "big") + b"\0" * (length - 4)
    best = 1e9
    for _ in range(5):
        framer = Framer()
        start = process_time()
        for at in range(length - 1):
            framer.feed(frame[at : at + 1])
        best = min(best, process_time() - start)
        assert framer.feed(frame[-1:]) == [frame]
    return best


def test_a_pdu_in_crumbs_costs_by_its_length_not_by_the_square_of_it():
    # Eight times the octets: linear is 8, square is 64.
    assert crumbs_cost(64_000) / crumbs_cost(8_000) < 24
