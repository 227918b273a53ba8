"""Builds the load tools and drives them: the SMSC simulator, the callback sink, the two load generators."""

from __future__ import annotations

import fcntl
import json
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.errors import ToolsFailed

SOURCES = Path(__file__).resolve().parent
BUILT = SOURCES / "build"
LOOPBACK = "127.0.0.1"

Stats = dict[str, Any]
"""A JSON object as one of the tools writes it; README.md explains the members."""


def build() -> None:
    """Runs `make` in this folder, one call at a time. Raises ToolsFailed with the compiler's words."""
    BUILT.mkdir(exist_ok=True)
    with open(BUILT / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            made = subprocess.run(["make", "-s", "-C", str(SOURCES)], capture_output=True, text=True)
        except FileNotFoundError as error:
            raise ToolsFailed("`make` is not installed: the load tools need make and gcc") from error
    if made.returncode:
        raise ToolsFailed(f"the load tools cannot be built:\n{made.stdout}{made.stderr}")


def wait_until(condition: Callable[[], bool], seconds: float, step: float = 0.02) -> bool:
    """Asks again and again; False when the time is over. A refused connection counts as "not yet"."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return True
        except OSError:
            pass
        time.sleep(step)
    return False


def is_open(port: int) -> bool:
    """Whether something listens there on the loopback."""
    try:
        socket.create_connection((LOOPBACK, port), 0.5).close()
    except OSError:
        return False
    return True


class Tool:
    """A load tool that runs beside the measurement until it is stopped."""

    def __init__(self, name: str, arguments: list[str], output: Path) -> None:
        """Starts it and waits until it says where it listens. Raises ToolsFailed with its words if it does not."""
        self.name = name
        self.output = output
        command = [str(BUILT / name), *arguments]
        with open(output, "w") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, cwd=output.parent, start_new_session=True)
        try:
            if not wait_until(lambda: "listening on" in output.read_text() or self.process.poll() is not None, 5):
                self.stop()
        except BaseException:  # an interrupt: nobody knows of this process yet
            self.kill()
            raise
        if self.process.poll() is not None:
            raise ToolsFailed(f"{' '.join(command)} did not start:\n{output.read_text()}")

    @property
    def pid(self) -> int:
        return self.process.pid

    def port(self, pattern: str) -> int:
        """The port that the tool's first line tells."""
        found = re.search(pattern, self.output.read_text())
        if not found:
            raise ToolsFailed(f"{self.name} does not say where it listens:\n{self.output.read_text()}")
        return int(found[1])

    def raise_if_dead(self) -> None:
        """Raises ToolsFailed when it ended though nobody here asked it to."""
        if self.process.poll() is not None:
            said = self.output.read_text()
            raise ToolsFailed(
                f"{self.name} was ended by somebody else, or crashed ({self.process.returncode}):\n{said}"
            )

    def stop(self) -> None:
        """Ends it politely, and after five seconds by force."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Simulator(Tool):
    """smscsim with its control port."""

    def __init__(self, folder: Path, options: list[str], port: int = 0) -> None:
        arguments = ["--port", str(port), "--ctl-port", "0", "--stats-file", str(folder / "smscsim.json"), *options]
        super().__init__("smscsim", arguments, folder / "smscsim.out")
        self.smpp_port = self.port(r"listening on [\d.]+:(\d+)")
        self.control_port = self.port(r"control port (\d+)")

    def command(self, line: str) -> str:
        """Sends one line to the control port and returns the answer. Raises ToolsFailed when the tool has ended."""
        self.raise_if_dead()
        with socket.create_connection((LOOPBACK, self.control_port), 5) as control:
            control.sendall(line.encode() + b"\n")
            return control.makefile().readline().strip()

    def stats(self) -> Stats:
        answer: Stats = json.loads(self.command("stats"))
        return answer

    def is_bound(self) -> bool:
        return int(self.stats()["bound_now"]) > 0

    def seen(self, file: Path) -> dict[int, int]:
        """How often each message number came."""
        self.command(f"dump {file}")
        return {int(number): int(count) for number, count in map(str.split, file.read_text().splitlines())}


class Sink(Tool):
    """httpload's sink for callbacks."""

    def __init__(self, folder: Path, final: str) -> None:
        super().__init__("httpload", ["sink", "--port", "0", "--final", final], folder / "sink.out")
        self.http_port = self.port(r"listening on [\d.]+:(\d+)")

    def get(self, path: str) -> str:
        """Raises ToolsFailed when the tool has ended."""
        self.raise_if_dead()
        with urllib.request.urlopen(f"http://{LOOPBACK}:{self.http_port}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def stats(self) -> Stats:
        answer: Stats = json.loads(self.get("/__stats"))
        return answer

    def reset(self) -> None:
        self.get("/__reset")

    def final_receipts(self, file: Path) -> dict[int, int]:
        """How many final receipts each message number got."""
        self.get(f"/__dump?{file}")
        rows = (line.split() for line in file.read_text().splitlines())
        return {int(number): int(final) for number, final, _other in rows if int(final)}


class Load:
    """A load generator at work."""

    def __init__(self, tool: str, arguments: list[str], folder: Path) -> None:
        self._errors = folder / "load.err"
        with open(self._errors, "w") as errors:
            self.process = subprocess.Popen(
                [str(BUILT / tool), *arguments],
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=folder,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    @property
    def complaints(self) -> str:
        """What it wrote on standard error."""
        return self._errors.read_text().strip()

    def result(self, timeout: float | None = None) -> Stats:
        """Waits for the end and returns the result. Raises ToolsFailed when the tool refused to run. When the waiting
        is cut short, the tool is killed."""
        try:
            output, _ = self.process.communicate(timeout=timeout)
        except BaseException:
            self.stop()
            raise
        if not output:
            raise ToolsFailed(f"the load generator ended with {self.process.returncode}:\n{self.complaints}")
        result: Stats = json.loads(output)
        return result

    def stop(self) -> None:
        if self.is_running:
            self.process.kill()
        self.process.wait()


def smpp_bound(simulator: Simulator, folder: Path, count: int, window: int = 100, sessions: int = 1) -> Stats:
    """smppload straight at the simulator: what the tools themselves can do over SMPP."""
    options = {"port": simulator.smpp_port, "count": count, "window": window, "sessions": sessions}
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return Load("smppload", arguments, folder).result()


def http_bound(sink: Sink, folder: Path, count: int, connections: int = 20) -> Stats:
    """httpload straight at the sink: what the tools themselves can do over HTTP."""
    url = f"http://{LOOPBACK}:{sink.http_port}/bound?text=SEQ-{{seq}}-T{{us}}-"
    return Load(
        "httpload", ["load", "--url", url, "--count", str(count), "--connections", str(connections)], folder
    ).result()
