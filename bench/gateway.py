"""A gateway under test: started from its description, set up at its console, stopped, killed, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.accounting import Usage, usage, with_descendants
from bench.console import Console
from bench.description import Description, Process
from bench.errors import ConsoleFailed, GatewayFailed
from bench.tools import Simulator, is_open, wait_until

READY_WITHIN_S = 60.0
BOUND_WITHIN_S = 90.0
STOPS_WITHIN_S = 20.0
SHOWN_LINES = 40


@dataclass(frozen=True)
class StartTimes:
    """Seconds from the start of the first process."""

    ready_s: float
    bound_s: float


class Gateway:
    """The processes of one gateway. Whatever happens, `stop` leaves none of them behind."""

    def __init__(self, description: Description, folder: Path) -> None:
        """Makes its private folder and files; starts nothing yet."""
        self.description = description
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        folder.mkdir(parents=True)
        for name in description.folders:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for name, content in description.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)

    def start(self) -> float:
        """Starts every process that does not run, in order, each when the one before is ready; returns the seconds that
        took. Raises GatewayFailed with the output of the process that did not become ready."""
        begin = time.monotonic()
        for process in self.description.processes:
            if process.name not in self._running or self._running[process.name].poll() is not None:
                self._start_process(process)
        return time.monotonic() - begin

    def wait_until_bound(self, simulator: Simulator) -> None:
        """Raises GatewayFailed when no session is bound to the simulator in time."""
        if not wait_until(simulator.is_bound, BOUND_WITHIN_S):
            raise GatewayFailed(
                f"{self.description.name} did not bind to the SMSC in {BOUND_WITHIN_S:.0f} s.{self._tails()}"
            )

    def start_and_bind(self, simulator: Simulator) -> StartTimes:
        begin = time.monotonic()
        ready_s = self.start()
        self.wait_until_bound(simulator)
        return StartTimes(ready_s, time.monotonic() - begin)

    def set_up(self) -> dict[str, str]:
        """Types the description's lines at the console. Returns the cells that are impossible because a step that only
        they need was refused, with the console's answer; raises ConsoleFailed when any other step is refused."""
        setup = self.description.console
        impossible: dict[str, str] = {}
        if setup is None:
            return impossible
        with Console(setup.port) as console:
            console.log_in(setup.username, setup.password)
            for step in setup.steps:
                answers = [console.type(line) for line in step.lines]
                if step.expect in answers[-1]:
                    continue
                typed = "".join(answers)
                if not step.cells:
                    raise ConsoleFailed(f"the console did not answer {step.expect!r}, but:\n{typed}")
                if answers[-1].endswith("> "):
                    console.type("ko")  # leave the dialog
                impossible |= dict.fromkeys(step.cells, f"the console refused {step.lines[0]!r}:\n{typed}")
        return impossible

    def stop(self) -> None:
        """SIGTERM to each process, last started first; SIGKILL to what is left of its group after that."""
        for name in reversed(list(self._running)):
            process = self._running.pop(name)
            self._signal(process, signal.SIGTERM, whole_group=False)
            try:
                process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                print(f"{name} did not stop within {STOPS_WITHIN_S:.0f} s and is killed")
            self._signal(process, signal.SIGKILL, whole_group=True)
            process.wait()

    def crash(self) -> None:
        """SIGKILL, without warning, to the processes that the description says."""
        for process in self.description.processes:
            if process.dies_in_crash:
                self._signal(self._running[process.name], signal.SIGKILL, whole_group=True)
                self._running[process.name].wait()

    def pids(self) -> set[int]:
        return with_descendants(process.pid for process in self._running.values() if process.poll() is None)

    def usage(self) -> Usage:
        return usage(self.pids())

    def raise_if_dead(self) -> None:
        """Raises GatewayFailed when one of its processes ended by itself."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise GatewayFailed(f"{name} ended by itself with {process.returncode}.{self._tail(name)}")

    def _start_process(self, process: Process) -> None:
        output = self._output(process.name)
        seen = len(output.read_bytes()) if output.exists() else 0  # an earlier start's ready line does not count
        try:
            with open(output, "ab") as out:
                self._running[process.name] = subprocess.Popen(
                    process.command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    cwd=self._folder,
                    env=os.environ | process.environment,
                    start_new_session=True,
                )
        except OSError as error:
            raise GatewayFailed(f"{process.name} cannot be started: {error}") from error
        running = self._running[process.name]

        def is_ready() -> bool:
            if running.poll() is not None:
                return True
            said = process.ready_line.encode() in output.read_bytes()[seen:]
            return said and (not process.ready_port or is_open(process.ready_port))

        if not wait_until(is_ready, READY_WITHIN_S):
            raise GatewayFailed(f"{process.name} was not ready in {READY_WITHIN_S:.0f} s.{self._tail(process.name)}")
        if running.poll() is not None:
            raise GatewayFailed(f"{process.name} ended at once with {running.returncode}.{self._tail(process.name)}")

    def _output(self, name: str) -> Path:
        return self._folder / f"{name}.out"

    def _tail(self, name: str) -> str:
        lines = self._output(name).read_text(errors="replace").splitlines()[-SHOWN_LINES:]
        return f" Its last words:\n  {name}: " + f"\n  {name}: ".join(lines or ["(it wrote nothing)"])

    def _tails(self) -> str:
        return "".join(self._tail(name) for name in self._running)

    @staticmethod
    def _signal(process: subprocess.Popen[bytes], number: signal.Signals, whole_group: bool) -> None:
        try:
            if whole_group:  # every process was started as the leader of its own group
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
        except ProcessLookupError:
            pass
