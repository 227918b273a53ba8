"""The straight-line codec and the one that walks the table: identical results, identical refusals."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jasminlike.smpp import specs
from jasminlike.smpp.codec import decode_frame, encode
from jasminlike.smpp.compiled import DECODERS, ENCODERS, source_of
from jasminlike.smpp.errors import EncodeError, PduError
from jasminlike.smpp.pdu import CLASSES, EnquireLink, Pdu, SubmitSm, SubmitSmResp
from jasminlike.smpp.walker import decode_by_table, encode_by_table
from tests.smpp.strategies import PDUS


def outcome(function: Any, argument: Any) -> Any:
    """What came back, or everything an error said."""
    try:
        return function(argument)
    except EncodeError as error:
        return "refused", str(error), error.command, error.field
    except PduError as error:
        return "bad", str(error), error.command_id, error.status, error.sequence, error.answer, error.partial


@settings(max_examples=400)
@given(PDUS)
def test_round_trip_of_every_command_by_both(pdu: Pdu) -> None:
    octets = encode_by_table(pdu)
    assert encode(pdu) == octets
    assert int.from_bytes(octets[:4], "big") == len(octets)
    assert decode_frame(octets) == decode_by_table(octets)
    # A string of a response that holds nothing but defaults is not written after an error, so it reads the same.
    assert decode_frame(octets) == pdu


ODD_VALUES = st.one_of(
    st.none(),
    st.integers(-2, 300),
    st.text(max_size=3),
    st.binary(max_size=70),
    st.binary(min_size=253, max_size=300),
    st.lists(st.integers(0, 300), max_size=3),
    st.floats(0, 1),
    st.tuples(st.integers(0, 70000), st.binary(max_size=3)).map(lambda entry: (entry,)),
)


@settings(max_examples=400)
@given(PDUS, st.data())
def test_odd_values_are_refused_by_both_in_the_same_words(pdu: Pdu, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([*pdu.field_names, "status", "sequence", "tlvs"]))
    setattr(pdu, name, data.draw(ODD_VALUES))
    assert outcome(encode, pdu) == outcome(encode_by_table, pdu)


@settings(max_examples=400)
@given(PDUS, st.data())
@example(EnquireLink(), None)
def test_damaged_octets_are_read_or_refused_by_both_alike(pdu: Pdu, data: Any) -> None:
    octets = bytearray(encode(pdu))
    if data is not None:
        for at in data.draw(st.lists(st.integers(16, max(16, len(octets) - 1)), max_size=4)):
            if at < len(octets):
                octets[at] = data.draw(st.integers(0, 255))
        octets = octets[: data.draw(st.integers(16, len(octets)))] + data.draw(st.binary(max_size=5))
    assert outcome(decode_frame, bytes(octets)) == outcome(decode_by_table, bytes(octets))


def test_every_command_is_compiled():
    assert set(ENCODERS) == set(DECODERS) == set(CLASSES) == set(specs.BY_ID)


def test_a_usual_pdu_never_takes_the_slow_way(monkeypatch):
    def slow(*_: Any) -> Any:
        raise AssertionError("the table was walked")

    for command in (SubmitSm, SubmitSmResp):
        for function in (ENCODERS[command.command_id], DECODERS[command.command_id]):
            monkeypatch.setitem(function.__globals__, "encode_by_table", slow)
            monkeypatch.setitem(function.__globals__, "decode_by_table", slow)
    for pdu in (
        SubmitSm(source_addr=b"shop", destination_addr=b"123", short_message=b"x" * 140, tlvs=((0x1401, b"v"),)),
        SubmitSmResp(message_id=b"abc"),
        SubmitSmResp(status=0x58),
    ):
        assert decode_frame(encode(pdu)) == pdu


def test_the_text_can_be_read():
    assert "def encode(pdu)" in source_of("submit_sm")
    with pytest.raises(StopIteration):
        source_of("no_such_command")
