"""What survives when one side is killed in the middle of a load.

`crash` kills the gateway (SIGKILL) and starts it again; `smsc` kills the simulator and brings it back. Afterwards the
numbers that the gateway accepted are compared with those that reached the simulator.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from bench.cells import Cell, load_command
from bench.errors import CellFailed, GatewayFailed
from bench.measure import Bench
from bench.tools import Load, Simulator, wait_until

KILLED_AT_SHARE = 0.4  # of the messages at the SMSC
LOAD_STARTS_WITHIN_S = 60.0
SMSC_BACK_WITHIN_S = 180.0


@dataclass(frozen=True)
class Outage:
    """`lost` is the figure that matters: accepted by the gateway, and never seen by the SMSC."""

    victim: str
    cell: str
    messages: int
    killed_after_s: float
    at_smsc_when_killed: int
    back_ready_s: float | None  # from the restart until it is ready, for a killed gateway
    back_bound_s: float  # from the restart until it is bound again
    accepted: int
    at_smsc: int
    lost: int
    doubled: int  # messages that came more than once
    extra_copies: int
    seen_without_answer: int  # at the SMSC, though the client never got its answer
    receipts_lost: int | None
    receipts_doubled: int | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Plan:
    """When to kill whom. `at_s` 0 means: when two messages of five have come through."""

    victim: str  # "gateway" or "smsc"
    cell: Cell
    messages: int
    at_s: float
    down_s: float
    simulator_options: list[str]


def run(bench: Bench, plan: Plan) -> Outage:
    """Raises CellFailed when the load ended before the kill, GatewayFailed when the gateway does not come back."""
    accepted_file = bench.folder / "accepted.txt"
    bench.simulator.command("reset")
    bench.sink.reset()
    tool, arguments = load_command(plan.cell, bench.gateway.description, plan.messages)
    load = Load(tool, [*arguments, "--ok-log", str(accepted_file)], bench.folder)
    try:
        begin = time.monotonic()
        _wait_for_the_moment(bench, plan, load)
        killed_after_s, at_smsc_when_killed = time.monotonic() - begin, int(bench.simulator.stats()["accepted"])
        back_ready_s, back_bound_s = _kill_and_bring_back(bench, plan)
        load.result(timeout=400)
    finally:
        load.stop()
    _settle(bench)
    accepted = {int(number) for number in accepted_file.read_text().split()}
    seen = bench.simulator.seen(bench.folder / "seen.txt")
    outage = Outage(
        victim=plan.victim,
        cell=str(plan.cell),
        messages=plan.messages,
        killed_after_s=killed_after_s,
        at_smsc_when_killed=at_smsc_when_killed,
        back_ready_s=back_ready_s,
        back_bound_s=back_bound_s,
        accepted=len(accepted),
        at_smsc=len(seen),
        lost=len(accepted - seen.keys()),
        doubled=sum(count > 1 for count in seen.values()),
        extra_copies=sum(count - 1 for count in seen.values()),
        seen_without_answer=len(seen.keys() - accepted),
        receipts_lost=None,
        receipts_doubled=None,
    )
    return _with_receipts(bench, outage, accepted) if plan.cell.kind == "B" else outage


def _wait_for_the_moment(bench: Bench, plan: Plan, load: Load) -> None:
    if plan.at_s:
        time.sleep(plan.at_s)
    elif not wait_until(
        lambda: bench.simulator.stats()["accepted"] >= plan.messages * KILLED_AT_SHARE, LOAD_STARTS_WITHIN_S, 0.002
    ):
        raise CellFailed(f"the load did not get through to the SMSC: {load.complaints}")
    if not load.is_running:
        raise CellFailed(f"the load of {plan.messages} had ended before the kill: take a larger --count, or a --rate")


def _kill_and_bring_back(bench: Bench, plan: Plan) -> tuple[float | None, float]:
    """Seconds until the gateway was ready again (None when it was not killed), and until it was bound again."""
    if plan.victim == "gateway":
        bench.gateway.crash()
        if not wait_until(lambda: not bench.simulator.is_bound(), 10):
            raise GatewayFailed("the killed gateway is still bound: did all of its processes die?")
        time.sleep(plan.down_s)
        times = bench.gateway.start_and_bind(bench.simulator)
        return times.ready_s, times.bound_s
    port = bench.simulator.smpp_port
    bench.simulator.kill()
    time.sleep(plan.down_s)
    begin = time.monotonic()
    bench.simulator = Simulator(bench.folder, plan.simulator_options, port)
    if not wait_until(bench.simulator.is_bound, SMSC_BACK_WITHIN_S):
        raise GatewayFailed(
            f"the gateway did not bind again within {SMSC_BACK_WITHIN_S:.0f} s after the SMSC came back"
        )
    return None, time.monotonic() - begin


def _settle(bench: Bench) -> None:
    """Until nothing has moved at the SMSC and at the sink for as long as patience goes."""
    last, moved_at = None, time.monotonic()
    while time.monotonic() - moved_at < bench.patience_s + bench.receipt_delay_s:
        time.sleep(0.2)
        now = (bench.simulator.stats()["accepted"], bench.sink.stats()["requests"])
        if now != last:
            last, moved_at = now, time.monotonic()


def _with_receipts(bench: Bench, outage: Outage, accepted: set[int]) -> Outage:
    receipts = bench.sink.final_receipts(bench.folder / "receipts.txt")
    doubled = sum(count > 1 for count in receipts.values())
    return replace(outage, receipts_lost=len(accepted - receipts.keys()), receipts_doubled=doubled)
