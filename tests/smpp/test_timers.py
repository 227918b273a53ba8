"""The timers of a session as data."""

from __future__ import annotations

import pytest

from jasminlike.smpp.timers import Deadlines, Due, Timers

TIMERS = Timers(session_init=5, enquire_link=30, enquire_link_response=10, inactivity=0, unbind=3, partial_pdu=4)


def running(**changes: float) -> Deadlines:
    return Deadlines(Timers(**{**{name: getattr(TIMERS, name) for name in TIMERS.__dataclass_fields__}, **changes}))


def test_nothing_runs_before_the_start():
    deadlines = running()
    assert deadlines.next() is None
    assert deadlines.due(1e9) is None


def test_session_init_until_bound():
    deadlines = running()
    deadlines.started(100.0)
    assert deadlines.next() == 105.0
    assert deadlines.due(104.9) is None
    assert deadlines.due(105.0) is Due.NOT_BOUND
    deadlines.bound(104.0)
    assert deadlines.due(105.0) is None


def test_silence_is_asked_and_then_held_dead():
    deadlines = running()
    deadlines.bound(0.0)
    assert deadlines.next() == 30.0
    assert deadlines.due(30.0) is Due.ENQUIRE
    deadlines.enquired(30.0)
    assert deadlines.next() == 40.0
    assert deadlines.due(40.0) is Due.SILENT


def test_any_octet_ends_the_silence():
    deadlines = running()
    deadlines.bound(0.0)
    deadlines.enquired(30.0)
    deadlines.received(39.0)
    assert deadlines.due(40.0) is None
    assert deadlines.next() == 69.0


def test_without_a_limit_to_the_silence_it_is_asked_again():
    deadlines = running(enquire_link_response=0)
    deadlines.bound(0.0)
    deadlines.enquired(30.0)
    assert deadlines.due(59.9) is None
    assert deadlines.due(60.0) is Due.ENQUIRE


def test_inactivity_is_about_messages_not_octets():
    deadlines = running(inactivity=100)
    deadlines.bound(0.0)
    deadlines.received(90.0)
    deadlines.traffic_at = 20.0
    assert deadlines.due(119.9) is None
    assert deadlines.due(120.0) in (Due.INACTIVE, Due.ENQUIRE)
    deadlines.received(119.0)
    assert deadlines.due(120.0) is Due.INACTIVE


def test_unbinding_stops_the_rest():
    deadlines = running()
    deadlines.bound(0.0)
    deadlines.unbinding(10.0)
    assert deadlines.next() == 13.0
    assert deadlines.due(1000.0) is Due.NOT_UNBOUND


def test_half_a_pdu_has_its_time_and_crumbs_do_not_restart_it():
    deadlines = running()
    deadlines.bound(0.0)
    deadlines.half_pdu(1.0)
    deadlines.half_pdu(4.0)
    assert deadlines.next() == 5.0
    assert deadlines.due(5.0) is Due.HALF_PDU
    deadlines.whole_pdus()
    assert deadlines.due(5.0) is None


def test_while_reading_is_held_silence_means_nothing():
    deadlines = running()
    deadlines.bound(0.0)
    deadlines.half_pdu(0.0)
    deadlines.enquired(0.0)
    deadlines.hold()
    assert deadlines.next() is None
    deadlines.release(500.0)
    assert deadlines.next() == 504.0
    assert deadlines.due(504.0) is Due.HALF_PDU


def test_stopped_is_stopped():
    deadlines = running(inactivity=1)
    deadlines.started(0.0)
    deadlines.bound(0.0)
    deadlines.half_pdu(0.0)
    deadlines.stop()
    assert deadlines.next() is None


def test_the_longest_overdue_comes_first():
    deadlines = running(inactivity=20)
    deadlines.bound(0.0)
    assert deadlines.due(1000.0) is Due.INACTIVE


@pytest.mark.parametrize("name", ["session_init", "enquire_link", "inactivity", "unbind", "partial_pdu"])
def test_zero_switches_a_timer_off(name: str) -> None:
    deadlines = running(**{name: 0})
    deadlines.started(0.0)
    if name != "session_init":
        deadlines.bound(0.0)
    if name == "unbind":
        deadlines.unbinding(0.0)
    if name == "partial_pdu":
        deadlines.half_pdu(0.0)
    wanted = {"session_init": None, "enquire_link": None, "inactivity": 30.0, "unbind": None, "partial_pdu": 30.0}
    assert deadlines.next() == wanted[name]


@pytest.mark.parametrize(("name", "value"), [("response", 0), ("response", -1), ("enquire_link", -0.5)])
def test_a_time_that_cannot_be_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        Timers(**{name: value})  # type: ignore[arg-type]
