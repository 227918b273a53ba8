"""The addresses of an SMSC: which one is next, and when one is not well."""

from __future__ import annotations

import pytest

from jasminlike.smpp import statuses as s
from jasminlike.smppc.addresses import ANSWERS, Address, Addresses, Health

MAIN, SECOND, THIRD = Address("main", 1), Address("second", 2), Address("third", 3)


def test_round_and_round() -> None:
    addresses = Addresses([MAIN, SECOND, THIRD])
    assert (addresses.current, addresses.main, addresses.on_main, addresses.alone) == (MAIN, MAIN, True, False)
    assert addresses.failed() and addresses.current == SECOND and not addresses.on_main
    assert addresses.failed() and addresses.current == THIRD
    assert not addresses.failed() and addresses.on_main, "every one has failed in a row"
    addresses.failed()
    addresses.works()
    assert addresses.failed(), "the count begins anew with a bind"
    addresses.back_to_main()
    assert addresses.current == MAIN


def test_an_only_address() -> None:
    addresses = Addresses([MAIN])
    assert not addresses.failed()
    assert addresses.current == MAIN and addresses.alone


def test_a_list_that_changes_begins_with_its_first() -> None:
    addresses = Addresses([MAIN, SECOND])
    addresses.failed()
    addresses.follow([MAIN, SECOND])
    assert addresses.current == SECOND
    addresses.follow([MAIN, THIRD])
    assert addresses.current == MAIN


def test_as_text() -> None:
    assert (str(MAIN), str(Address("fd00::1", 2775))) == ("main:1", "[fd00::1]:2775")


def test_the_share_of_system_errors() -> None:
    health = Health(0.5)
    told = [health.answered(s.ESME_RSYSERR) for _ in range(ANSWERS)]
    assert told == [True] * (ANSWERS - 1) + [False]
    assert health.share == 1.0
    told = [health.answered(status) for _ in range(ANSWERS // 4) for status in (0, s.ESME_RINVDSTADR)]
    assert told == [False] * (ANSWERS // 2 - 1) + [True], "old answers are forgotten; what a message is to blame for"
    assert health.share == 0.5


@pytest.mark.parametrize("status", [s.ESME_RSYSERR, 0])
def test_switched_off(status: int) -> None:
    health = Health(0.0)
    assert all(health.answered(status) for _ in range(3 * ANSWERS))
    assert health.share == 0.0
