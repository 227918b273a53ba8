"""Hypothesis strategies for PDUs, drawn from the table of commands: a new row is tested without a new line here."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from jasminlike.smpp import fields, specs
from jasminlike.smpp.pdu import CLASSES, Pdu

OCTET = st.integers(0, 255)
LONG = st.integers(0, 0xFFFFFFFF)


def text(longest: int) -> st.SearchStrategy[bytes]:
    """Octets without NUL, at most ``longest``."""
    return st.lists(st.integers(1, 255), max_size=longest).map(bytes)


ADDRESS = text(20)
SME = st.builds(fields.SmeAddress, ADDRESS, OCTET, OCTET)
LIST = st.builds(fields.DistributionList, ADDRESS)
UNSUCCESS = st.builds(fields.UnsuccessSme, ADDRESS, LONG, OCTET, OCTET)
TLVS = st.lists(st.tuples(st.integers(0, 0xFFFF), st.binary(max_size=40)), max_size=4).map(tuple)


def of_kind(kind: Any) -> st.SearchStrategy[Any]:
    """Every value the wire can carry in a field of this kind."""
    if isinstance(kind, fields.Int):
        return st.integers(0, kind.maximum)
    if isinstance(kind, fields.COctetString):
        return text(kind.limit - 1)
    if isinstance(kind, fields.ShortMessage):
        return st.binary(max_size=kind.limit)
    if isinstance(kind, fields.Destinations):
        return st.lists(st.one_of(SME, LIST), max_size=5).map(tuple)
    if isinstance(kind, fields.UnsuccessSmes):
        return st.lists(UNSUCCESS, max_size=5).map(tuple)
    raise AssertionError(f"no strategy for {kind!r}")


def pdus_of(spec: specs.Spec) -> st.SearchStrategy[Pdu]:
    """Every PDU of one command that can be written."""
    values = {field.name: of_kind(field.kind) for field in spec.fields}
    return st.builds(CLASSES[spec.command_id], status=LONG, sequence=LONG, tlvs=TLVS, **values)


PDUS = st.sampled_from(specs.COMMANDS).flatmap(pdus_of)
