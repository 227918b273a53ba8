"""Clients that send more than they may, bind in storms or guess passwords: they are slowed, and others are not."""

from __future__ import annotations

import contextlib
from collections import Counter

from jasminlike.smpp import statuses as s
from jasminlike.smpp.pdu import SubmitSmResp
from tests.faults.health import resident_megabytes
from tests.flows.gateway import Gateway
from tests.flows.operators import Operator
from tests.flows.process import until
from tests.flows.wire import Esme, submit


def test_a_flood_beyond_any_window(gateway: Gateway, operator: Operator) -> None:
    count = 4000
    gateway.add_connector("flood", operator.port)
    gateway.add_route("flood", "161")
    before = resident_megabytes(gateway)
    with Esme(gateway.ports["smpps"]) as flooding, Esme(gateway.ports["smpps"]) as other:
        flooding.write(
            b"".join(
                flooding.encoded(submit("161", b"flood %d" % number, registered_delivery=0)) for number in range(count)
            )
        )
        assert other.ask(submit("161", b"fair", registered_delivery=0)).status == 0
        answers = [flooding.expect(SubmitSmResp) for _ in range(count)]
    accepted = {each.message_id for each in answers if each.status == 0}
    assert len(accepted) == count, Counter(each.status for each in answers)
    taken = Counter(message["text"] for message in operator.until_taken(count + 1, "161", 30))
    assert taken == Counter([*(f"flood {number}" for number in range(count)), "fair"])
    assert resident_megabytes(gateway) - before < 80
    gateway.set_up("smppccm -0 flood")


def test_beyond_its_throughput_it_is_throttled(gateway: Gateway, operator: Operator) -> None:
    gateway.add_connector("paced", operator.port)
    gateway.add_route("paced", "162")
    gateway.add_account("slow", "s3cret", "mt_messaging_cred quota smpps_throughput 10")
    with Esme(gateway.ports["smpps"], username="slow") as slow, Esme(gateway.ports["smpps"]) as other:
        slow.send(*(submit("162", b"slow %d" % number, registered_delivery=0) for number in range(100)))
        statuses = Counter(slow.expect(SubmitSmResp).status for _ in range(100))
        assert set(statuses) == {0, s.ESME_RTHROTTLED}
        assert statuses[0] <= 30
        fast = [submit("162", b"fast", registered_delivery=0) for _ in range(100)]
        other.send(*fast)
        assert {other.expect(SubmitSmResp).status for _ in fast} == {0}
        assert len(operator.until_taken(100 + statuses[0], "162")) == 100 + statuses[0]
    gateway.set_up("smppccm -0 paced")


def test_a_storm_of_binds(gateway: Gateway) -> None:
    gateway.add_account("few", "s3cret", "smpps_cred quota max_bindings 3")
    with contextlib.ExitStack() as held:
        sessions = [held.enter_context(Esme(gateway.ports["smpps"], username="few")) for _ in range(50)]
        assert Counter(session.status for session in sessions) == {0: 3, s.ESME_RBINDFAIL: 47}
        assert held.enter_context(Esme(gateway.ports["smpps"])).status == 0, "another account may bind"
    with Esme(gateway.ports["smpps"], username="few") as again:
        until(lambda: again.status == 0 or again.bind("trx", "few") == 0, "a place is free")


def test_guessing_is_slowed(gateway: Gateway) -> None:
    gateway.add_account("guessed", "s3cret")
    with Esme(gateway.ports["smpps"]) as known:
        assert known.status == 0
        with Esme(gateway.ports["smpps"], "") as guesser:
            for number in range(8):
                assert guesser.bind("trx", "guessed", f"guess{number}") == s.ESME_RINVPASWD
            assert guesser.bind("trx", "guessed") != 0, "for a while even the right one is not listened to"
            with Esme(gateway.ports["smpps"]) as second:
                assert second.status == 0, "who is known is let in"
            until(lambda: guesser.bind("trx", "guessed") == 0, "and then it is", 30)
