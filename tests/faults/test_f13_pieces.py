"""The same octets in single crumbs, in one piece, and glued behind a bind_resp: the same result."""

from __future__ import annotations

import itertools
import socket

from jasminlike.smpp.codec import encode
from jasminlike.smpp.pdu import BindTransceiver, DeliverSm, DeliverSmResp, SubmitSmResp
from tests.flows.callbacks import Callbacks
from tests.flows.gateway import ACCOUNT, Gateway
from tests.flows.operators import Operator
from tests.flows.wire import Esme, Smsc, submit

COUNT = 1000


def test_one_octet_at_a_time(gateway: Gateway, operator: Operator) -> None:
    gateway.add_connector("crumbs", operator.port)
    gateway.add_route("crumbs", "131")
    with Esme(gateway.ports["smpps"], "") as esme:
        esme.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        login = BindTransceiver(system_id=ACCOUNT[0].encode(), password=ACCOUNT[1].encode())
        for octet in esme.encoded(login):
            esme.write(bytes((octet,)))
        assert esme.next().status == 0
        for number in range(5):
            for octet in esme.encoded(submit("131", b"crumb %d" % number)):
                esme.write(bytes((octet,)))
        assert [esme.expect(SubmitSmResp).status for _ in range(5)] == [0] * 5
    assert [message["text"] for message in operator.until_taken(5, "131")] == [f"crumb {number}" for number in range(5)]
    gateway.set_up("smppccm -0 crumbs")


def test_a_thousand_in_one_segment(gateway: Gateway, operator: Operator) -> None:
    gateway.add_connector("glued", operator.port)
    gateway.add_route("glued", "132")
    with Esme(gateway.ports["smpps"]) as esme:
        pdus = [submit("132", b"text %d" % number, registered_delivery=0) for number in range(COUNT)]
        esme.write(b"".join(map(esme.encoded, pdus)))
        answers = [esme.expect(SubmitSmResp) for _ in range(COUNT)]
        assert {each.status for each in answers} == {0}
        assert sorted(each.sequence for each in answers) == sorted(each.sequence for each in pdus)
        assert len({each.message_id for each in answers}) == COUNT
    taken = operator.until_taken(COUNT, "132", 20)
    assert sorted(message["text"] for message in taken) == sorted(f"text {number}" for number in range(COUNT))
    gateway.set_up("smppccm -0 glued")


def test_deliver_sm_glued_behind_the_bind_resp(gateway: Gateway, client: Callbacks) -> None:
    numbers = itertools.count(1)
    with Smsc() as smsc:
        gateway.set_up(f"""
            httpccm -a
            cid glue-web
            url {client.url("/mo")}
            method POST
            ok
            morouter -a
            type DefaultRoute
            connector http(glue-web)
            ok
            """)
        gateway.add_connector("gluing", smsc.port, started=False)
        gateway.set_up("smppccm -1 gluing")
        session, bind = smsc.connected()
        messages = [
            DeliverSm(source_addr=b"49", destination_addr=b"1", short_message=b"glued %d" % n, sequence=next(numbers))
            for n in range(50)
        ]
        session.write(b"".join(map(encode, (bind.response(system_id=b"glue"), *messages))))
        answers = [session.expect(DeliverSmResp) for _ in messages]
        assert sorted((each.sequence, each.status) for each in answers) == [(n, 0) for n in range(1, 51)]
        assert {call["content"] for call in client.until("/mo", 50)} == {f"glued {n}" for n in range(50)}
        assert len(client.of("/mo")) == 50
        session.cut()
        gateway.set_up("smppccm -0 gluing")
