"""What is charged, when, and that nobody is charged for what was refused."""

from __future__ import annotations

import json
import zlib
from urllib.parse import urlencode

import pytest

from tests.flows.gateway import ACCOUNT, Gateway
from tests.flows.operators import Operator


@pytest.fixture
def paying(gateway: Gateway, operator: Operator, request: pytest.FixtureRequest) -> Gateway:
    """The gateway, with a route that costs 1.5 a part."""
    cid = f"c{zlib.crc32(request.node.name.encode())}"
    gateway.add_connector(cid, operator.port)
    gateway.add_route(cid, "", 1.5)
    return gateway


def _set(gateway: Gateway, *keys: str) -> None:
    lines = "\n".join(keys)
    gateway.set_up(f"user -u {ACCOUNT[0]}\n{lines}\nok")


def test_each_part_is_charged_once(paying: Gateway, operator: Operator) -> None:
    _set(paying, "mt_messaging_cred quota balance 20", "mt_messaging_cred quota early_percent ND")
    paying.send(to="1555", content="one part").id
    assert paying.balance() == 18.5
    message = paying.send(to="1555", content="x" * 400, dlr="yes", dlr_level=2).id
    assert paying.balance() == 14.0
    paying.until_state(message, "delivered")
    assert paying.balance() == 14.0
    query = {"username": ACCOUNT[0], "password": ACCOUNT[1], "to": "1555", "content": "x" * 400}
    told = json.loads(paying.request("GET", f"/rate?{urlencode(query)}").text)
    assert told == {"unit_rate": 1.5, "submit_sm_count": 3}
    paying.restart()
    assert paying.balance() == 14.0, "as the ledger has it"


def test_who_cannot_pay_is_refused_and_not_charged(paying: Gateway, operator: Operator) -> None:
    _set(paying, "mt_messaging_cred quota balance 4", "mt_messaging_cred quota early_percent ND")
    refused = paying.send(to="1555", content="x" * 400)
    assert (refused.status, refused.text) == (
        403,
        'Error "Cannot charge submit_sm, check RouterPB log file for details"',
    )
    assert paying.balance() == 4.0
    for left in (2.5, 1.0):
        paying.send(to="1555", content="one part").id
        assert paying.balance() == left
    assert paying.send(to="1555", content="one part").status == 403
    assert paying.balance() == 1.0
    assert len(operator.until_taken(2)) == 2


def test_the_rest_is_due_when_the_operator_has_answered(paying: Gateway, operator: Operator) -> None:
    _set(paying, "mt_messaging_cred quota balance 10", "mt_messaging_cred quota early_percent 20")
    operator.change(answer_delay=400)
    message = paying.send(to="1555", content="one part").id
    assert paying.balance() == 9.7
    paying.until_state(message, "sent")
    assert paying.balance() == 8.5
    operator.change(answer_delay=0, error_share=1, error_status="ESME_RINVDSTADR:1")
    refused = paying.send(to="1555", content="one part").id
    assert paying.until_state(refused, "rejected")["parts"][0]["error"] == "ESME_RINVDSTADR"
    assert paying.balance() == 8.2, "the early share alone"
