"""When each filter matches."""

from __future__ import annotations

import os
import time
from calendar import timegm
from collections.abc import Iterator

import pytest

from jasminlike.accounts.model import User
from jasminlike.filters.addresses import DestinationAddrFilter, SourceAddrFilter
from jasminlike.filters.content import ShortMessageFilter
from jasminlike.filters.parties import ConnectorFilter, GroupFilter, TagFilter, TransparentFilter, UserFilter
from jasminlike.filters.subject import Subject
from jasminlike.filters.times import DateIntervalFilter, TimeIntervalFilter

ACME = User(uid="acme", gid="partners", username="acmebox", password="")


def test_transparent_matches_anything() -> None:
    assert TransparentFilter("f").matches(Subject())


def test_user_and_group_are_compared_whole() -> None:
    subject = Subject(ACME)
    assert UserFilter("f", "acme").matches(subject)
    assert not UserFilter("f", "acm").matches(subject)
    assert not UserFilter("f", "acmebox").matches(subject)
    assert GroupFilter("f", "partners").matches(subject)
    assert not GroupFilter("f", "acme").matches(subject)


def test_a_message_without_an_account_matches_no_user_and_no_group() -> None:
    assert not UserFilter("f", "acme").matches(Subject())
    assert not GroupFilter("f", "partners").matches(Subject())


def test_the_connector_a_message_came_from() -> None:
    assert ConnectorFilter("f", "telco_a").matches(Subject(connector="telco_a"))
    assert not ConnectorFilter("f", "telco_a").matches(Subject(connector="telco"))
    assert not ConnectorFilter("f", "telco_a").matches(Subject())


def test_tags_are_compared_as_text() -> None:
    subject = Subject(tags=("22", "vip"))
    assert TagFilter("f", "22").matches(subject)
    assert TagFilter("f", "vip").matches(subject)
    assert not TagFilter("f", "2").matches(subject)


def test_addresses_match_from_the_start() -> None:
    subject = Subject(source="ACME", destination="33612345678")
    assert DestinationAddrFilter("f", "33").matches(subject)
    assert DestinationAddrFilter("f", r"^33\d{9}$").matches(subject)
    assert not DestinationAddrFilter("f", "612").matches(subject)
    assert SourceAddrFilter("f", "^AC").matches(subject)
    assert not SourceAddrFilter("f", "ME").matches(subject)


def test_a_message_without_a_source_has_an_empty_one() -> None:
    assert SourceAddrFilter("f", "^$").matches(Subject())
    assert SourceAddrFilter("f", ".*").matches(Subject())
    assert not SourceAddrFilter("f", "A").matches(Subject())


def test_the_text_matches_from_the_start() -> None:
    subject = Subject(payload="STOP café".encode())
    assert ShortMessageFilter("f", "STOP").matches(subject)
    assert ShortMessageFilter("f", "STOP café$").matches(subject)
    assert not ShortMessageFilter("f", "café").matches(subject)


def test_octets_that_are_no_text_do_not_raise() -> None:
    assert ShortMessageFilter("f", "a\ufffd").matches(Subject(payload=b"a\xff"))


def test_the_text_is_read_in_the_messages_coding_and_once() -> None:
    asked = []

    def read(payload: bytes, data_coding: int, esm_class: int) -> str:
        asked.append((data_coding, esm_class))
        return payload.decode("utf-16-be")

    subject = Subject(payload="привет".encode("utf-16-be"), data_coding=8, esm_class=64, read_text=read)
    assert asked == []
    assert ShortMessageFilter("f", "при").matches(subject)
    assert not ShortMessageFilter("f", "вет").matches(subject)
    assert asked == [(8, 64)]


@pytest.fixture()
def three_hours_east() -> Iterator[None]:
    """A server three hours east of Greenwich."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "XXX-3"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def at(utc: str) -> Subject:
    return Subject(now=timegm(time.strptime(utc, "%Y-%m-%d %H:%M:%S")))


@pytest.mark.usefixtures("three_hours_east")
def test_days_are_local_and_both_included() -> None:
    days = DateIntervalFilter("f", "2026-03-01;2026-03-02")
    assert not days.matches(at("2026-02-28 20:59:59"))
    assert days.matches(at("2026-02-28 21:00:00"))
    assert days.matches(at("2026-03-02 20:59:59"))
    assert not days.matches(at("2026-03-02 21:00:00"))


@pytest.mark.usefixtures("three_hours_east")
def test_one_day_may_stand_on_both_sides() -> None:
    assert DateIntervalFilter("f", "2026-03-01;2026-03-01").matches(at("2026-03-01 12:00:00"))


@pytest.mark.usefixtures("three_hours_east")
def test_hours_are_local_and_both_included() -> None:
    hours = TimeIntervalFilter("f", "08:00:00;18:30:00")
    assert not hours.matches(at("2026-03-01 04:59:59"))
    assert hours.matches(at("2026-03-01 05:00:00"))
    assert hours.matches(at("2026-03-01 15:30:00"))
    assert not hours.matches(at("2026-03-01 15:30:01"))


@pytest.mark.usefixtures("three_hours_east")
def test_a_day_and_an_hour_may_be_asked_of_one_message() -> None:
    subject = at("2026-03-01 22:30:00")
    assert DateIntervalFilter("f", "2026-03-02;2026-03-02").matches(subject)
    assert TimeIntervalFilter("f", "01:30:00;01:30:01").matches(subject)


def test_what_an_index_may_use_is_true() -> None:
    """`enough` means that the filter needs not be asked."""
    need = UserFilter("f", "acme").need()
    assert need == ("user", ("acme",), True)
    assert GroupFilter("f", "g").need() == ("group", ("g",), True)
    assert ConnectorFilter("f", "c").need() == ("connector", ("c",), True)
    assert TagFilter("f", "t").need() == ("tag", ("t",), True)
    assert DestinationAddrFilter("f", "^33").need() == ("destination", ("33",), True)
    assert SourceAddrFilter("f", "^33$").need() == ("source", ("33",), False)
    assert DestinationAddrFilter("f", r"\d").need() is None
    assert ShortMessageFilter("f", "a").need() is None
    assert TimeIntervalFilter("f", "08:00:00;18:30:00").need() is None
