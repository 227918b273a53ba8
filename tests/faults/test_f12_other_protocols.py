"""Octets of other protocols on an SMPP connection, from both sides: closed quietly, and no memory is filled."""

from __future__ import annotations

import contextlib
import random
import socket

import pytest

from tests.faults.health import resident_megabytes
from tests.flows.gateway import Gateway
from tests.flows.process import until
from tests.flows.wire import Esme, Smsc

TLS_HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(197)
STRANGERS = [
    TLS_HELLO,
    b"GET / HTTP/1.1\r\nHost: gateway\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"\x00" * 64,
    random.Random(12).randbytes(4096),
    b"\xff" * 4096,
]


@pytest.mark.parametrize("octets", STRANGERS, ids=lambda octets: octets[:4].hex())
@pytest.mark.parametrize("bound", [False, True])
def test_a_client_speaks_something_else(gateway: Gateway, octets: bytes, bound: bool) -> None:
    with Esme(gateway.ports["smpps"], "trx" if bound else "") as esme:
        esme.write(octets)
        esme.until_closed()
    with Esme(gateway.ports["smpps"]) as good:
        assert good.status == 0


def test_a_flood_of_nonsense_fills_no_memory(gateway: Gateway) -> None:
    with Esme(gateway.ports["smpps"]):
        before = resident_megabytes(gateway)
        nonsense = random.Random(13).randbytes(1 << 16)
        for _ in range(60):
            address = ("127.0.0.1", gateway.ports["smpps"])
            with contextlib.suppress(OSError), socket.create_connection(address, 10) as connection:
                for _ in range(50):
                    connection.sendall(nonsense)
        half = (60_000).to_bytes(4, "big") + (4).to_bytes(4, "big") + bytes(50_000)
        with contextlib.ExitStack() as held:
            for _ in range(100):
                held.enter_context(Esme(gateway.ports["smpps"], "")).write(half)
            with Esme(gateway.ports["smpps"]) as good:
                assert good.status == 0
            assert resident_megabytes(gateway) - before < 40


@pytest.mark.parametrize("octets", STRANGERS, ids=lambda octets: octets[:4].hex())
def test_an_operators_port_speaks_something_else(gateway: Gateway, octets: bytes) -> None:
    with Smsc() as smsc:
        cid = f"f12-{octets[:4].hex()}"
        gateway.add_connector(cid, smsc.port, started=False)
        gateway.set_up(f"smppccm -1 {cid}")
        session, _bind = smsc.connected()
        session.write(octets)
        session.until_closed()
        again, bind = smsc.connected()
        again.send(bind.response(system_id=b"smpp at last"))
        gateway.until_bound(cid)
        again.cut()
        gateway.set_up(f"smppccm -0 {cid}")
    until(lambda: gateway.metric("gateway_connector_bound", cid=cid) == 0, "it is not bound any more")
