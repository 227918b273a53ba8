"""The life of a part, walked pair by pair, and what several parts amount to."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jasminlike.message import lifecycle
from jasminlike.message.lifecycle import aggregate, is_final, step

# Every (state, event) pair: a row an event, a column a state, `.` = stays as it is.
GRID = """
                 accepted  scheduled queued    sending   sent        delivered undelivered expired rejected failed canceled unknown
scheduled        scheduled .         .         .         .           .         .           .       .        .      .        .
queued           queued    queued    .         .         .           .         .           .       .        .      .        .
handed_out       sending   sending   sending   .         .           .         .           .       .        .      .        .
retry            queued    queued    .         queued    .           .         .           .       .        .      .        .
answered_ok      sent      sent      sent      sent      .           .         .           .       .        .      .        .
answered_last    sent      sent      sent      sent      .           .         .           .       .        .      .        .
refused_final    rejected  rejected  rejected  rejected  .           .         .           .       .        .      .        .
in_doubt_failed  unknown   unknown   unknown   unknown   .           .         .           .       .        .      .        .
removed          failed    failed    failed    failed    .           .         .           .       .        .      .        .
expired_here     expired   expired   expired   expired   .           .         .           .       .        .      .        .
canceled_here    canceled  canceled  canceled  canceled  .           .         .           .       .        .      .        .
receipt_timeout  .         .         .         .         unknown     .         .           .       .        .      .        .
receipt_DELIVRD  delivered delivered delivered delivered delivered   .         .           .       .        .      .        delivered
receipt_UNDELIV  undelivered undelivered undelivered undelivered undelivered . .           .       .        .      .        undelivered
receipt_EXPIRED  expired   expired   expired   expired   expired     .         .           .       .        .      .        expired
receipt_REJECTD  rejected  rejected  rejected  rejected  rejected    .         .           .       .        .      .        rejected
receipt_DELETED  undelivered undelivered undelivered undelivered undelivered . .           .       .        .      .        undelivered
receipt_ACCEPTD  sent      sent      sent      sent      .           .         .           .       .        .      .        .
receipt_ENROUTE  sent      sent      sent      sent      .           .         .           .       .        .      .        .
receipt_UNKNOWN  sent      sent      sent      sent      .           .         .           .       .        .      .        .
"""  # noqa: E501


def pairs() -> list[tuple[str, str, str]]:
    """(state, event, expected) for every cell."""
    head, *rows = (line.split() for line in GRID.strip().splitlines())
    found = []
    for event, *cells in rows:
        assert len(cells) == len(head)
        for state, cell in zip(head, cells, strict=True):
            name = event.replace("receipt_", "receipt ") if event != "receipt_timeout" else event
            found.append((state, name, state if cell == "." else cell))
    return found


def test_the_grid_has_every_pair_and_no_other() -> None:
    assert sorted((state, event) for state, event, _ in pairs()) == sorted(
        itertools.product(lifecycle.STATES, lifecycle.EVENTS)
    )


@pytest.mark.parametrize(("state", "event", "after"), pairs())
def test_every_pair(state: str, event: str, after: str) -> None:
    assert step(state, event) == after


def test_each_event_has_one_rule() -> None:
    assert len(set(lifecycle.EVENTS)) == len(lifecycle.RULES)


@pytest.mark.parametrize("word", ["SKIPPED", "FAILED", "", "delivrd"])
def test_a_receipt_of_a_state_nobody_knows_means_that_the_operator_has_it(word: str) -> None:
    assert step("sending", "receipt " + word) == "sent"
    assert step("delivered", "receipt " + word) == "delivered"


def test_mistakes_of_the_caller_are_loud() -> None:
    with pytest.raises(ValueError, match="event"):
        step("queued", "sneezed")
    with pytest.raises(ValueError, match="state"):
        step("asleep", "queued")


def test_which_states_are_final() -> None:
    final = {state for state in lifecycle.STATES if is_final(state)}
    assert final == {"delivered", "undelivered", "expired", "rejected", "failed", "canceled", "unknown"}


@given(st.sampled_from(lifecycle.STATES), st.lists(st.sampled_from(lifecycle.EVENTS), max_size=12))
def test_an_end_stays_whatever_comes_but_unknown_may_be_refined(state: str, events: list[str]) -> None:
    for event in events:
        after = step(state, event)
        if is_final(state) and after != state:
            assert state == "unknown"
            assert event.startswith("receipt ")
            assert is_final(after)
        state = after


@given(st.permutations(["queued", "handed_out", "answered_ok", "receipt DELIVRD"]))
def test_news_in_any_order_come_to_the_same_end(events: list[str]) -> None:
    state = "accepted"
    for event in events:
        state = step(state, event)
    assert state == "delivered"


@given(st.permutations(["queued", "handed_out", "answered_ok", "receipt ENROUTE"]))
def test_a_sent_part_is_sent_whatever_is_told_late(events: list[str]) -> None:
    state = "accepted"
    for event in events:
        state = step(state, event)
    assert state == "sent"


@pytest.mark.parametrize("state", lifecycle.STATES)
def test_one_part_is_the_message(state: str) -> None:
    assert aggregate([state], 1) == (state, is_final(state))


@pytest.mark.parametrize(
    ("states", "total", "expected"),
    [
        ([], 1, ("queued", False)),
        ([], 0, ("accepted", False)),
        (["delivered"], 2, ("queued", False)),
        (["delivered", "delivered"], 2, ("delivered", True)),
        (["delivered", "sent"], 2, ("sent", False)),
        (["sent", "sending", "failed"], 3, ("sending", False)),
        (["accepted", "scheduled"], 2, ("accepted", False)),
        (["delivered", "unknown"], 2, ("unknown", True)),
        (["unknown", "canceled"], 2, ("canceled", True)),
        (["canceled", "expired"], 2, ("expired", True)),
        (["expired", "undelivered"], 2, ("undelivered", True)),
        (["undelivered", "rejected"], 2, ("rejected", True)),
        (["rejected", "failed"], 2, ("failed", True)),
    ],
)
def test_what_parts_amount_to(states: list[str], total: int, expected: tuple[str, bool]) -> None:
    assert aggregate(states, total) == expected
    assert aggregate(reversed(states), total) == expected


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["sent", "sent"], ("sent", True)),
        (["sent", "delivered"], ("sent", True)),
        (["sent", "unknown"], ("unknown", True)),
        (["sent", "rejected"], ("rejected", True)),
        (["sent", "sending"], ("sending", False)),
        (["sent"], ("queued", False)),
    ],
)
def test_without_receipts_sent_is_an_end(states: list[str], expected: tuple[str, bool]) -> None:
    assert aggregate(states, 2, sent_ends=True) == expected


@given(st.lists(st.sampled_from(lifecycle.STATES), min_size=1, max_size=8), st.booleans())
def test_final_only_when_all_parts_are(states: list[str], sent_ends: bool) -> None:
    state, final = aggregate(states, len(states), sent_ends)
    assert state in states
    assert final == all(is_final(each) or (sent_ends and each == "sent") for each in states)
    if final and state == "delivered":
        assert set(states) == {"delivered"}
