"""A lane hands out each delivery once, the oldest first, whatever comes back to it."""

from __future__ import annotations

from jasminlike.broker.lanes import Lane, Waiting


def handed_out(lane: Lane) -> list[int]:
    found = []
    while (waiting := lane.first()) is not None:
        lane.pop(waiting)
        found.append(waiting.sequence)
    return found


def a_lane(*sequences: int) -> Lane:
    lane = Lane(4, 0)
    for sequence in sequences:
        lane.arrived(Waiting(sequence, b""))
    return lane


def test_what_comes_back_goes_before_what_is_younger():
    lane = a_lane(2, 4)
    lane.back(Waiting(3, b""))
    lane.back(Waiting(1, b""))
    assert handed_out(lane) == [1, 2, 3, 4]


def test_what_was_taken_out_of_turn_is_passed_over():
    lane = a_lane(1, 2, 3)
    lane.back(Waiting(0, b""))
    lane.taken |= {0, 2}
    assert handed_out(lane) == [1, 3]
    assert lane.taken == set()


def test_what_was_taken_and_comes_back_while_it_still_stands_there_goes_once():
    lane = a_lane(1, 2)
    lane.taken.add(1)
    lane.back(Waiting(1, b""))
    assert handed_out(lane) == [1, 2]


def test_what_was_taken_from_the_disk_and_comes_back():
    lane = a_lane(5)
    lane.taken.add(3)
    lane.back(Waiting(3, b""))
    assert (handed_out(lane), lane.taken) == ([3, 5], set())


def test_how_far_ahead_may_be_marked():
    lane = a_lane()
    assert lane.ahead(5) == 0
    lane.back(Waiting(3, b""))
    assert lane.ahead(5) == 3
    lane = a_lane(7, 8, 9)
    assert (lane.ahead(1), lane.ahead(50)) == (8, 9)
