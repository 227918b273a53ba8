"""Scripts in a whole gateway: added at the console, run in their processes, changed while messages go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.callbacks import Callbacks
from tests.flows.gateway import Gateway
from tests.flows.operators import Operator
from tests.flows.process import until

REPLY = """
if routable.text == "HELP":
    reply("Write STOP to stop.")
if routable.text == "NO":
    smpp_status = 20
routable.addTag("seen")
"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with Gateway(
        tmp_path_factory.mktemp("scripted"), interceptors__deadline=0.5, interceptors__reply_user="acme"
    ) as gateway:
        gateway.start()
        gateway.add_account()
        yield gateway
        gateway.stop()
        assert gateway.errors() == []


def _add(gateway: Gateway, side: str, path: Path) -> None:
    gateway.set_up(f"{side}interceptor -a\ntype DefaultInterceptor\nscript python3({path})\nok")


def test_a_script_refuses_hangs_is_changed_and_goes(gateway: Gateway, operator: Operator, tmp_path: Path) -> None:
    gateway.add_connector("mt-north", operator.port)
    gateway.add_route("mt-north", "49")
    script = tmp_path / "mt.py"
    script.write_text("if b'no' in routable.pdu.params['short_message']: http_status = 402\n")
    _add(gateway, "mt", script)
    assert gateway.send(to="491", content="yes").status == 200
    refused = gateway.send(to="491", content="no")
    assert (refused.status, refused.text) == (402, 'Error "Interception specific error code 402"')
    script.write_text("while True: pass\n")
    until(lambda: gateway.send(to="491", content="yes").status == 400, "the changed script is in force")
    until(lambda: "ran longer than 0.5 s" in gateway.events(), "the log says why")
    script.write_text("routable.pdu.params['short_message'] = 'changed'\n")
    until(lambda: gateway.send(to="491", content="no").status == 200, "the script is whole again")
    gateway.console("mtinterceptor -r 0")
    assert gateway.send(to="491", content="no").status == 200
    assert gateway.metric("httpapi_interceptor_count") >= 4


def test_a_subscriber_is_answered(gateway: Gateway, operator: Operator, client: Callbacks, tmp_path: Path) -> None:
    gateway.add_connector("mo-north", operator.port)
    gateway.add_route("mo-north", "44")
    gateway.set_up(f"httpccm -a\ncid web\nurl {client.url('/mo')}\nmethod POST\nok")
    gateway.set_up("morouter -a\ntype DefaultRoute\nconnector http(web)\nok")
    script = tmp_path / "mo.py"
    script.write_text(REPLY)
    _add(gateway, "mo", script)
    operator.tell("send * 447700900001 12345 HELP")
    (call,) = client.until("/mo")
    assert call["content"] == "HELP"
    until(lambda: gateway.metric("gateway_accepted_count") >= 1, "the reply is accepted")
    operator.tell("send * 447700900001 12345 NO")
    until(lambda: gateway.metric("smppc_interceptor_error_count", cid="mo-north") == 1, "the script refused")
    assert len(client.until("/mo")) == 1
