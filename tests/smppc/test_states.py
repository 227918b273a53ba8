"""The life of an uplink, walked pair by pair."""

from __future__ import annotations

import itertools

import pytest

from jasminlike.smppc import states
from jasminlike.smppc.states import EVENTS, STATES, after

# Every (state, event) pair: a row an event, a column a state, `.` = stays as it is.
GRID = """
                stopped    connecting binding  bound    waiting    stopping
start           connecting .          .        .        .          .
connected       .          binding    .        .        .          .
connect_failed  .          waiting    .        .        .          stopped
accepted        .          .          bound    .        .          .
refused         .          .          waiting  .        .          .
lost            .          .          waiting  waiting  .          stopped
due             .          .          .        .        connecting .
stop            .          stopping   stopping stopping stopped    .
"""


def pairs() -> list[tuple[str, str, str]]:
    """(state, event, expected) for every cell."""
    head, *rows = (line.split() for line in GRID.strip().splitlines())
    return [
        (state, event, state if cell == "." else cell)
        for event, *cells in rows
        for state, cell in zip(head, cells, strict=True)
    ]


def test_the_grid_has_every_pair_and_no_other():
    assert sorted(each[:2] for each in pairs()) == sorted(itertools.product(STATES, EVENTS))


@pytest.mark.parametrize(("state", "event", "expected"), pairs())
def test_every_pair(state, event, expected):
    assert after(state, event) == expected


def test_mistakes_of_the_caller_are_loud():
    with pytest.raises(ValueError, match="asleep"):
        after("asleep", "start")
    with pytest.raises(ValueError, match="sneezed"):
        after(states.BOUND, "sneezed")


def test_from_everywhere_a_stop_leads_to_the_end():
    for state in STATES:
        stopped = after(state, "stop")
        assert stopped == states.STOPPED or after(stopped, "lost") == states.STOPPED
