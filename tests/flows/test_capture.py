"""What the gateway puts on the wire, judged by Wireshark: every kind of PDU, and none that it calls malformed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from jasminlike.smpp import constants as c
from jasminlike.smpp.fields import SmeAddress
from jasminlike.smpp.pdu import (
    AlertNotification,
    CancelSm,
    DataSm,
    DeliverSm,
    EnquireLink,
    GenericNack,
    QuerySm,
    ReplaceSm,
    SubmitMulti,
    Unbind,
)
from jasminlike.smpp.tlv import MESSAGE_PAYLOAD
from tests.flows.capture import Capture, Relay, judged, write_pcap
from tests.flows.gateway import Gateway
from tests.flows.operators import Operator
from tests.flows.process import until
from tests.flows.wire import Esme, Smsc, submit

LAST = b"the last message of the capture"
SEEN = {
    each | answered
    for each in (
        c.BIND_RECEIVER,
        c.BIND_TRANSMITTER,
        c.BIND_TRANSCEIVER,
        c.UNBIND,
        c.SUBMIT_SM,
        c.SUBMIT_MULTI,
        c.DELIVER_SM,
        c.DATA_SM,
        c.QUERY_SM,
        c.CANCEL_SM,
        c.REPLACE_SM,
        c.ENQUIRE_LINK,
    )
    for answered in (0, c.RESPONSE)
} | {c.GENERIC_NACK, c.ALERT_NOTIFICATION}


def _client_traffic(port: int) -> None:
    """Everything that a client may say, and the answers, refusals too."""
    for kind in ("tx", "rx"):
        with Esme(port, kind) as esme:
            assert esme.status == 0
            esme.ask(Unbind())
            esme.until_closed()
    with Esme(port, "trx", password="wrong") as refused:
        assert refused.status != 0
    with Esme(port) as esme:
        first = esme.ask(submit("33611", b"Hello"))
        assert first.status == 0
        payload = (MESSAGE_PAYLOAD, "Привет".encode("utf-16-be") * 60)
        assert esme.ask(submit("33612", b"", data_coding=8, tlvs=(payload,))).status == 0
        assert esme.ask(submit("33613", b"\x05\x00\x03\x07\x02\x01part", esm_class=0x40)).status == 0
        assert esme.ask(submit("999", b"no route")).status != 0
        several = (SmeAddress(b"33614", 1, 1), SmeAddress(b"33615", 1, 1), SmeAddress(b"999", 1, 1))
        assert esme.ask(SubmitMulti(dest_address=several, short_message=b"to all")).status == 0
        assert esme.ask(DataSm(destination_addr=b"33616", tlvs=((MESSAGE_PAYLOAD, b"data"),))).status == 0
        assert esme.ask(QuerySm(message_id=first.message_id, source_addr=b"SHOP")).status == 0  # type: ignore[attr-defined]
        assert esme.ask(QuerySm(message_id=b"nothing")).status != 0
        assert esme.ask(CancelSm(message_id=first.message_id, source_addr=b"SHOP")).status != 0  # type: ignore[attr-defined]
        assert esme.ask(ReplaceSm(message_id=first.message_id, source_addr=b"SHOP")).status != 0  # type: ignore[attr-defined]
        esme.ask(EnquireLink())
        esme.write(bytes.fromhex("00000010000000aa0000000000000077"))
        assert isinstance(esme.next(), GenericNack)
        esme.receipts(3 - sum(isinstance(pdu, DeliverSm) for pdu in esme.came))
        esme.ask(Unbind())
        esme.until_closed()


@pytest.fixture
def relays(gateway: Gateway, operator: Operator) -> Iterator[tuple[Relay, Relay]]:
    """The way to the gateway's server, and the way of its connector to the operator."""
    with Relay(gateway.ports["smpps"]) as server, Relay(operator.port) as uplink:
        yield server, uplink


def test_nothing_is_malformed(
    gateway: Gateway, operator: Operator, relays: tuple[Relay, Relay], tmp_path: Path
) -> None:
    server, uplink = relays
    with Smsc() as byhand, Relay(byhand.port) as second, Capture(tmp_path, LAST, server, uplink, second) as capture:
        gateway.add_connector("north", uplink.port, elink_interval=0.2)
        gateway.add_route("north", "336")
        gateway.set_up("morouter -a\ntype DefaultRoute\nconnector smpps(acme)\nok")
        _client_traffic(server.port)
        operator.tell("send * 491700000001 12345 " + "Съешь ещё этих мягких булок. " * 6)
        gateway.add_connector("byhand", second.port, started=False, bind="receiver")
        gateway.set_up("smppccm -1 byhand")
        session = byhand.accept()
        session.send(AlertNotification(source_addr=b"49", esme_addr=b"12345"))
        session.send(DataSm(source_addr=b"49", destination_addr=b"12345", tlvs=((MESSAGE_PAYLOAD, b"by data_sm"),)))
        session.next()
        session.write(bytes.fromhex("00000010000000ab0000000000000078"))
        assert isinstance(session.next(), GenericNack)
        gateway.send(to="33699", content=LAST.decode())
        operator.until_taken(1, "33699")
        gateway.set_up("smppccm -0 north")
    _judge(capture.file, [server.port, uplink.port, second.port])
    relayed = tmp_path / "relayed.pcap"
    write_pcap(relayed, (server, uplink, second))
    _judge(relayed, [server.port, uplink.port, second.port])


def _judge(file: Path, ports: list[int]) -> None:
    seen = Counter(
        int(word, 16)
        for line in judged(file, ports, "-Y", "smpp", "-T", "fields", "-e", "smpp.command_id")
        for word in line.split(",")
    )
    assert set(seen) >= SEEN, sorted(hex(each) for each in SEEN - set(seen))
    assert judged(file, ports, "-Y", "_ws.malformed") == []
    assert judged(file, ports, "-Y", "smpp && _ws.expert.severity >= 8388608") == []


def test_the_judge_sees_what_is_malformed(tmp_path: Path, gateway: Gateway) -> None:
    with Relay(gateway.ports["smpps"]) as relay:
        with Esme(relay.port) as esme:
            whole = esme.encoded(submit("33611", b"Hello"))
            esme.write((len(whole) - 8).to_bytes(4, "big") + whole[4:-8])
            while not (refusal := esme.next()).is_response:
                pass  # what subscribers wrote to the account before
            assert refusal.status != 0
        until(lambda: len(relay.connections[0]) >= 4, "all was relayed")
        write_pcap(tmp_path / "bad.pcap", (relay,))
        assert len(judged(tmp_path / "bad.pcap", [relay.port], "-Y", "_ws.malformed")) == 1
