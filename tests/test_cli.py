"""The command: what it refuses, what it prints, and a whole life of the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jasminlike import __version__
from jasminlike.cli import main

PORTS = [f"--set={name}.port=0" for name in ("http", "smpps", "jcli")]


def status(*arguments: str) -> Any:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    return caught.value.code


def test_without_a_command_it_says_what_there_is(capsys):
    assert status() == 2
    printed = capsys.readouterr().out
    assert all(command in printed for command in ("run", "check-config", "simulator"))


def test_its_version(capsys):
    assert status("--version") == 0
    assert capsys.readouterr().out == f"jasmind {__version__}\n"


@pytest.mark.parametrize("command", ["run", "check-config", "simulator"])
def test_each_command_explains_itself(capsys, command):
    assert status(command, "--help") == 0
    assert "usage: jasmind " + command in capsys.readouterr().out


def test_settings_that_are_right(capsys, tmp_path):
    file = tmp_path / "gateway.toml"
    file.write_text("[http]\nport = 8080\n")
    assert status("check-config", "--config", str(file), "--data", str(tmp_path)) == 0
    printed = capsys.readouterr().out
    assert printed.endswith("the settings are right\n")
    assert "8080" in printed
    assert str(tmp_path) in printed


def test_the_file_may_be_named_by_the_environment(capsys, tmp_path, monkeypatch):
    file = tmp_path / "gateway.toml"
    file.write_text("[http]\nport = 8080\n")
    monkeypatch.setenv("JASMINLIKE_SETTINGS", str(file))
    assert status("check-config") == 0
    assert "8080" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check-config", "run"])
def test_settings_that_are_wrong(capsys, command):
    assert status(command, "--set", "http.port=seven") == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("jasmind: http.port: ")
    assert captured.out == ""


@pytest.mark.parametrize("arguments", [["nothing"], ["run", "--nothing"], ["run", "extra"]])
def test_wrong_use(capsys, arguments):
    assert status(*arguments) == 2
    assert "usage: jasmind" in capsys.readouterr().err


# --- the process -----------------------------------------------------------------------------------------------------


class Process:
    """`jasmind` in a process of its own; `until` reads what it prints, line by line."""

    def __init__(self, *arguments: str) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("JASMINLIKE_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jasminlike", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Path(__file__).parent.parent,
        )

    def until(self, text: str) -> list[str]:
        assert self.process.stdout is not None
        lines: list[str] = []
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if text in line:
                return lines
        raise AssertionError(f"{text!r} was never said: {lines} {self.process.communicate()[1]}")

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture
def started() -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    for each in processes:
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_a_signal(started, tmp_path, number):
    process = Process("run", "--data", str(tmp_path / "data"), "--set=log.stderr=false", *PORTS)
    started.append(process)
    lines = process.until("jasmind is ready")
    assert sum("listens on 127.0.0.1:" in line for line in lines) == 3
    assert process.end(number) == 0
    log = (tmp_path / "data" / "logs").iterdir()
    assert sorted(each.name for each in log)


def test_logs_are_opened_anew_on_request(started, tmp_path):
    process = Process("run", "--data", str(tmp_path / "data"), "--set=log.stderr=false", *PORTS)
    started.append(process)
    process.until("jasmind is ready")
    events = tmp_path / "data" / "logs" / "events.log"
    pause = threading.Event()
    while not events.exists():  # its first lines are written presently
        pause.wait(0.01)
    moved = events.with_name("moved.log")
    events.rename(moved)
    process.process.send_signal(signal.SIGHUP)
    assert process.end() == 0
    assert events.exists()
    assert "stopping" in events.read_text() + moved.read_text()


def test_the_demonstration(started, tmp_path):
    process = Process("run", "--demo", "--data", str(tmp_path / "data"), "--set=log.stderr=false", *PORTS)
    started.append(process)
    lines = process.until("jasmind is ready")
    assert any(line.startswith("  curl ") for line in lines)
    assert process.end() == 0


def test_a_start_that_fails(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "gateway.db").write_bytes(b"this is no database" * 100)
    process = Process("run", "--data", str(tmp_path / "data"), "--set=log.stderr=false", *PORTS)
    _out, err = process.process.communicate(timeout=30)
    assert process.process.returncode == 1
    assert "jasmind: cannot start: data.folder: " in err
    assert "Traceback" not in err
