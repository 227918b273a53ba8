"""Lanes: order, limits, turns, hosts that are down."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from jasminlike.httpc.hosts import DOWN, FAILURES, GO, PAUSE, STOPPING, Hosts


class Calls:
    """Calls that enter, under names, and what they were told."""

    def __init__(self, total: int = 4, per_host: int = 2, waiting: int = 3) -> None:
        self.clock = Clock()
        self.hosts = Hosts(self.clock, total, per_host, waiting)
        self.told: list[tuple[str, str]] = []

    def enter(self, name: str) -> bool:
        """A call named after its host and a number: "a1"."""
        return self.hosts.enter(name[0], lambda why: self.told.append((name, why)))

    def went(self) -> list[str]:
        return [name for name, why in self.told if why == GO]

    def fail(self, host: str, times: int = FAILURES) -> None:
        for number in range(times):
            self.enter(f"{host}f{number}")
            self.hosts.leave(host, False)
        self.told.clear()


def test_calls_to_a_host_start_in_order_and_not_too_many() -> None:
    calls = Calls()
    for name in ("a1", "a2", "a3", "a4"):
        assert calls.enter(name)
    assert calls.went() == ["a1", "a2"]
    calls.hosts.leave("a", True)
    assert calls.went() == ["a1", "a2", "a3"]


def test_a_host_whose_lane_is_full_refuses_without_a_word() -> None:
    calls = Calls()
    assert [calls.enter(f"a{number}") for number in range(7)] == [True] * 5 + [False] * 2
    assert calls.enter("b1")
    assert calls.went() == ["a0", "a1", "b1"]


def test_a_full_host_does_not_hold_up_others() -> None:
    calls = Calls(total=3, per_host=2)
    for name in ("a1", "a2", "a3", "b1", "b2"):
        calls.enter(name)
    assert calls.went() == ["a1", "a2", "b1"]
    calls.hosts.leave("b", True)
    assert calls.went()[3:] == ["b2"]


def test_calls_that_wait_for_others_to_end_start_by_age() -> None:
    calls = Calls(total=2, per_host=1)
    for name in ("a1", "b1", "a2", "c1", "b2"):
        calls.enter(name)
    calls.hosts.leave("a", True)
    assert calls.went() == ["a1", "b1", "a2"]
    calls.hosts.leave("b", True)
    assert calls.went()[3:] == ["c1"]
    calls.hosts.leave("a", True)
    assert calls.went()[4:] == ["b2"]


def test_what_is_started_never_exceeds_the_total() -> None:
    calls = Calls(total=4, per_host=4, waiting=100)
    for number in range(40):
        calls.enter(f"{'abcd'[number % 4]}{number}")
    assert len(calls.went()) == 4


def test_a_host_where_nobody_is_counts_as_down() -> None:
    calls = Calls()
    calls.fail("a", FAILURES - 1)
    calls.enter("a1")
    assert calls.told == [("a1", GO)]
    calls.enter("a2"), calls.enter("a3")
    calls.hosts.leave("a", False)
    assert calls.told == [("a1", GO), ("a2", GO), ("a3", DOWN)]
    calls.enter("a4")
    assert calls.told[-1] == ("a4", DOWN)
    calls.enter("b1")
    assert calls.told[-1] == ("b1", GO)


def test_after_a_pause_one_call_looks_whether_it_is_back() -> None:
    calls = Calls()
    calls.fail("a")
    calls.clock.advance(PAUSE)
    calls.enter("a1"), calls.enter("a2")
    assert calls.told == [("a1", GO), ("a2", DOWN)]
    calls.hosts.leave("a", True)
    calls.enter("a3"), calls.enter("a4")
    assert calls.told[2:] == [("a3", GO), ("a4", GO)]


def test_a_look_that_finds_nobody_starts_another_pause() -> None:
    calls = Calls()
    calls.fail("a")
    calls.clock.advance(PAUSE)
    calls.enter("a1")
    calls.hosts.leave("a", False)
    calls.clock.advance(PAUSE - 0.1)
    calls.enter("a2")
    assert calls.told[-1] == ("a2", DOWN)


def test_an_answer_between_failures_keeps_a_host_up() -> None:
    calls = Calls()
    for _ in range(3):
        calls.fail("a", FAILURES - 1)
        calls.enter("a1")
        calls.hosts.leave("a", True)
    calls.enter("a2")
    assert calls.told[-1] == ("a2", GO)


def test_stop_turns_away_what_waits_and_what_comes() -> None:
    calls = Calls()
    for name in ("a1", "a2", "a3"):
        calls.enter(name)
    calls.hosts.stop()
    calls.enter("b1")
    assert calls.told == [("a1", GO), ("a2", GO), ("a3", STOPPING), ("b1", STOPPING)]
    calls.hosts.leave("a", True)
    assert len(calls.told) == 4


@pytest.mark.parametrize("reached", [True, False])
def test_hosts_are_forgotten(reached: bool) -> None:
    calls = Calls(total=5000)
    for number in range(3000):
        host = f"h{number}"
        calls.hosts.enter(host, lambda why: None)
        calls.hosts.leave(host, True)
    assert len(calls.hosts._lanes) == 0
    for number in range(1500):
        for _ in range(FAILURES):
            calls.hosts.enter(f"d{number}", lambda why: None)
            calls.hosts.leave(f"d{number}", reached)
    calls.clock.advance(7200.0)
    calls.enter("x")
    assert len(calls.hosts._lanes) == 1
