"""A gateway that is killed in the middle of its work: nothing accepted is lost, what may have gone twice is flagged."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.flows.callbacks import Callbacks
from tests.flows.gateway import Gateway
from tests.flows.load import Load
from tests.flows.operators import Operator
from tests.flows.process import until
from tests.flows.raw_session import MESSAGE, SUBMIT_SM, Raw, write

WINDOW = 30


def _sent_twice(gateway: Gateway, load: Load, came: Counter[str], crashes: int = 1) -> list[str]:
    """The texts that came more than once, once more for a crash at most; each is flagged as such."""
    twice = [text for text, times in came.items() if times > 1]
    assert max(came.values()) <= 1 + crashes
    for text in twice:
        if text in load.accepted:  # whose answer was lost has an id that nobody was told
            parts = gateway.status(load.accepted[text])["parts"]
            assert parts[0]["redelivered"] is True, f"{text} went twice: {parts}"
    return twice


@pytest.mark.parametrize("kill_at", [300, 1500])
def test_a_crash_under_load_loses_nothing(tmp_path: Path, kill_at: int) -> None:
    with Operator(tmp_path, answer_delay="5-30") as operator, Gateway(tmp_path) as gateway:
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", operator.port, window=WINDOW)
        gateway.add_route("north", "")
        load = Load(gateway, "1555", 3000, clients=12).start()
        until(lambda: len(load.accepted) > kill_at, f"{kill_at} are accepted", 30)
        gateway.sigkill()
        load.wait()
        assert load.refused == []
        assert kill_at < len(load.accepted) < 3000, "it was killed in the middle"
        gateway.start()
        until(lambda: gateway.metric("gateway_stored_deliveries") == 0, "all was sent", 30)
        came = Counter(message["text"] for message in operator.taken())
        assert set(load.accepted) <= set(came), "every id answered 200 is at the operator"
        assert len(_sent_twice(gateway, load, came)) <= WINDOW
        flagged = [text for text, id in load.accepted.items() if gateway.status(id)["parts"][0]["redelivered"]]
        assert len(flagged) <= 2 * WINDOW, "what nobody tried to send is not in doubt"
        again = Load(gateway, "1666", 200).start().wait()
        assert len(again.accepted) == 200
        assert len(operator.until_taken(200, "1666")) == 200
        gateway.stop()
        assert gateway.errors() == []


def test_crash_after_crash(tmp_path: Path) -> None:
    with Operator(tmp_path, answer_delay="5-30", receipt_delay="0-50") as operator, Gateway(tmp_path) as gateway:
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", operator.port, window=WINDOW)
        gateway.add_route("north", "")
        loads = []
        for crash in range(3):
            load = Load(gateway, f"1{crash}", 1000, dlr="yes", dlr_level=2).start()
            until(lambda load=load: len(load.accepted) > 200, "some are accepted", 30)  # type: ignore[misc]
            gateway.sigkill()
            loads.append(load.wait())
            gateway.start()
        until(lambda: gateway.metric("gateway_stored_deliveries") == 0, "all was sent", 30)
        for crash, load in enumerate(loads):
            came = Counter(message["text"] for message in operator.taken(f"1{crash}"))
            assert set(load.accepted) <= set(came)
            _sent_twice(gateway, load, came, crashes=3 - crash)
        ids = [id for load in loads for id in load.accepted.values()]
        until(lambda: all(gateway.state(id) == "delivered" for id in ids), "every receipt has found its message", 20)
        gateway.stop()
        assert gateway.errors() == []


def test_what_smpp_clients_were_answered_is_sent(tmp_path: Path) -> None:
    with Operator(tmp_path, answer_delay="5-30") as operator, Gateway(tmp_path) as gateway:
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", operator.port, window=WINDOW)
        gateway.add_route("north", "")
        accepted = []
        with Raw(gateway) as raw:
            raw.bind()
            raw.send(b"".join(write(SUBMIT_SM, 2 + number, MESSAGE) for number in range(3000)))
            while (answer := raw.whole_pdu()) is not None:
                command, status, _sequence, body = answer
                assert (command, status) == (0x80000000 | SUBMIT_SM, 0)
                accepted.append(body[:-1].decode())
                if len(accepted) == 500:
                    gateway.sigkill()
        assert 500 <= len(accepted) < 3000
        gateway.start()
        until(lambda: gateway.metric("gateway_stored_deliveries") == 0, "all was sent", 30)
        told = [gateway.status(id) for id in accepted]
        assert {each["state"] for each in told} == {"sent"}
        ids = {message["message_id"] for message in operator.taken()}
        assert {each["parts"][0]["smsc_id"] for each in told} <= ids, "each is at the operator"
        gateway.stop()
        assert gateway.errors() == []


def test_every_client_is_told_across_a_crash(tmp_path: Path, client: Callbacks) -> None:
    with Operator(tmp_path, answer_delay="5-30", receipt_delay="0-300") as operator, Gateway(tmp_path) as gateway:
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", operator.port, window=WINDOW)
        gateway.add_route("north", "")
        load = Load(gateway, "1555", 1000, dlr_url=client.url("/dlr"), dlr_level=2).start()
        until(lambda: len(client.of("/dlr")) > 100, "callbacks come", 30)
        gateway.sigkill()
        load.wait()
        gateway.start()
        wanted = set(load.accepted.values())
        until(lambda: wanted <= {call["id"] for call in client.of("/dlr")}, "a receipt for every id answered 200", 30)
        told = Counter(call["id"] for call in client.of("/dlr"))
        assert all(times <= 3 for times in told.values())
        gateway.stop()
        assert gateway.errors() == []


def test_incoming_messages_across_a_crash(tmp_path: Path, client: Callbacks) -> None:
    with Operator(tmp_path) as operator, Gateway(tmp_path) as gateway:
        gateway.start()
        gateway.add_connector("north", operator.port)
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
        operator.tell("mo 800 400")
        until(lambda: len(client.of("/mo")) > 200, "messages come", 20)
        gateway.sigkill()
        gateway.start()
        wanted = {f"Hello {number}" for number in range(1, 801)}
        until(lambda: wanted <= {call["content"] for call in client.of("/mo")}, "each was thrown", 20)
        stats = operator.stats()
        assert stats["deliveries_dropped"] == 0
        again = len(client.of("/mo")) - 800
        assert again <= stats["deliveries_repeated"] + 100, "but for what was under way, each was thrown once"
        gateway.stop()
        assert gateway.errors() == []
