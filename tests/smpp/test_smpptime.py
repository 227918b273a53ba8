"""SMPP times against the calendar of the standard library, both ways and at every bound."""

import math
import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.smpp.smpptime import Absolute, InvalidTime, Relative, absolute, parse, relative, to_epoch

FIRST = 946_684_800  # 2000-01-01T00:00:00Z
LAST = 4_102_444_800  # 2100-01-01T00:00:00Z


def by_the_library(value: bytes) -> float:
    text = value.decode()
    offset = timedelta(minutes=15 * int(text[13:15]) * (-1 if text[15] == "-" else 1))
    moment = datetime.strptime("20" + text[:12], "%Y%m%d%H%M%S").replace(tzinfo=timezone(offset))
    return moment.timestamp() + int(text[12]) / 10


def test_twenty_thousand_instants_both_ways() -> None:
    dice = random.Random(34)
    for _ in range(20_000):
        tenths = dice.randrange((FIRST + _DAY) * 10, (LAST - _DAY) * 10)
        quarters = dice.randint(-48, 48)
        value = absolute(tenths / 10, quarters)
        assert len(value) == 16
        assert round(to_epoch(value, 0.0) * 10) == tenths
        assert parse(value).format() == value


_DAY = 86_400


@pytest.mark.parametrize("quarters", range(-48, 49))
def test_every_offset_agrees_with_the_library(quarters: int) -> None:
    for epoch in (951_782_399.9, 951_868_800, 1_709_164_800.5, 1_796_000_000.1, 4_000_000_000):
        value = absolute(epoch, quarters)
        assert by_the_library(value) == pytest.approx(epoch, abs=1e-3)
        assert to_epoch(value, 0) == pytest.approx(epoch, abs=1e-3)


def test_every_hundredth_of_a_second_can_be_written() -> None:
    for hundredth in range(6_000):
        epoch = 1_700_000_000 + hundredth / 100
        value = absolute(epoch)
        assert len(value) == 16
        assert abs(to_epoch(value, 0) - epoch) <= 0.0501


@pytest.mark.parametrize(
    ("value", "epoch"),
    [
        (b"000101000000000+", FIRST),
        (b"991231235959900+", LAST - 0.1),
        (b"240229120000000+", 1_709_208_000),
        (b"240229140000008+", 1_709_208_000),
        (b"240229090000012-", 1_709_208_000),
        (b"240301000000048+", 1_709_208_000),
        (b"240229000000048-", 1_709_208_000),
        (b"240229120000000-", 1_709_208_000),
        (b"240229120000900+", 1_709_208_000.9),
    ],
)
def test_known_moments(value: bytes, epoch: float) -> None:
    assert to_epoch(value, 0) == pytest.approx(epoch, abs=1e-4)


def test_the_format_octet_by_octet() -> None:
    assert absolute(1_709_208_000.94, 12) == b"240229150000912+"
    assert absolute(1_709_208_000.96) == b"240229120001000+"
    assert absolute(1_709_208_000, -1) == b"240229114500001-"
    assert parse(b"240229114500001-") == Absolute(2024, 2, 29, 11, 45, 0, 0, -1)
    assert parse(b"020610233429000R") == Relative(2, 6, 10, 23, 34, 29)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"24022912000000+",
        b"2402291200000000+",
        b"240229120000000",
        b"240229120000000Z",
        b"240229120000000r",
        b"24022912000000 +",
        b"+40229120000000+",
        b"24_229120000000+",
        "24022912000000٣+".encode()[:16],
        b"230229120000000+",  # no leap year
        b"000230000000000+",
        b"240431000000000+",
        b"240001000000000+",
        b"241301000000000+",
        b"240100000000000+",
        b"240132000000000+",
        b"240229240000000+",
        b"240229236000000+",
        b"240229235960000+",
        b"240229120000049+",
        b"240229120000049-",
        b"001300000000000R",
        b"000032000000000R",
        b"000000240000000R",
        b"000000006000000R",
        b"000000000060000R",
        b"000000010000100R",
        b"000000010000001R",
        b"240229120000000\0",
    ],
)
def test_out_of_bounds_is_refused(value: bytes) -> None:
    with pytest.raises(InvalidTime):
        to_epoch(value, 0)


@given(st.binary(max_size=18) | st.from_regex(rb"[0-9]{15}[-+R]", fullmatch=True))
def test_any_octets_are_a_time_or_refused(value: bytes) -> None:
    try:
        moment = parse(value)
    except InvalidTime:
        return
    assert moment.format() == value or value.endswith(b"00-")
    assert math.isfinite(moment.to_epoch(1_700_000_000))


@given(st.integers(0, 32 * _DAY - 1), st.integers(FIRST, LAST))
def test_relative_seconds_both_ways(seconds: int, now: int) -> None:
    value = relative(seconds)
    assert to_epoch(value, now) == now + seconds
    assert parse(value).format() == value


def test_relative_time_rounds_up_and_has_bounds() -> None:
    assert relative(0.01) == b"000000000001000R"
    assert relative(32 * _DAY - 1) == b"000031235959000R"
    for seconds in (-1, 32 * _DAY, math.inf, math.nan):
        with pytest.raises(InvalidTime, match="relative time spans"):
            relative(seconds)


@pytest.mark.parametrize(
    ("now", "value", "then"),
    [
        ("2024-01-31T10:00:00", b"000100000000000R", "2024-02-29T10:00:00"),
        ("2023-01-31T10:00:00", b"000100000000000R", "2023-02-28T10:00:00"),
        ("2024-02-29T10:00:00", b"010000000000000R", "2025-02-28T10:00:00"),
        ("2024-11-15T23:59:59", b"001200000001000R", "2025-11-16T00:00:00"),
        ("2024-12-31T00:00:00", b"000101000000000R", "2025-02-01T00:00:00"),
        ("2024-05-05T05:05:05", b"020610233429000R", "2026-11-16T04:39:34"),
        ("2024-05-05T05:05:05", b"991231235959000R", "2124-06-06T05:05:04"),
        ("2024-05-05T05:05:05", b"000000000000000R", "2024-05-05T05:05:05"),
    ],
)
def test_months_and_years_go_by_the_calendar(now: str, value: bytes, then: str) -> None:
    def epoch(text: str) -> float:
        return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()

    assert to_epoch(value, epoch(now) + 0.25) == epoch(then) + 0.25


@pytest.mark.parametrize("epoch", [FIRST - 0.1, LAST, LAST - 0.04, -1, math.inf, math.nan])
def test_only_this_century_can_be_written(epoch: float) -> None:
    with pytest.raises(InvalidTime):
        absolute(epoch)


def test_the_offset_moves_the_edge_of_the_century() -> None:
    assert absolute(FIRST - 3600, 4) == b"000101000000004+"
    with pytest.raises(InvalidTime):
        absolute(FIRST, -1)
    with pytest.raises(InvalidTime, match="48 are possible"):
        absolute(FIRST, 49)
    with pytest.raises(InvalidTime, match="48 are possible"):
        absolute(FIRST, -49)
