"""Both logs as the settings ask for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from jasminlike.logs import open_logs
from jasminlike.settings.load import load
from jasminlike.settings.schema import Settings


def settings(folder: Path, *overrides: str) -> Settings:
    return load(overrides=[f"data.folder={folder}", "log.stderr=no", *overrides])


def test_both_logs_are_written_in_the_data_folder(tmp_path: Path) -> None:
    clock = Clock()
    logs = open_logs(settings(tmp_path), clock, lambda: 0.0)
    logs.events.event("app", "started", "The gateway runs")
    logs.messages.add("SMS-MT", cid="a", content=b"x")
    clock.advance(0.25)
    assert (tmp_path / "logs/events.log").read_text() == (
        '1970-01-01T00:00:00.000Z INFO    app started "The gateway runs"\n'
    )
    assert (tmp_path / "logs/messages.log").read_text() == (
        '1970-01-01T00:00:00.000Z SMS-MT cid=a content="** 1 byte content **"\n'
    )


def test_level_format_privacy_and_folder_are_obeyed(tmp_path: Path) -> None:
    asked = settings(
        tmp_path, "log.format=json", "log.level=error", "log.privacy=no", f"log.folder={tmp_path / 'elsewhere'}"
    )
    logs = open_logs(asked, None, lambda: 0.0)
    logs.events.event("app", "started", "x")
    logs.events.error("app", "broken", "x")
    logs.messages.add("SMS-MT", content="hi")
    logs.close()
    assert json.loads((tmp_path / "elsewhere/events.log").read_text())["type"] == "broken"
    assert json.loads((tmp_path / "elsewhere/messages.log").read_text())["content"] == "hi"


def test_files_are_set_aside_by_size(tmp_path: Path) -> None:
    logs = open_logs(settings(tmp_path, "log.rotate_megabytes=0.0001", "log.keep=1"), None)
    for number in range(6):
        logs.events.event("app", "tick", "x" * 80, number=number)
        logs.flush()
    assert {path.name for path in (tmp_path / "logs").iterdir()} == {"events.log", "events.log.1"}


def test_reopening_follows_a_moved_file_and_loses_nothing(tmp_path: Path) -> None:
    logs = open_logs(settings(tmp_path), None)
    logs.messages.add("A")
    logs.flush()
    (tmp_path / "logs/messages.log").rename(tmp_path / "logs/moved")
    logs.messages.add("B")
    logs.reopen()
    logs.messages.add("C")
    logs.close()
    assert [line.split()[1] for line in (tmp_path / "logs/moved").read_text().splitlines()] == ["A", "B"]
    assert [line.split()[1] for line in (tmp_path / "logs/messages.log").read_text().splitlines()] == ["C"]


def test_events_also_go_to_standard_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    logs = open_logs(load(overrides=[f"data.folder={tmp_path}"]), None, lambda: 0.0)
    logs.events.event("app", "started", "x")
    logs.messages.add("SMS-MT")
    logs.close()
    assert capfd.readouterr().err == "1970-01-01T00:00:00.000Z INFO    app started x\n"
    assert "started" in (tmp_path / "logs/events.log").read_text()


def test_a_folder_that_cannot_be_made_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file is in the way")
    logs = open_logs(settings(tmp_path), None)
    logs.events.error("app", "broken", "x")
    (tmp_path / "logs").unlink()
    logs.close()
    assert "broken" in (tmp_path / "logs/events.log").read_text()
