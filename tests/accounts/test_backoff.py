"""Guessing is slowed."""

from __future__ import annotations

from jasminlike.accounts.backoff import Backoff


def test_the_wait_doubles_after_the_free_failures_and_ends() -> None:
    now = [0.0]
    backoff = Backoff(lambda: now[0], free=2, longest=8.0, forget=100.0)
    waits = []
    for _ in range(7):
        backoff.failed("k")
        waits.append(backoff.wait("k"))
    assert waits == [0.0, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    now[0] = 3.0
    assert backoff.wait("k") == 5.0
    now[0] = 8.0
    assert backoff.wait("k") == 0.0
    assert backoff.wait("other") == 0.0


def test_success_and_silence_forgive() -> None:
    now = [0.0]
    backoff = Backoff(lambda: now[0], free=1, forget=10.0)
    backoff.failed("a")
    backoff.succeeded("a")
    assert backoff.wait("a") == 0.0
    backoff.failed("b")
    assert backoff.wait("b") > 0
    now[0] = 11.0
    backoff.failed("b")
    assert backoff.wait("b") == 1.0, "counted from the beginning"


def test_memory_is_bounded() -> None:
    backoff = Backoff(lambda: 0.0, free=1, limit=2)
    for key in "abc":
        backoff.failed(key)
    assert [backoff.wait(key) > 0 for key in "abc"] == [False, True, True]
