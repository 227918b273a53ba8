"""Rates are kept over any stretch of time, bursts are bounded, clocks may jump."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.throttle import AdaptivePause, TokenBucket

EPOCH = 1_790_000_000.123456


def test_one_at_a_time_keeps_the_gap() -> None:
    bucket = TokenBucket(10)
    assert bucket.take(1, 0.0)
    assert not bucket.take(1, 0.099)
    assert bucket.take(1, 0.1)
    assert not bucket.take(1, 0.1)


def test_a_burst_goes_at_once_and_no_more() -> None:
    bucket = TokenBucket(10, 5)
    assert [bucket.take(1, 0.0) for _ in range(6)] == [True] * 5 + [False]
    assert bucket.take(1, 0.1)
    assert not bucket.take(1, 0.1)
    assert [bucket.take(1, 60.0) for _ in range(6)] == [True] * 5 + [False]


def test_parts_are_taken_together_or_not_at_all() -> None:
    bucket = TokenBucket(10, 5)
    assert bucket.take(3, 0.0)
    assert not bucket.take(3, 0.0)
    assert bucket.take(2, 0.0)


def test_more_parts_than_the_burst_go_and_are_worked_off() -> None:
    bucket = TokenBucket(10, 2)
    assert bucket.take(10, 0.0)
    assert bucket.wait(1, 0.0) == pytest.approx(0.9)
    assert not bucket.take(1, 0.89)
    assert bucket.take(1, 0.9)
    assert not bucket.take(10, 1.0)


@pytest.mark.parametrize("rate", [0.01, 0.3, 1 / 3, 0.999])
def test_rates_below_one_a_second(rate: float) -> None:
    bucket = TokenBucket(rate)
    assert bucket.take(1, EPOCH)
    assert bucket.wait(1, EPOCH) == pytest.approx(1 / rate)
    assert not bucket.take(1, EPOCH + 0.99 / rate)
    assert bucket.take(1, EPOCH + 1 / rate)


@pytest.mark.parametrize("rate", [0, 0.0, None])
def test_no_rate_is_no_limit(rate: float | None) -> None:
    bucket = TokenBucket(rate)
    assert all(bucket.take(100, 0.0) for _ in range(100))
    assert bucket.wait(1000, 0.0) == 0.0


@pytest.mark.parametrize("rate", [-1, math.nan])
def test_a_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        TokenBucket(rate)


def test_a_burst_below_one_part_is_one() -> None:
    assert TokenBucket(5, 0).take(1, 0.0)


def test_another_rate_keeps_what_was_taken() -> None:
    bucket = TokenBucket(1)
    assert bucket.take(1, 0.0)
    bucket.set(10)
    assert not bucket.take(1, 0.5)
    assert bucket.take(1, 1.0)
    assert bucket.take(1, 1.1)
    bucket.set(None)
    assert bucket.take(50, 1.1)


def test_a_clock_set_back_neither_blocks_nor_refills() -> None:
    bucket = TokenBucket(1, 2)
    assert bucket.take(1, EPOCH)
    assert bucket.take(1, EPOCH - 3600)
    assert not bucket.take(1, EPOCH - 3600)
    assert bucket.wait(1, EPOCH - 3600) == pytest.approx(1.0, abs=1e-5)
    assert bucket.take(1, EPOCH - 3599)


def test_a_wait_asked_after_the_clock_went_back_is_no_longer() -> None:
    bucket = TokenBucket(1)
    assert bucket.take(1, EPOCH)
    assert bucket.wait(1, EPOCH - 3600) == pytest.approx(1.0, abs=1e-5)


def test_a_clock_set_forward_gives_one_burst() -> None:
    bucket = TokenBucket(1, 3)
    assert bucket.take(3, 0.0)
    assert [bucket.take(1, 1e9) for _ in range(4)] == [True, True, True, False]


@given(
    rate=st.floats(0.01, 5000),
    burst=st.floats(1, 500),
    asks=st.lists(st.tuples(st.integers(1, 12), st.floats(0, 3)), min_size=1, max_size=60),
)
def test_over_any_stretch_no_more_than_the_rate_and_one_burst(
    rate: float, burst: float, asks: list[tuple[int, float]]
) -> None:
    bucket, now, taken = TokenBucket(rate, burst), EPOCH, []
    for n, later in asks:
        now += later
        if bucket.take(n, now):
            taken.append((now, n))
    for first in range(len(taken)):
        for last in range(first, len(taken)):
            parts = sum(n for _, n in taken[first:last])
            allowed = burst + (taken[last][0] - taken[first][0]) * rate
            largest = max(n for _, n in taken[first : last + 1])
            assert parts <= allowed + largest + 1e-5 * rate


@given(
    rate=st.floats(0.001, 5000),
    burst=st.floats(1, 100),
    sizes=st.lists(st.integers(1, 200), min_size=1, max_size=30),
)
def test_who_waits_as_told_may_take_and_the_rate_is_used_up(rate: float, burst: float, sizes: list[int]) -> None:
    bucket, now = TokenBucket(rate, burst), EPOCH
    for n in sizes:
        now += bucket.wait(n, now)
        assert bucket.take(n, now)
    assert now - EPOCH <= sum(sizes) / rate + 1e-4


def test_the_rate_does_not_drift() -> None:
    bucket, now, count = TokenBucket(2000, 1), EPOCH, 0
    end = EPOCH + 10
    while now < end:
        now += bucket.wait(1, now)
        assert bucket.take(1, now)
        count += 1
    assert count == pytest.approx(20_000, abs=1)


def test_a_pause_starts_short_doubles_and_ends_at_the_longest() -> None:
    pause, now, lengths = AdaptivePause(1, 10), EPOCH, []
    for _ in range(6):
        lengths.append(pause.throttled(now))
        now += pause.wait(now)
    assert lengths == pytest.approx([1, 2, 4, 8, 10, 10], abs=1e-5)
    assert pause.wait(now) == 0.0


def test_refusals_during_a_pause_do_not_lengthen_it() -> None:
    pause = AdaptivePause(1, 60)
    assert pause.throttled(0.0) == 1.0
    assert pause.throttled(0.4) == pytest.approx(0.6)
    assert pause.wait(1.0) == 0.0
    assert pause.throttled(1.0) == 2.0


def test_good_answers_shorten_the_next_pause_step_by_step() -> None:
    pause, now = AdaptivePause(1, 60, easing=0.5), 0.0
    for _ in range(3):
        now += pause.throttled(now)
    pause.accepted()
    assert pause.throttled(now) == 7.0
    now += 7.0
    for _ in range(100):
        pause.accepted()
    assert pause.throttled(now) == 1.0


def test_after_a_pause_the_window_opens_by_one_a_round_trip() -> None:
    pause = AdaptivePause()
    assert pause.room(10) == 10
    pause.throttled(0.0)
    rooms = []
    for _ in range(12):
        rooms.append(pause.room(10))
        for _ in range(rooms[-1]):
            pause.accepted()
    assert rooms[:3] == [1, 2, 2]
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(rooms))
    assert rooms[-1] == 10
    assert pause.room(500) == 500


def test_a_window_of_one_is_open_at_once() -> None:
    pause = AdaptivePause()
    pause.throttled(0.0)
    assert pause.room(1) == 1


def test_a_jumping_clock_cannot_lengthen_a_pause() -> None:
    pause = AdaptivePause(2, 60)
    pause.throttled(EPOCH)
    assert pause.wait(EPOCH - 86400) == 2
    assert pause.wait(EPOCH - 86398) == 0.0


@pytest.mark.parametrize(("shortest", "longest"), [(0, 1), (2, 1), (-1, 1)])
def test_pauses_that_make_no_sense_are_refused(shortest: float, longest: float) -> None:
    with pytest.raises(ValueError, match="shortest"):
        AdaptivePause(shortest, longest)
