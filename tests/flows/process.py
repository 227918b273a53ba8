"""Programs that tests start: their output line by line, and the one way in which these tests wait."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
JASMIND = str(BIN / "jasmind")
POLL_SECONDS = 0.02


def until(ask: Callable[[], T], what: str, seconds: float = 10.0) -> T:
    """Asks until the answer is true, and gives it back; fails with `what` and the last answer after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}; the last answer was {answer!r}")
        time.sleep(POLL_SECONDS)


class Program:
    """A running program. What it prints is in `lines`; what it complains of is in the file `complaints`."""

    def __init__(self, command: Sequence[str], complaints: Path, environment: Mapping[str, str] | None = None) -> None:
        self.complaints = complaints
        self.lines: list[str] = []
        with complaints.open("ab") as file:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                cwd=complaints.parent,
                env={**_clean_environment(), **(environment or {})},
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def line(self, beginning: str, seconds: float = 20.0) -> str:
        """The first line that begins so, waited for."""
        return self.line_of(lambda line: line.startswith(beginning), f"a line {beginning!r}", seconds)

    def line_of(self, wanted: Callable[[str], bool], what: str, seconds: float = 20.0) -> str:
        """The first line that is wanted; fails at once when the program ends without it."""

        def look() -> str | None:
            ended = not self.running
            if ended:
                self._reader.join(5)
            found = next((line for line in list(self.lines) if wanted(line)), None)
            if found is None and ended:
                raise AssertionError(f"the program ended ({self._process.returncode}) without {what}: {self.said()}")
            return found

        found = until(look, what, seconds)
        assert found is not None
        return found

    def type(self, line: str) -> None:
        """Gives it a line to read."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def signal(self, number: int) -> None:
        """Sends a signal."""
        self._process.send_signal(number)

    def wait(self, seconds: float = 15.0) -> int:
        """Its exit status, when it has ended."""
        status = self._process.wait(seconds)
        self._reader.join(5)
        return status

    def end(self) -> None:
        """Ends it, if it has not ended: asked first, then by force."""
        if self.running:
            self.signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()
        self._reader.join(5)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def said(self) -> str:
        """All it printed and complained of, its end at least."""
        return "\n".join(self.lines[-50:]) + "\n" + self.complaints.read_text(errors="replace")[-4000:]


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("JASMINLIKE_", "COV_"))}
