"""Several sessions under one sender, and what it adds to a message."""

from __future__ import annotations

import pytest_twisted

from jasminlike.fate import RELEASE, Retry
from jasminlike.smpp import smpptime
from jasminlike.smpp.errors import NotPermitted, WindowFull
from tests.pipeline.house import House, a_part
from tests.smppc.test_sender import Desk, Wire


class Two(Desk):
    """A sender with two sessions."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.second = Wire()
        self.bound()
        self.sender.up(self.second)

    @property
    def sent(self) -> tuple[int, int]:
        return len(self.wire.sent), len(self.second.sent)


def test_the_session_with_the_most_room(house: House) -> None:
    desk = Two(house)
    assert desk.consumer.prefetch == 20
    for _ in range(4):
        desk.handle()
    assert desk.sent == (2, 2)
    desk.answer(0)
    desk.answer(1)
    desk.handle()
    desk.handle()
    assert desk.sent == (4, 2)


def test_an_overdue_part_takes_no_room(house: House) -> None:
    desk = Two(house)
    desk.handle()
    desk.handle()
    desk.sender.overdue(desk.wire.sent[0][1])
    desk.handle()
    assert desk.sent == (2, 1)
    desk.sender.down([])


def test_a_session_that_does_not_read_is_left_to_rest(house: House) -> None:
    desk = Two(house)
    desk.wire.writable = False
    for _ in range(3):
        desk.handle()
    assert desk.sent == (0, 3) and not desk.consumer.paused
    desk.second.writable = False
    desk.handle()
    assert desk.consumer.paused
    desk.sender.writable()
    assert not desk.consumer.paused


def test_a_session_that_ends_hands_over(house: House) -> None:
    desk = Two(house)
    desk.wire.problem = NotPermitted("unbinding")
    desk.handle()
    assert desk.sent == (0, 1) and not desk.consumer.paused
    desk.second.problem = WindowFull("full")
    desk.handle()
    assert desk.fates == [RELEASE] and desk.consumer.paused


@pytest_twisted.ensureDeferred
async def test_one_that_is_lost_takes_only_its_own_with_it(house: House) -> None:
    desk = Two(house)
    first = desk.handle(await house.stored_part())
    desk.handle(await house.stored_part())
    desk.sender.down([desk.wire.sent[0][1]], desk.wire)
    assert await first == Retry(0.0, front=True, in_doubt=True)
    assert (desk.sender.in_flight, desk.consumer.paused, desk.consumer.prefetch) == (1, False, 10)
    desk.sender.leave(desk.second)
    assert desk.consumer.paused
    desk.handle()
    assert desk.fates[-1] == RELEASE and desk.sent == (1, 1)


def test_a_default_validity(house: House) -> None:
    desk = Desk(house, validity=60).bound()
    desk.handle(a_part())
    desk.handle(a_part(validity=b"000000010000000R"))
    sent = [pdu.validity_period for pdu, _flight in desk.wire.sent]
    assert sent == [smpptime.absolute(house.now + 3600), b"000000010000000R"]
