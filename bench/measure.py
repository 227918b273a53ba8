"""One measured run of one cell: load, wait until everything has arrived, read all counters."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bench import accounting, tools
from bench.cells import Cell, load_command
from bench.errors import CellFailed
from bench.gateway import Gateway
from bench.tools import Load, Simulator, Sink, Stats

POLL_S = 0.1
LATE_DUPLICATES_S = 0.3  # watched for after the last expected message
LONGEST_RUN_S = 400.0
BOUND_SMPP_MESSAGES = 300_000
BOUND_HTTP_REQUESTS = 30_000


@dataclass
class Bench:
    """What every run needs."""

    gateway: Gateway
    simulator: Simulator
    sink: Sink
    folder: Path
    receipt_delay_s: float
    patience_s: float  # nothing new for so long: what is missing then is lost

    def stop_simulator(self) -> None:
        """The one that runs now: an outage may have put another in its place."""
        self.simulator.stop()


@dataclass(frozen=True)
class Run:
    """The figures of one run: times in microseconds, rates in messages a second, None where a cell has none."""

    cell: str
    messages: int
    wall_s: float
    rate: float  # at the far end: the SMSC, for E the callback URL
    accept_rate: float | None  # at which the gateway said yes
    not_accepted: int
    lost: int  # accepted, and never at the far end
    doubled: int  # copies beyond the first
    request_p50: int | None  # from request to answer
    request_p90: int | None
    request_p99: int | None
    end_to_end_p50: int
    end_to_end_p99: int
    receipts_rate: float | None
    receipts_p50: int | None
    receipts_p99: int | None
    receipts_lost: int | None
    receipts_doubled: int | None
    backlog_when_load_ended: int | None  # accepted, and not at the far end yet
    cpu_us_per_message: float  # of the gateway's processes
    gateway_cpu_share: float  # of one processor
    tools_cpu_share: float
    foreign_cpu_share: float  # by processes that are neither the gateway's nor ours
    stolen_cpu_share: float  # by the hypervisor
    memory_peak: int  # bytes resident, all processes of the gateway, sampled
    bounds: dict[str, float]  # the tools against each other just before, in messages a second
    load: Stats = field(repr=False)
    simulator: Stats = field(repr=False)
    sink: Stats = field(repr=False)

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.not_accepted or self.receipts_lost or self.receipts_doubled)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def bounds(bench: Bench) -> dict[str, float]:
    """What the tools can do without a gateway between them, right now."""
    smpp = tools.smpp_bound(bench.simulator, bench.folder, BOUND_SMPP_MESSAGES)
    http = tools.http_bound(bench.sink, bench.folder, BOUND_HTTP_REQUESTS)
    return {"smpp": float(smpp["rate"]), "http": float(http["rate"])}


class _Meter:
    """Processor time and memory between its making and `stop`."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._tool_pids = [bench.simulator.pid, bench.sink.pid]
        self._begin = time.monotonic()
        self._gateway = bench.gateway.usage()
        self._tools = accounting.usage(self._tool_pids).cpu_s + self._own_time()
        self._machine = accounting.machine()
        self.memory_peak = self._gateway.resident

    @staticmethod
    def _own_time() -> float:
        """This process and the load generators that it has waited for."""
        times = os.times()
        return times.user + times.system + times.children_user + times.children_system

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._begin

    def sample(self) -> None:
        self.memory_peak = max(self.memory_peak, self._bench.gateway.usage().resident)

    def stop(self, messages: int) -> dict[str, Any]:
        wall_s, machine, gateway = self.elapsed_s, accounting.machine(), self._bench.gateway.usage()
        gateway_s = gateway.cpu_s - self._gateway.cpu_s
        tools_s = accounting.usage(self._tool_pids).cpu_s + self._own_time() - self._tools
        foreign_s = machine.busy_s - self._machine.busy_s - gateway_s - tools_s
        return {
            "cpu_us_per_message": gateway_s / messages * 1e6,
            "gateway_cpu_share": gateway_s / wall_s,
            "tools_cpu_share": tools_s / wall_s,
            "foreign_cpu_share": max(0.0, foreign_s) / wall_s,
            "stolen_cpu_share": (machine.stolen_s - self._machine.stolen_s) / wall_s,
            "memory_peak": max(self.memory_peak, gateway.resident),
        }


@dataclass
class _Outcome:
    """How the load went and how the wait for its end went."""

    load: Stats
    wall_s: float
    backlog: int | None


