"""A log file grows at its end, is set aside by size, and survives being moved."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from jasminlike.logs.files import LogFile


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_nothing_is_made_before_the_first_line(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "logs" / "a.log", 100, 2)
    assert names(tmp_path) == set()
    file.write(b"one\n")
    file.write(b"two\n")
    assert (tmp_path / "logs" / "a.log").read_bytes() == b"one\ntwo\n"


def test_others_may_not_read_it(tmp_path: Path) -> None:
    LogFile(tmp_path / "logs" / "a.log", 100, 2).write(b"x\n")
    assert stat.S_IMODE((tmp_path / "logs" / "a.log").stat().st_mode) & 0o007 == 0
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) & 0o007 == 0


def test_lines_of_an_earlier_run_are_kept_and_count(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"12345678\n")
    file = LogFile(tmp_path / "a.log", 12, 2)
    file.write(b"9\n")
    assert (tmp_path / "a.log").read_bytes() == b"12345678\n9\n"
    file.write(b"10\n")
    assert (tmp_path / "a.log").read_bytes() == b"10\n"
    assert (tmp_path / "a.log.1").read_bytes() == b"12345678\n9\n"


def test_the_youngest_files_are_kept(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "a.log", 4, 2)
    for number in range(5):
        file.write(b"%d\n\n\n" % number)
    assert names(tmp_path) == {"a.log", "a.log.1", "a.log.2"}
    contents = [(tmp_path / name).read_bytes()[:1] for name in ("a.log", "a.log.1", "a.log.2")]
    assert contents == [b"4", b"3", b"2"]


def test_with_nothing_to_keep_the_file_starts_afresh(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "a.log", 4, 0)
    file.write(b"one\n")
    file.write(b"two\n")
    assert names(tmp_path) == {"a.log"}
    assert (tmp_path / "a.log").read_bytes() == b"two\n"


def test_a_line_larger_than_the_limit_is_written_whole(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "a.log", 4, 1)
    file.write(b"x" * 100 + b"\n")
    assert (tmp_path / "a.log").stat().st_size == 101
    assert names(tmp_path) == {"a.log"}


def test_after_reopening_lines_go_to_the_file_of_that_name(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "a.log", 100, 1)
    file.write(b"one\n")
    (tmp_path / "a.log").rename(tmp_path / "moved")
    file.write(b"two\n")
    file.reopen()
    file.write(b"three\n")
    assert (tmp_path / "moved").read_bytes() == b"one\ntwo\n"
    assert (tmp_path / "a.log").read_bytes() == b"three\n"


def test_a_file_removed_by_others_is_no_obstacle_to_setting_aside(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "a.log", 4, 1)
    file.write(b"one\n")
    (tmp_path / "a.log").unlink()
    file.write(b"two\n")
    assert (tmp_path / "a.log").read_bytes() == b"two\n"


def test_a_short_write_of_the_system_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = LogFile(tmp_path / "a.log", 100, 1)
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, octets: real(descriptor, bytes(octets[:2])))
    file.write(b"seven o\n")
    monkeypatch.undo()
    assert (tmp_path / "a.log").read_bytes() == b"seven o\n"


def test_a_disk_that_refuses_is_reported_and_tried_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = LogFile(tmp_path / "a.log", 100, 1)
    file.write(b"one\n")

    def full(descriptor: int, octets: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        file.write(b"two\n")
    monkeypatch.undo()
    file.write(b"two\n")
    assert (tmp_path / "a.log").read_bytes() == b"one\ntwo\n"
