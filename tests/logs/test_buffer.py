"""Lines are written together, soon, and not lost to a disk that refuses for a while."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from jasminlike.logs import buffer as module
from jasminlike.logs.buffer import DELAY, MOST, Buffer, Row


class Disk:
    """A sink that remembers each write, and refuses while `full`."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.full = False

    def __call__(self, octets: bytes) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.writes.append(octets)

    @property
    def lines(self) -> list[bytes]:
        return b"".join(self.writes).splitlines()


def form(row: Row) -> bytes:
    return b"%d\n" % row[0]


def lost(count: int, problem: str) -> bytes:
    return f"lost {count}: {problem}\n".encode()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def buffer(clock: Clock, disk: Disk) -> Buffer:
    return Buffer(form, lost, disk, clock)


def test_lines_of_one_batch_are_one_write(buffer: Buffer, clock: Clock, disk: Disk) -> None:
    buffer.add((1,))
    clock.advance(DELAY / 2)
    buffer.add((2,))
    assert disk.writes == []
    clock.advance(DELAY / 2)
    assert disk.writes == [b"1\n2\n"]


def test_an_idle_buffer_has_no_timer(buffer: Buffer, clock: Clock) -> None:
    buffer.add((1,))
    assert len(clock.getDelayedCalls()) == 1
    buffer.add((2,))
    assert len(clock.getDelayedCalls()) == 1
    clock.advance(DELAY)
    assert clock.getDelayedCalls() == []


def test_a_full_batch_is_written_at_once(buffer: Buffer, disk: Disk) -> None:
    for number in range(MOST):
        buffer.add((number,))
    assert len(disk.writes) == 1
    assert len(disk.lines) == MOST


def test_closing_writes_the_rest_and_ends_the_timer(buffer: Buffer, clock: Clock, disk: Disk) -> None:
    buffer.add((1,))
    buffer.close()
    assert disk.lines == [b"1"]
    assert clock.getDelayedCalls() == []
    buffer.close()
    assert disk.lines == [b"1"]


def test_without_a_clock_flushing_writes(disk: Disk) -> None:
    buffer = Buffer(form, lost, disk)
    buffer.add((1,))
    assert disk.lines == []
    buffer.flush()
    assert disk.lines == [b"1"]


def test_a_refusing_disk_gets_the_lines_later_in_order(buffer: Buffer, clock: Clock, disk: Disk) -> None:
    disk.full = True
    buffer.add((1,))
    clock.advance(DELAY)
    disk.full = False
    buffer.add((2,))
    clock.advance(DELAY)
    assert disk.lines == [b"1", b"2"]


def test_lines_that_are_lost_are_counted(
    buffer: Buffer, clock: Clock, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HELD", 3)
    disk.full = True
    for number in range(5):
        buffer.add((number,))
        clock.advance(DELAY)
    disk.full = False
    buffer.add((5,))
    clock.advance(DELAY)
    assert disk.lines == [b"lost 2: [Errno 28] No space left on device", b"2", b"3", b"4", b"5"]
    buffer.add((6,))
    clock.advance(DELAY)
    assert disk.lines[-1] == b"6"
    assert len([line for line in disk.lines if line.startswith(b"lost")]) == 1


def test_one_line_that_cannot_be_formatted_does_not_take_the_others(buffer: Buffer, clock: Clock, disk: Disk) -> None:
    buffer.add((1,))
    buffer.add(("no number",))
    buffer.add((3,))
    clock.advance(DELAY)
    assert disk.lines == [b"1", b"lost 1: a line could not be formatted: TypeError", b"3"]