def run(bench: Bench, cell: Cell, messages: int, with_bounds: bool = True) -> Run:
    """Sends that many messages through. Raises CellFailed when the gateway takes none, GatewayFailed when it dies."""
    tool_rates = bounds(bench) if with_bounds else {}
    bench.simulator.command("reset")
    bench.sink.reset()
    meter = _Meter(bench)
    if cell.kind == "E":
        bench.simulator.command(f"mo {messages} {cell.rate}")
        outcome = _wait(bench, cell, messages, None, meter)
    else:
        load = Load(*load_command(cell, bench.gateway.description, messages), bench.folder)
        try:
            outcome = _wait(bench, cell, messages, load, meter)
        finally:
            load.stop()
    costs = meter.stop(messages)
    simulator, sink = bench.simulator.stats(), bench.sink.stats()
    figures = _incoming(messages, sink) if cell.kind == "E" else _outgoing(cell, messages, outcome.load, simulator)
    if cell.kind == "B":
        figures |= _callback_receipts(outcome.load, sink)
    if cell.kind == "D":
        figures |= _smpp_receipts(outcome.load)
    figures |= {"backlog_when_load_ended": outcome.backlog, "bounds": tool_rates, "wall_s": outcome.wall_s} | costs
    return Run(str(cell), messages, load=outcome.load, simulator=simulator, sink=sink, **figures)


def _arrived(bench: Bench, cell: Cell) -> tuple[int, object]:
    """How many messages have come through to the very end, and a mark that changes while anything moves."""
    simulator = bench.simulator.stats()
    if cell.kind in "BE":
        sink = bench.sink.stats()
        moving = (simulator["accepted"], sink["requests"])
        return sink["unique_final"] + (sink["unique_other"] if cell.kind == "E" else 0), moving
    return simulator["unique"], simulator["accepted"]


def _wait(bench: Bench, cell: Cell, messages: int, load: Load | None, meter: _Meter) -> _Outcome:
    """Until everything accepted has arrived, or nothing has moved for too long."""
    result: Stats = {}
    wanted, backlog, last_mark, moved_at = messages, None, None, 0.0
    while meter.elapsed_s < LONGEST_RUN_S:
        time.sleep(POLL_S)
        meter.sample()
        bench.gateway.raise_if_dead()
        arrived, mark = _arrived(bench, cell)
        if load is not None and not result and not load.is_running:
            result = load.result()
            _refuse_if_none_accepted(result, load)
            wanted = result["ok"]
            backlog = wanted - int(bench.simulator.stats()["unique"])
        is_loaded = load is None or bool(result)
        if is_loaded and arrived >= wanted:
            break
        if mark != last_mark or not is_loaded:
            last_mark, moved_at = mark, meter.elapsed_s
        elif meter.elapsed_s - moved_at > bench.patience_s + bench.receipt_delay_s:
            break
    wall_s = meter.elapsed_s
    time.sleep(LATE_DUPLICATES_S)
    if load is not None and not result:
        raise CellFailed(f"the load did not end within {LONGEST_RUN_S:.0f} s")
    return _Outcome(result, wall_s, backlog)


def _refuse_if_none_accepted(result: Stats, load: Load) -> None:
    if not result["ok"]:
        reasons = result.get("status") or result.get("errors_by_status") or "no answer at all"
        raise CellFailed(f"none of {result['count']} messages was accepted: {reasons}\n{load.complaints}")


def _outgoing(cell: Cell, messages: int, load: Stats, simulator: Stats) -> dict[str, Any]:
    request = load["latency_us" if cell.kind in "AB" else "resp_us"]
    return {
        "rate": simulator["rate"],
        "accept_rate": load["rate"],
        "not_accepted": messages - load["ok"],
        "lost": max(0, load["ok"] - simulator["unique"]),
        "doubled": simulator["duplicates"],
        "request_p50": request["p50"],
        "request_p90": request["p90"],
        "request_p99": request["p99"],
        "end_to_end_p50": simulator["e2e_us"]["p50"],
        "end_to_end_p99": simulator["e2e_us"]["p99"],
        **dict.fromkeys(("receipts_rate", "receipts_p50", "receipts_p99", "receipts_lost", "receipts_doubled")),
    }


def _incoming(messages: int, sink: Stats) -> dict[str, Any]:
    arrived = sink["unique_other"] + sink["unique_final"]
    way = sink["other_us"] if sink["other"] else sink["final_us"]
    return {
        "rate": sink["rate"],
        "accept_rate": None,
        "not_accepted": 0,
        "lost": messages - arrived,
        "doubled": sink["duplicate_other"] + sink["duplicate_final"],
        **dict.fromkeys(("request_p50", "request_p90", "request_p99")),
        "end_to_end_p50": way["p50"],
        "end_to_end_p99": way["p99"],
        **dict.fromkeys(("receipts_rate", "receipts_p50", "receipts_p99", "receipts_lost", "receipts_doubled")),
    }


def _callback_receipts(load: Stats, sink: Stats) -> dict[str, Any]:
    return {
        "receipts_rate": sink["final_rate"],
        "receipts_p50": sink["final_us"]["p50"],
        "receipts_p99": sink["final_us"]["p99"],
        "receipts_lost": max(0, load["ok"] - sink["unique_final"]),
        "receipts_doubled": sink["duplicate_final"],
    }


def _smpp_receipts(load: Stats) -> dict[str, Any]:
    receipts = load["dlr"]
    return {
        "receipts_rate": receipts["rate"],
        "receipts_p50": receipts["p50_us"],
        "receipts_p99": receipts["p99_us"],
        "receipts_lost": load["ok"] - receipts["final"],
        "receipts_doubled": receipts["duplicates"] + receipts["unmatched"],
    }
