"""The simulator and an ESME of another author's making: bytes of smpp.pdu3 over a plain socket."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest_twisted
from smpp.pdu import operations, pdu_types
from smpp.pdu.pdu_encoding import PDUEncoder
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol

from tests.simulator.conftest import World

ENCODER = PDUEncoder()


class Stranger(Protocol):
    """Speaks bytes, and hears PDUs as the other codec reads them."""

    def __init__(self) -> None:
        self._data = b""
        self._heard: list[Any] = []
        self._waiting: Deferred[Any] | None = None

    def dataReceived(self, data: bytes) -> None:
        self._data += data
        while len(self._data) >= 4 and len(self._data) >= (length := int.from_bytes(self._data[:4], "big")):
            self._heard.append(ENCODER.decode(BytesIO(self._data[:length])))
            self._data = self._data[length:]
        if self._heard and self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting.callback(self._heard.pop(0))

    def say(self, pdu: Any) -> None:
        self.transport.write(ENCODER.encode(pdu))  # type: ignore[union-attr]

    async def hear(self) -> Any:
        if self._heard:
            return self._heard.pop(0)
        self._waiting = Deferred()
        return await self._waiting


def submit(number: int, text: bytes) -> Any:
    return operations.SubmitSM(
        seqNum=number,
        source_addr_ton=pdu_types.AddrTon.ALPHANUMERIC,
        source_addr_npi=pdu_types.AddrNpi.UNKNOWN,
        source_addr=b"Shop",
        dest_addr_ton=pdu_types.AddrTon.INTERNATIONAL,
        dest_addr_npi=pdu_types.AddrNpi.ISDN,
        destination_addr=b"336111",
        esm_class=pdu_types.EsmClass(pdu_types.EsmClassMode.DEFAULT, pdu_types.EsmClassType.DEFAULT),
        registered_delivery=pdu_types.RegisteredDelivery(
            pdu_types.RegisteredDeliveryReceipt.SMSC_DELIVERY_RECEIPT_REQUESTED
        ),
        short_message=text,
    )


@pytest_twisted.ensureDeferred
async def test_a_whole_session_of_a_stranger(world: World) -> None:
    simulator = await world.simulator(answer_id="hex-upper", receipt_id="hex-upper", receipt_delay=100)
    stranger = await connectProtocol(TCP4ClientEndpoint(world.reactor, "127.0.0.1", simulator.port), Stranger())

    stranger.say(operations.BindTransceiver(seqNum=1, system_id=b"other", password=b"pw", system_type=b""))
    bound = await stranger.hear()
    assert (bound.id.name, bound.seqNum, bound.status.name) == ("bind_transceiver_resp", 1, "ESME_ROK")
    assert bound.params["system_id"] == b"simulator"

    stranger.say(operations.EnquireLink(seqNum=2))
    assert (await stranger.hear()).id.name == "enquire_link_resp"

    stranger.say(submit(3, b"hello from afar"))
    answer = await stranger.hear()
    assert (answer.id.name, answer.seqNum, answer.status.name) == ("submit_sm_resp", 3, "ESME_ROK")
    message_id = answer.params["message_id"]
    assert int(message_id, 16) == simulator.messages[0].number
    assert simulator.messages[0].text() == "hello from afar"

    await world.pass_time(0.1)
    receipt = await stranger.hear()
    assert receipt.id.name == "deliver_sm"
    assert receipt.params["esm_class"].type is pdu_types.EsmClassType.SMSC_DELIVERY_RECEIPT
    assert receipt.params["receipted_message_id"] == message_id
    assert receipt.params["message_state"] is pdu_types.MessageState.DELIVERED
    assert receipt.params["short_message"].startswith(b"id:" + message_id + b" sub:001 dlvrd:001 ")
    assert (receipt.params["source_addr"], receipt.params["destination_addr"]) == (b"336111", b"Shop")
    stranger.say(operations.DeliverSMResp(seqNum=receipt.seqNum))
    await simulator.until(lambda: simulator.counts.receipts_answered == 1)

    stranger.say(
        operations.QuerySM(
            seqNum=4,
            message_id=message_id,
            source_addr_ton=pdu_types.AddrTon.ALPHANUMERIC,
            source_addr_npi=pdu_types.AddrNpi.UNKNOWN,
            source_addr=b"Shop",
        )
    )
    asked = await stranger.hear()
    assert asked.params["message_state"] is pdu_types.MessageState.DELIVERED

    simulator.send_incoming("4917012345", "12345", "Hello there")
    await world.pass_time(0)
    incoming = await stranger.hear()
    assert (incoming.params["source_addr"], incoming.params["short_message"]) == (b"4917012345", b"Hello there")

    stranger.say(operations.Unbind(seqNum=5))
    assert (await stranger.hear()).id.name == "unbind_resp"
    await simulator.until(lambda: not simulator.lines)


@pytest_twisted.ensureDeferred
async def test_a_stranger_reads_what_is_refused(world: World) -> None:
    simulator = await world.simulator(error_share=1, error_status="ESME_RTHROTTLED", system_id="other")
    stranger = await connectProtocol(TCP4ClientEndpoint(world.reactor, "127.0.0.1", simulator.port), Stranger())
    stranger.say(operations.BindTransmitter(seqNum=1, system_id=b"nobody", password=b"", system_type=b""))
    assert (await stranger.hear()).status.name == "ESME_RINVSYSID"
    stranger.say(operations.BindTransmitter(seqNum=2, system_id=b"other", password=b"", system_type=b""))
    assert (await stranger.hear()).status.name == "ESME_ROK"
    stranger.say(submit(3, b"too much"))
    answer = await stranger.hear()
    assert (answer.id.name, answer.seqNum, answer.status.name) == ("submit_sm_resp", 3, "ESME_RTHROTTLED")
