"""One call of the bench: a private folder, the tools, the gateway, what is measured, and the end of them all."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import accounting, description, measure, outage, table, tools
from bench.cells import Cell, why_impossible
from bench.errors import CellFailed
from bench.gateway import Gateway
from bench.measure import Bench, Run
from bench.tools import Simulator, Sink

FIRST_TRY = 300  # messages that tell how many a run needs
SECOND_TRY_S = 1.0
IDLE_AFTER_S = 1.0


@contextlib.contextmanager
def private_folder(where: Path, keep: bool) -> Iterator[Path]:
    """Made anew, and removed at the end unless it is to be kept."""
    where.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=where)).resolve()
    try:
        yield folder
    finally:
        if keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def undisturbed_end() -> Iterator[None]:
    """However the block ends, a further Ctrl-C does not keep the processes from being stopped."""
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


class Session:
    """`go` does everything; `report` is what --json writes."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.chosen = chosen
        self.report: dict[str, Any] = {
            "machine": f"{platform.machine()}, {os.cpu_count()} processors, {platform.system()} {platform.release()}",
            "taken": time.strftime("%Y-%m-%d %H:%M:%S"),
        }
        self._all_clean = True

    def go(self) -> bool:
        """True when nothing was lost, doubled or refused. Raises BenchError. Whatever happens, everything that was
        started is stopped, and what was measured so far is written."""
        tools.build()
        try:
            with private_folder(self.chosen.folder or tools.BUILT, self.chosen.keep) as folder:
                self.report["filesystem"] = accounting.filesystem_of(folder)
                with contextlib.ExitStack() as stack:
                    if self.chosen.what == "bound":
                        return self._bound(folder, stack)
                    return self._measure_gateway(folder, stack)
        finally:
            if self.chosen.json:
                self.chosen.json.write_text(json.dumps(self.report, indent=1) + "\n")

    # --- the tools alone ---

    def _bound(self, folder: Path, stack: contextlib.ExitStack) -> bool:
        simulator = Simulator(folder, self._simulator_options(folder))
        stack.callback(simulator.stop)
        sink = Sink(folder, final="")
        stack.callback(sink.stop)
        stack.enter_context(undisturbed_end())
        scale = 10 if self.chosen.quick else 1
        measured = []
        for window, sessions in ((1, 1), (10, 1), (100, 1), (1, 4), (10, 4), (100, 4)):
            count = (200_000 if window == 1 else 1_000_000) // scale
            result = tools.smpp_bound(simulator, folder, count, window, sessions)
            measured.append((f"SMPP, window {window}, sessions {sessions}", result))
        for connections in (1, 20):
            result = tools.http_bound(sink, folder, 200_000 // scale, connections)
            measured.append((f"HTTP, connections {connections}", result))
        self.report["bounds"] = dict(measured)
        print(table.bounds_table(measured))
        return True

    # --- the gateway ---

    def _simulator_options(self, folder: Path) -> list[str]:
        options = ["--dlr-delay-ms", str(self.chosen.dlr_delay_ms)]
        if not self.chosen.delayed_ack:
            options.append("--quickack")
        if self.chosen.what in ("crash", "smsc"):
            options += ["--seq-file", str(folder / "seen.bin")]
        return options

    def _measure_gateway(self, folder: Path, stack: contextlib.ExitStack) -> bool:
        options = self._simulator_options(folder)
        path = description.find(self.chosen.gateway)
        simulator = Simulator(folder, options)
        stack.callback(simulator.stop)
        sink = Sink(folder, description.final_mark(path))
        stack.callback(sink.stop)
        overrides = {"JASMIND": str(self.chosen.jasmind.absolute())} if self.chosen.jasmind else {}
        described = description.load(path, folder / "gateway", simulator.smpp_port, sink.http_port, overrides)
        gateway = Gateway(described, folder / "gateway")
        bench = Bench(gateway, simulator, sink, folder, self.chosen.dlr_delay_ms / 1000, self.chosen.patience)
        stack.callback(bench.stop_simulator)
        stack.callback(gateway.stop)
        stack.enter_context(undisturbed_end())
        impossible = self._start(bench)
        if self.chosen.what == "run":
            return self._run_cells(bench, impossible)
        return self._outage(bench, options)

    def _start(self, bench: Bench) -> dict[str, str]:
        """The first start is for the setting-up; the second one, with everything set, is the one that is timed. Returns
        the cells that the console made impossible, with the reason."""
        gateway = bench.gateway
        gateway.start()
        impossible = gateway.set_up()
        gateway.stop()
        times = gateway.start_and_bind(bench.simulator)
        time.sleep(IDLE_AFTER_S)
        idle, kind = gateway.usage().resident, self.report["filesystem"]
        self.report["gateway"] = gateway.description.name
        self.report["start"] = {"ready_s": times.ready_s, "bound_s": times.bound_s, "memory_idle": idle}
        print(
            f"{gateway.description.name}: ready after {times.ready_s:.2f} s, bound after {times.bound_s:.2f} s", end=""
        )
        print(f", {idle / 1e6:.0f} MB when idle; its data are on {kind}", flush=True)
        if kind in ("tmpfs", "ramfs"):
            print("That filesystem is memory: nothing is really stored, and the figures flatter. See --folder.")
        return impossible

    # --- scenarios ---

    def _run_cells(self, bench: Bench, impossible: dict[str, str]) -> bool:
        runs: list[Run] = []
        self.report["runs"], self.report["not_measured"] = [], {}
        failed = False
        for cell in self.chosen.cells:
            if lacking := why_impossible(cell, bench.gateway.description):  # known before, and no fault of this run
                self._not_measured(cell, lacking)
                continue
            try:
                if refused := impossible.get(cell.kind):
                    raise CellFailed(refused)
                self._run_cell(bench, cell, runs)
            except CellFailed as error:
                self._not_measured(cell, str(error))
                failed = True
        if runs:
            print("\n" + table.runs_table(runs))
        return bool(runs) and not failed and self._all_clean

    def _not_measured(self, cell: Cell, reason: str) -> None:
        self.report["not_measured"][str(cell)] = reason
        print(f"{cell} is not measured: {reason}", flush=True)

    def _run_cell(self, bench: Bench, cell: Cell, runs: list[Run]) -> None:
        count = self.chosen.count or self._messages_for(bench, cell)
        for _ in range(self.chosen.reps):
            run = measure.run(bench, cell, count)
            runs.append(run)
            self._all_clean &= run.is_clean
            self.report["runs"].append(run.as_json())
            print(f"{time.strftime('%H:%M:%S')} {table.run_line(run)}", flush=True)

    def _messages_for(self, bench: Bench, cell: Cell) -> int:
        """How many make a run of --seconds. A short try says too little of a speed, hence a second, longer one."""
        if cell.rate:
            return max(1, int(cell.rate * self.chosen.seconds))
        first = self._speed(bench, cell, FIRST_TRY)
        second = self._speed(bench, cell, max(FIRST_TRY, int(first * SECOND_TRY_S)))
        return max(FIRST_TRY, int(second * self.chosen.seconds) // 100 * 100)

    def _speed(self, bench: Bench, cell: Cell, count: int) -> float:
        """Messages a second, to the very end, of a run whose figures are not kept; what it loses counts."""
        run = measure.run(bench, cell, count, with_bounds=False)
        if not run.is_clean:
            self._all_clean = False
            print(f"while the length of a run was sought: {table.run_line(run)}", flush=True)
        waiting_s = bench.receipt_delay_s if cell.has_receipts else 0.0
        return (count - run.lost) / max(0.05, run.wall_s - waiting_s)

    # --- outages ---

    def _outage(self, bench: Bench, options: list[str]) -> bool:
        cell: Cell = self.chosen.cells[0]
        if reason := why_impossible(cell, bench.gateway.description):
            raise CellFailed(f"{cell} cannot be measured: {reason}")
        victim = "gateway" if self.chosen.what == "crash" else "smsc"
        plan = outage.Plan(victim, cell, self.chosen.count, self.chosen.at, self.chosen.down, options)
        result = outage.run(bench, plan)
        self.report["outage"] = result.as_json()
        print(table.outage_text(result))
        return not (result.lost or result.receipts_lost)
