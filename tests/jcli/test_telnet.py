"""Telnet: commands taken out of what an operator types, answered once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcli.telnet import Telnet

SIGNALS_ONLY = b"\xff\xfa\x22\x01\x02\xff\xf0"


@pytest.mark.parametrize(
    ("sent", "typed", "reply"),
    [
        (b"help\r\n", b"help\r\n", b""),
        (b"a\xff\xffb", b"a\xffb", b""),
        (b"a\xff\xf4b\xff\xf3", b"a\x03b\x03", b""),
        (b"a\xff\xf7\xff\xf8", b"a\x7f\x15", b""),
        (b"\xff\xf1a", b"a", b""),
        (b"\xff\xfb\x1f\xff\xfb\x03\xff\xfd\x01", b"", b""),
        (b"\xff\xfb\x22", b"", SIGNALS_ONLY),
        (b"\xff\xfc\x22\xff\xfe\x01", b"", b""),
        (b"\xff\xfb\x18", b"", b"\xff\xfe\x18"),
        (b"\xff\xfd\x05\xff\xfd\x05", b"", b"\xff\xfc\x05"),
        (b"\xff\xfd\x03", b"", b"\xff\xfb\x03"),
        (b"a\xff\xfa\x18\x00xterm\xff\xff\xff\xf0b", b"ab", b""),
    ],
)
def test_commands(sent: bytes, typed: bytes, reply: bytes) -> None:
    assert Telnet().receive(sent) == (typed, reply)
    whole, pieces = Telnet(), [b"", b""]
    for octet in sent:
        got = whole.receive(bytes((octet,)))
        pieces = [pieces[0] + got[0], pieces[1] + got[1]]
    assert (pieces[0], pieces[1]) == (typed, reply), "in pieces as well"


def test_the_window_is_known() -> None:
    telnet = Telnet()
    assert telnet.receive(b"\xff\xfa\x1f\x00\xff\xff\x00\x18\xff\xf0") == (b"", b"")
    assert telnet.width == 255
    telnet.receive(b"\xff\xfa\x1f\x00\x00\x00\x18\xff\xf0")
    assert telnet.width == 255, "0 says nothing"


def test_a_subnegotiation_without_end_does_not_fill_the_memory() -> None:
    telnet = Telnet()
    for _ in range(50):
        telnet.receive(b"\xff\xfa\x1f" + b"x" * 500)
    telnet.receive(b"\xff\xf0")
    assert telnet.receive(b"help") == (b"help", b"")


@given(st.lists(st.binary(max_size=40), max_size=10))
def test_no_octets_break_it(chunks: list[bytes]) -> None:
    telnet = Telnet()
    for chunk in chunks:
        telnet.receive(chunk)
    telnet.receive(b"\x00" * 1100 + b"\xff\xf0" * 3)
    assert telnet.receive(b"ok")[0] == b"ok"
