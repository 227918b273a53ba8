"""One heap and one timer."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher

from jasminlike.simulator.agenda import Agenda


def test_things_are_done_in_time_and_in_order() -> None:
    clock, done = Clock(), []
    agenda = Agenda(clock, lambda: done.append("after"))
    for when, name in ((3, "c"), (1, "a"), (3, "d"), (2, "b")):
        agenda.at(when, done.append, name)
    assert len(clock.getDelayedCalls()) == 1
    clock.advance(2)
    assert done == ["a", "b", "after"]
    clock.advance(1)
    assert done == ["a", "b", "after", "c", "d", "after"]
    assert clock.getDelayedCalls() == []


def test_what_is_due_at_once_waits_for_the_next_turn() -> None:
    clock, done = Clock(), []
    agenda = Agenda(clock, lambda: done.append("end of a turn"))

    def twice() -> None:
        done.append("first")
        agenda.at(0, done.append, "second")

    agenda.at(0, twice)
    assert done == []
    clock.advance(0)
    assert done == ["first", "end of a turn", "second", "end of a turn"]


def test_one_failure_does_not_stop_the_rest() -> None:
    clock, done, logged = Clock(), [], []
    agenda = Agenda(clock, lambda: None)

    def fail() -> None:
        raise RuntimeError("a bug")

    agenda.at(1, fail)
    agenda.at(1, done.append, "next")
    globalLogPublisher.addObserver(logged.append)
    clock.advance(1)
    globalLogPublisher.removeObserver(logged.append)
    assert done == ["next"]
    assert [event["log_failure"].getErrorMessage() for event in logged if "log_failure" in event] == ["a bug"]


def test_clear_forgets() -> None:
    clock, done = Clock(), []
    agenda = Agenda(clock, lambda: None)
    agenda.at(1, done.append, 1)
    agenda.clear()
    clock.advance(2)
    assert (done, clock.getDelayedCalls(), len(agenda)) == ([], [], 0)
    agenda.at(3, done.append, 3)
    clock.advance(1)
    assert done == [3]
