"""What waits in queues can be read by the version before and the version after."""

from __future__ import annotations

import msgspec
import pytest

from jasminlike.message import envelope
from jasminlike.message.model import Address, Incoming, Part, Receipt
from tests.pipeline.house import a_part


@pytest.mark.parametrize(
    "value",
    [
        a_part(tlvs=((0x1400, b"\0x"),), locks=("service_type",), others=("two",)),
        Receipt("one", "7", "DELIVRD", text="\udcff".encode("utf-8", "replace").decode()),
        Incoming("i", "one", Address("a", 1, 1), Address("b"), b"\0\xff", part_of=(1, 2, 1)),
    ],
)
def test_there_and_back(value):
    octets = envelope.encode(value)
    assert octets[:1] == envelope.VERSION
    assert envelope.decode(octets, type(value)) == value
    assert envelope.decode(octets, type(value)) == value


def test_a_version_that_has_more_fields_is_read():
    octets = envelope.VERSION + msgspec.msgpack.encode(["one", "7", "DELIVRD", *[""] * 6, 0.0, "a field of tomorrow"])
    assert envelope.decode(octets, Receipt).smsc_id == "7"


def test_a_version_that_had_fewer_fields_is_read():
    octets = envelope.VERSION + msgspec.msgpack.encode(["one", "7", "DELIVRD"])
    assert envelope.decode(octets, Receipt) == Receipt("one", "7", "DELIVRD")


@pytest.mark.parametrize("octets", [b"", b"\x02\x90", b"\x01", b"\x01\xc1", envelope.encode([1, 2])])
def test_what_cannot_be_read(octets):
    with pytest.raises(envelope.UnknownEnvelope):
        envelope.decode(octets, Part)
