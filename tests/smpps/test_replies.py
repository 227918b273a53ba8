"""Every reason has its command_status."""

from __future__ import annotations

import pytest

from jasminlike import errors
from jasminlike.errors import REASONS, GatewayError, Reason
from jasminlike.smpp import statuses as s
from jasminlike.smpps.replies import STATUSES, status_of

KNOWN_TO_CLIENTS = [
    (errors.NOT_AUTHORIZED, 0x0F),
    (errors.NO_ROUTE, 0x0B),
    (errors.NO_CONNECTOR, 0x45),
    (errors.THROUGHPUT_EXCEEDED, 0x58),
    (errors.NO_MONEY, 0x08),
    (errors.QUEUE_FULL, 0x14),
    (errors.STORE_FAILED, 0x14),
    (errors.STOPPING, 0x14),
    (errors.INTERCEPTOR_FAILED, 0x08),
    (errors.INTERCEPTOR_REFUSED, 0xFF),
    (errors.INTERNAL, 0x08),
    (errors.AUTH_FAILED, 0x0E),
]


@pytest.mark.parametrize(("reason", "status"), KNOWN_TO_CLIENTS, ids=lambda value: getattr(value, "code", None))
def test_the_numbers_that_clients_know(reason: Reason, status: int) -> None:
    assert status_of(GatewayError(reason)) == status


@pytest.mark.parametrize(
    ("where", "status"),
    [("to", 0x0B), ("from", 0x0A), ("priority", 0x06), ("content", 0x08), ("validity", 0x62), ("elsewhere", 0x08)],
)
def test_a_value_filter_answers_by_the_value(where: str, status: int) -> None:
    assert status_of(GatewayError(errors.VALUE_FILTER, where=where)) == status


def test_a_wrong_value_answers_by_the_value() -> None:
    assert status_of(GatewayError(errors.BAD_ARGUMENT, where="sdt")) == s.ESME_RINVSCHED
    assert status_of(GatewayError(errors.BAD_ARGUMENT)) == s.ESME_RSUBMITFAIL


@pytest.mark.parametrize("code", sorted(REASONS))
def test_no_reason_says_that_all_is_well(code: str) -> None:
    assert status_of(GatewayError(REASONS[code])) in s.NAMES
    assert status_of(GatewayError(REASONS[code])) != s.ESME_ROK


def test_the_table_speaks_of_reasons_that_exist() -> None:
    assert STATUSES.keys() <= REASONS.keys()


def test_an_unknown_reason_is_an_unknown_error() -> None:
    assert status_of(GatewayError(Reason("new", False, "of another release"))) == s.ESME_RUNKNOWNERR


@pytest.mark.parametrize(("where", "status"), [("20", 20), ("88", 0x58), ("999", 8), ("0", 0xFF), ("", 0xFF)])
def test_a_script_chooses_the_status(where: str, status: int) -> None:
    assert status_of(GatewayError(errors.INTERCEPTOR_REFUSED, where=where)) == status
