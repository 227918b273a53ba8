"""A fuzz target for everything that reads octets of the far end: framer, codec, session.

``fuzz(data)`` returns, or raises where a promise is broken. With atheris installed::

    python -m tests.smpp.fuzz_codec corpus/        # libFuzzer's options work

Without it ``test_fuzz_codec.py`` runs a bounded number of mutations of known PDUs, the same ones each time.
"""

from __future__ import annotations

import sys

from jasminlike.smpp import events as e
from jasminlike.smpp.codec import decode_frame, encode
from jasminlike.smpp.errors import EncodeError, PduError
from jasminlike.smpp.framer import Framer
from jasminlike.smpp.pdu import BindTransceiver, DeliverSm, Pdu, SubmitSm
from jasminlike.smpp.session import Session
from jasminlike.smpp.walker import decode_by_table

# What is read beyond the limit it is written with: more octets than the specification allows, in these fields only.
LOOSE = {"short_message", "message_id", "system_id", "unsuccess_sme", "dest_address"}


def check_frame(frame: bytes) -> None:
    """Both decoders agree, and what was read can be written and read again."""
    try:
        pdu: Pdu | None = decode_frame(frame)
        error = None
    except PduError as bad:
        pdu, error = None, bad
    try:
        other: Pdu | None = decode_by_table(frame)
        assert pdu == other
    except PduError as bad:
        assert error is not None
        assert (str(bad), bad.answer, bad.sequence) == (str(error), error.answer, error.sequence)
    if pdu is None:
        return
    repr(pdu)
    try:
        octets = encode(pdu)
    except EncodeError as refused:
        assert refused.field in LOOSE, refused
        return
    assert decode_frame(octets) == pdu


def check_stream(data: bytes) -> list[bytes]:
    """The same frames come out whole and in two pieces, and none of them is lost or made up."""
    whole, halves = Framer(), Framer()
    frames = whole.feed(data)
    assert frames == halves.feed(data[: len(data) // 2]) + halves.feed(data[len(data) // 2 :])
    assert whole.lost == halves.lost
    assert b"".join(frames) == data[: sum(map(len, frames))]
    if whole.lost is None:
        assert sum(map(len, frames)) + whole.pending == len(data)
    return frames


def check_session(data: bytes, session: Session, context: object) -> None:
    """Nothing raises, and our request, if there was one, ends exactly once."""
    events = session.receive(data, 1.0)
    events += session.tick(100.0)
    events += session.closed(101.0)
    ends = [event for event in events if isinstance(event, (e.Answered, e.TimedOut, e.InDoubt))]
    assert [end.context for end in ends] == ([] if context is None else [context])


def bound_session(role: str) -> tuple[Session, object]:
    """A session of each side, bound, with one request of ours waiting."""
    session, context = Session("smsc" if role == "smsc" else "esme"), object()
    session.opened(0.0)
    if role == "esme":
        sequence = session.request(BindTransceiver(), 0.0)
        session.receive(encode(BindTransceiver(sequence=sequence).response()), 0.0)
        session.request(SubmitSm(), 0.0, context)
    else:
        (asked,) = session.receive(encode(BindTransceiver(sequence=1)), 0.0)
        assert isinstance(asked, e.BindRequested)
        session.respond(asked.pdu, asked.pdu.response())
        session.request(DeliverSm(), 0.0, context)
    session.data_to_send()
    return session, context


def fuzz(data: bytes) -> None:
    """One run: ``data`` is what the far end sent."""
    for frame in check_stream(data):
        check_frame(frame)
    for role in ("esme", "smsc"):
        session, context = bound_session(role)
        check_session(data, session, context)
    fresh = Session("smsc")
    fresh.opened(0.0)
    check_session(data, fresh, None)


if __name__ == "__main__":
    import atheris

    atheris.instrument_all()
    atheris.Setup(sys.argv, fuzz)
    atheris.Fuzz()
