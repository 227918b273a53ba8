"""What was set up, accepted or under way survives a stop: what the console acknowledged, and every id answered 200."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tests.flows.callbacks import Callbacks
from tests.flows.gateway import Gateway
from tests.flows.load import Load
from tests.flows.operators import Operator
from tests.flows.process import until


def test_the_configuration_survives(tmp_path: Path, operator: Operator, client: Callbacks) -> None:
    with Gateway(tmp_path) as gateway:
        gateway.start()
        gateway.add_account("acme", "s3cret", "mt_messaging_cred quota balance 12.5")
        gateway.add_connector("running", operator.port, window=7)
        gateway.add_connector("stopped", operator.port, started=False)
        gateway.add_route("running", "336", 0.25)
        gateway.set_up(f"""
            httpccm -a
            cid web
            url {client.url("/mo")}
            method POST
            ok
            morouter -a
            type DefaultRoute
            connector http(web)
            ok
            """)
        lists = "group -l\nuser -l\nfilter -l\nmtrouter -l\nmorouter -l\nhttpccm -l\nsmppccm -s running\nuser -s acme"
        before = gateway.console(lists)
        gateway.restart()
        gateway.until_bound("running")
        assert gateway.console(lists) == before
        assert gateway.metric("gateway_connector_bound", cid="stopped") == 0
        assert gateway.balance() == 12.5
        gateway.until_state(gateway.send(to="33612345678", content="Hello").id, "sent")
        assert gateway.balance() == 12.25
        operator.tell("send * 491700000001 12345 Hello")
        client.until("/mo")
        before = gateway.console(lists)
        gateway.sigkill()
        gateway.start()
        gateway.until_bound("running")
        assert gateway.console(lists) == before
        gateway.stop()
        assert gateway.errors() == []


def test_a_stop_under_load_loses_and_repeats_nothing(tmp_path: Path) -> None:
    with Operator(tmp_path, answer_delay="1-20") as operator, Gateway(tmp_path) as gateway:
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", operator.port)
        gateway.add_route("north", "")
        load = Load(gateway, "1555", 3000).start()
        until(lambda: len(load.accepted) > 1000, "a third is accepted", 30)
        took = gateway.stop()
        load.wait()
        assert set(load.refused) <= {503}
        assert 1000 < len(load.accepted) < 3000, "it was stopped in the middle"
        gateway.start()
        until(lambda: gateway.metric("gateway_stored_deliveries") == 0, "all was sent", 30)
        came = Counter(message["text"] for message in operator.taken())
        assert set(load.accepted) <= set(came)
        assert [text for text, times in came.items() if times > 1] == []
        for message in list(load.accepted.values())[-20:]:
            gateway.until_state(message, "sent")
        gateway.stop()
        assert gateway.errors() == []
        assert took < 10


def test_callbacks_that_wait_survive(tmp_path: Path, operator: Operator) -> None:
    patient: list[bool] = []
    with (
        Callbacks(lambda _form, _before: (200, b"ACK/Jasmin") if patient else (500, b"")) as client,
        Gateway(tmp_path, callbacks__max_retries=1000) as gateway,
    ):
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", operator.port)
        gateway.add_route("north", "")
        message = gateway.send(to="1555", content="Hello", dlr_url=client.url("/dlr"), dlr_level=3).id
        gateway.until_state(message, "delivered")
        client.until("/dlr", 2)
        gateway.sigkill()
        patient.append(True)
        seen = len(client.of("/dlr"))
        gateway.start()
        calls = client.until("/dlr", seen + 2)[seen:]
        assert {(call["id"], call["level"]) for call in calls} == {(message, "1"), (message, "2")}
        until(lambda: gateway.metric("gateway_callbacks_waiting") == 0, "both were acknowledged")
        gateway.stop()
        assert gateway.errors() == []
