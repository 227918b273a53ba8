"""A text of 1,000 Cyrillic characters: whole at the operator, in parts that join, with one final state."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flows.callbacks import Callbacks
from tests.flows.gateway import Gateway
from tests.flows.operators import Operator

TEXT = ("Съешь же ещё этих мягких французских булок, да выпей чаю. " * 18)[:1000]
PARTS = 15
"""67 characters of UTF-16 in a part with a user data header of six octets."""


@pytest.mark.parametrize("split", ["udh", "sar"])
def test_its_parts_join_to_the_same_text(tmp_path: Path, operator: Operator, client: Callbacks, split: str) -> None:
    with Gateway(tmp_path, http__long_content_split=split) as gateway:
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", operator.port)
        gateway.add_route("north", "")
        arguments = {"to": "33612345678", "coding": 8, "hex_content": TEXT.encode("utf-16-be").hex()}
        message = gateway.send(**arguments, dlr_url=client.url("/dlr"), dlr_level=3).id
        told = gateway.until_state(message, "delivered")
        assert told["total"] == PARTS
        assert [part["state"] for part in told["parts"]] == ["delivered"] * PARTS

        taken = operator.taken()
        assert len(taken) == PARTS
        assert {part["data_coding"] for part in taken} == {8}
        octets = [bytes.fromhex(part["octets"]) for part in taken]
        if split == "udh":
            assert all(part["esm_class"] & 0x40 for part in taken)
            assert len({each[:5] for each in octets}) == 1, "one reference, one total"
            assert octets[0][:3] == b"\5\0\3"
            joined = b"".join(each[6:] for each in sorted(octets, key=lambda each: each[5]))
        else:
            assert not any(part["esm_class"] & 0x40 for part in taken)
            joined = b"".join(octets)
        assert all(len(each) <= 140 for each in octets)
        assert joined.decode("utf-16-be") == TEXT

        calls = client.until("/dlr", 2)
        assert [(call["level"], call["message_status"]) for call in calls] == [("1", "ESME_ROK"), ("2", "DELIVRD")]
        # Whatever else were to come would come before the calls of a later message.
        gateway.send(to="33612345678", content="after", dlr_url=client.url("/after"), dlr_level=2)
        client.until("/after")
        assert len(client.of("/dlr")) == 2, "one receipt of a kind for all parts"
        gateway.stop()
        assert gateway.errors() == []


def test_a_part_that_fails_ends_the_message_as_undelivered(tmp_path: Path) -> None:
    with Operator(tmp_path, receipt_states="UNDELIV/042:100") as operator, Gateway(tmp_path) as gateway:
        gateway.start()
        gateway.add_account()
        gateway.add_connector("north", operator.port)
        gateway.add_route("north", "")
        message = gateway.send(to="33612345678", content="x" * 400, dlr="yes", dlr_level=2).id
        told = gateway.until_state(message, "undelivered")
        assert [part["error"] for part in told["parts"]] == ["042"] * 3
        gateway.stop()
