"""Clients are told through the door their message came by."""

from __future__ import annotations

from typing import Any

import pytest

from jasminlike.message.model import NO_RECEIPT, Address, Incoming, Tracked
from jasminlike.pipeline.notices import NoticesByDoor
from tests.pipeline.house import a_receipt


class Door:
    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def answered(self, tracked, status):
        self.told.append(("answered", status))
        return None

    def ended(self, tracked, receipt):
        self.told.append(("ended", receipt.state))
        return None

    def incoming(self, incoming, ids):
        self.told.append(("incoming", *ids))


def a_tracked(door: str) -> Tracked:
    return Tracked("m", 1, 1, "u1", door, "one", Address("a"), Address("b"), NO_RECEIPT, 0.0)


def test_each_door_tells_its_own():
    notices, one, two = NoticesByDoor(), Door(), Door()
    notices.register("one", one)
    notices.register("two", two)
    notices.answered(a_tracked("one"), "ESME_ROK")
    notices.ended(a_tracked("two"), a_receipt("1"))
    assert (one.told, two.told) == ([("answered", "ESME_ROK")], [("ended", "DELIVRD")])


def test_a_door_that_is_not_there_tells_nothing():
    notices = NoticesByDoor()
    assert notices.answered(a_tracked("gone"), "ESME_ROK") is None
    assert notices.ended(a_tracked("gone"), a_receipt("1")) is None


def test_incoming_messages_go_to_destinations_of_the_first_kind():
    notices, http = NoticesByDoor(), Door()
    notices.register_throws("http", http)
    mine = Incoming("i", "one", Address("a"), Address("b"), b"")
    notices.incoming(mine, [("http", "x"), ("smpps", "y"), ("http", "z")])
    assert http.told == [("incoming", "x", "z")]
    with pytest.raises(KeyError):
        notices.incoming(mine, [("smpps", "y")])
