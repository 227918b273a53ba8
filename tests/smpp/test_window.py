"""Requests that wait for their responses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.smpp import constants as c
from jasminlike.smpp.window import Window


def filled(*sequences: int, at: float = 0.0, size: int = 10) -> Window:
    window = Window(size, response_timeout=60.0)
    for sequence in sequences:
        window.add(sequence, c.SUBMIT_SM, f"context {sequence}", at)
    return window


def test_a_response_takes_its_request_once():
    window = filled(1, 2)
    waiting = window.take(2, c.SUBMIT_SM_RESP)
    assert waiting == ("context 2", c.SUBMIT_SM, 0.0, 60.0)
    assert window.take(2, c.SUBMIT_SM_RESP) is None
    assert len(window) == 1


def test_only_the_response_of_that_command_or_a_nack_takes_it():
    window = filled(1)
    assert window.take(1, c.DELIVER_SM_RESP) is None
    assert len(window) == 1
    assert window.take(1, c.GENERIC_NACK) is not None


def test_room():
    window = filled(1, 2, size=3)
    assert window.room == 1
    window.size = 1
    assert window.room == 0


@pytest.mark.parametrize("size", [0, -1])
def test_a_window_of_nothing_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="sends nothing"):
        Window(size, 60.0)


def test_expiry_takes_the_oldest_first_and_leaves_tombstones():
    window = filled(1, at=0.0)
    window.add(2, c.SUBMIT_SM, "two", 10.0)
    window.add(3, c.SUBMIT_SM, "three", 20.0)
    assert window.first_deadline() == 60.0
    assert window.expire(59.9) == []
    assert [sequence for sequence, _ in window.expire(70.0)] == [1, 2]
    assert window.first_deadline() == 80.0
    assert window.take(1, c.SUBMIT_SM_RESP) is None
    assert window.take_late(1, c.DELIVER_SM_RESP) is None
    late = window.take_late(1, c.SUBMIT_SM_RESP)
    assert late is not None
    assert late[0] == "context 1"
    assert window.take_late(1, c.SUBMIT_SM_RESP) is None


def test_tombstones_are_bounded_and_the_oldest_go():
    window = Window(10, 1.0, remember=2)
    for sequence in (1, 2, 3):
        window.add(sequence, c.SUBMIT_SM, sequence, 0.0)
    window.expire(5.0)
    assert list(window.tombstones) == [2, 3]


def test_nothing_expires_while_spared():
    window = filled(1)
    window.spare_until(None)
    assert window.first_deadline() is None
    assert window.expire(1000.0) == []
    window.spare_until(1005.0)
    assert window.first_deadline() == 1005.0
    assert window.expire(1004.9) == []
    assert len(window.expire(1005.0)) == 1


def test_no_request_no_deadline():
    assert Window(1, 60.0).first_deadline() is None


def test_sequence_numbers_begin_with_one_and_wrap():
    window = Window(10, 60.0)
    assert [window.next_sequence(), window.next_sequence()] == [1, 2]
    window._last = c.SEQUENCE_MAX - 1
    assert window.next_sequence() == 0x7FFFFFFF
    assert window.next_sequence() == 1


def test_the_wrap_skips_what_waits_what_is_late_and_link_control():
    window = filled(1, 2)
    window.expire(100.0)
    window.add(3, c.SUBMIT_SM, None, 100.0)
    window.control[4] = c.ENQUIRE_LINK
    window._last = c.SEQUENCE_MAX
    assert window.next_sequence() == 5


def test_which_numbers_were_ours():
    window = Window(10, 60.0)
    assert not window.was_ours(1)
    window.next_sequence()
    assert window.was_ours(1)
    assert not window.was_ours(2)
    assert not window.was_ours(0)
    window._last = c.SEQUENCE_MAX
    window.next_sequence()
    assert window.was_ours(0x7FFFFFFF)
    assert not window.was_ours(0x80000000)


def test_link_control_is_beside_the_window():
    window = Window(1, 60.0)
    window.control[1] = c.ENQUIRE_LINK
    assert window.room == 1
    assert window.take_control(1, c.UNBIND_RESP) is None
    assert window.take_control(1, c.ENQUIRE_LINK_RESP) == c.ENQUIRE_LINK
    assert window.take_control(1, c.ENQUIRE_LINK_RESP) is None


def test_drain_gives_everything_in_order_and_leaves_nothing():
    window = filled(3, 1, 2)
    window.control[9] = c.UNBIND
    assert [sequence for sequence, _ in window.drain()] == [3, 1, 2]
    assert window.drain() == []
    assert not window.control


@given(st.lists(st.tuples(st.sampled_from(["send", "answer", "wait", "late"]), st.integers(0, 5)), max_size=60))
def test_every_request_ends_once(steps: list[tuple[str, int]]) -> None:
    """Whatever the order of answers and waiting: sent = answered + expired + still waiting, each exactly once."""
    window, now, sent, ended, late = Window(100, 10.0), 0.0, [], [], []
    for step, number in steps:
        if step == "send":
            sequence = window.next_sequence()
            window.add(sequence, c.SUBMIT_SM, sequence, now)
            sent.append(sequence)
        elif step == "answer" and window.outstanding:
            sequence = list(window.outstanding)[number % len(window)]
            ended.append(window.take(sequence, c.SUBMIT_SM_RESP)[0])
        elif step == "wait":
            now += number * 2
            ended += [waiting[0] for _, waiting in window.expire(now)]
        elif step == "late" and window.tombstones:
            late.append(window.take_late(next(iter(window.tombstones)), c.SUBMIT_SM_RESP)[0])
    ended += [waiting[0] for _, waiting in window.drain()]
    assert sorted(ended) == sent
    assert len(set(late)) == len(late)
