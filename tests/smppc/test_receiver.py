"""What comes in is answered when it is stored."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from jasminlike.message.model import Incoming, Receipt
from jasminlike.smpp import statuses as s
from jasminlike.smpp import tlv
from jasminlike.smpp.pdu import AlertNotification, DataSm, DeliverSm, QuerySm
from jasminlike.smppc import receiver as receiver_module
from jasminlike.smppc.receiver import Receiver
from jasminlike.stats import SmppcStats

RECEIPT = b"id:77 sub:001 dlvrd:001 submit date:2101010101 done date:2101010102 stat:DELIVRD err:000 text:hi"


class Room:
    """Receipts, incoming messages and the session, as a test says."""

    def __init__(self) -> None:
        self.receipts: list[tuple[Receipt, str]] = []
        self.taken: list[tuple[Incoming, Any]] = []
        self.stored: list[Deferred[Any]] = []
        self.answers: list[tuple[str, int]] = []
        self.reading: list[str] = []
        self.stats = SmppcStats()
        self.receiver = Receiver("one", self, self, self.stats, lambda: 1000.0)  # type: ignore[arg-type]

    def handle(self, receipt: Receipt, destination: str) -> Deferred[Any]:
        self.receipts.append((receipt, destination))
        return self._wait()

    def take(self, incoming: Incoming, sar: Any) -> Deferred[Any]:
        self.taken.append((incoming, sar))
        return self._wait()

    def _wait(self) -> Deferred[Any]:
        self.stored.append(Deferred())
        return self.stored[-1]

    def respond(self, request: Any, response: Any) -> None:
        self.answers.append((response.name, response.status))

    def pause(self) -> None:
        self.reading.append("pause")

    def resume(self) -> None:
        self.reading.append("resume")


def test_a_receipt_is_answered_when_it_is_stored():
    room = Room()
    room.receiver.received(room, DeliverSm(source_addr=b"447700", esm_class=4, short_message=RECEIPT))
    [(receipt, destination)] = room.receipts
    assert (receipt.connector, receipt.smsc_id, receipt.state, receipt.received_at) == ("one", "77", "DELIVRD", 1000.0)
    assert (destination, room.answers) == ("447700", [])
    room.stored[0].callback(True)
    assert room.answers == [("deliver_sm_resp", 0)]
    assert (room.stats.deliver_sm_count, room.stats.receipts_count) == (1, 1)


def test_a_message_of_a_subscriber():
    room = Room()
    sar = ((tlv.SAR_MSG_REF_NUM, b"\0\x05"), (tlv.SAR_TOTAL_SEGMENTS, b"\2"), (tlv.SAR_SEGMENT_SEQNUM, b"\1"))
    pdu = DataSm(source_addr=b"49170", destination_addr=b"123", tlvs=(*sar, (tlv.MESSAGE_PAYLOAD, b"hi")))
    room.receiver.received(room, pdu)
    [(incoming, numbers)] = room.taken
    assert (incoming.source.digits, incoming.destination.digits, incoming.payload) == ("49170", "123", b"hi")
    assert (numbers, room.answers) == ((5, 2, 1), [])
    room.stored[0].callback(None)
    assert room.answers == [("data_sm_resp", 0)]
    assert (room.stats.data_sm_count, room.stats.receipts_count) == (1, 0)


def test_what_is_not_stored_comes_again(caplog):
    room = Room()
    room.receiver.received(room, DeliverSm(short_message=b"hello"))
    room.stored[0].errback(RuntimeError("the disk is full"))
    assert room.answers == [("deliver_sm_resp", s.ESME_RX_T_APPN)]
    assert "the disk is full" in caplog.text


def test_what_an_esme_does_not_take():
    room = Room()
    room.receiver.received(room, QuerySm())
    assert room.answers == [("query_sm_resp", s.ESME_RINVCMDID)]


def test_an_alert_needs_no_answer():
    room = Room()
    room.receiver.received(room, AlertNotification())
    assert room.answers == []


def test_no_more_is_read_than_can_be_stored(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(receiver_module, "MOST_UNANSWERED", 4)
    room = Room()
    for _ in range(6):
        room.receiver.received(room, DeliverSm(short_message=b"hello"))
    assert room.reading == ["pause"]
    for stored in room.stored[:3]:
        stored.callback(None)
    assert room.reading == ["pause"]
    room.stored[3].errback(RuntimeError("no"))
    assert room.reading == ["pause", "resume"]
    for stored in room.stored[4:]:
        stored.callback(None)
    assert room.reading == ["pause", "resume"]
    assert len(room.answers) == 6
