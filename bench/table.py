"""What is printed: one line for each run while it goes on, and a table of medians at the end."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from bench.measure import Run
from bench.outage import Outage
from bench.tools import Stats

LEGEND = """\
msg/s: at the far end (the SMSC; for E the callback URL), median and every run · accepted/s: answered by the gateway
request, end to end, receipt: p50 / p99 in ms; without @RATE end to end shows the queue of a full gateway
CPU: processor time of the gateway per message · memory: its peak · of bound: msg/s against the tools without a gateway
lost, doubled: messages and receipts · foreign CPU: processors in use by others; above 0.1 the figures say little"""


def milliseconds(microseconds: float | None) -> str:
    """`0.123`, `1.23`, `12.3`, `123`; "–" for None."""
    if microseconds is None:
        return "–"
    value = microseconds / 1000
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _median(runs: Sequence[Run], figure: Callable[[Run], float | None]) -> float | None:
    values = [value for run in runs if (value := figure(run)) is not None]
    return statistics.median(values) if values else None


def _pair(runs: Sequence[Run], p50: Callable[[Run], float | None], p99: Callable[[Run], float | None]) -> str:
    middle, late = _median(runs, p50), _median(runs, p99)
    return "–" if middle is None else f"{milliseconds(middle)} / {milliseconds(late)}"


def _missing(runs: Sequence[Run]) -> str:
    lost, doubled = sum(run.lost for run in runs), sum(run.doubled for run in runs)
    text = f"{lost}, {doubled}"
    if runs[0].receipts_lost is not None:
        text += f"; {sum(run.receipts_lost or 0 for run in runs)}, {sum(run.receipts_doubled or 0 for run in runs)}"
    refused = sum(run.not_accepted for run in runs)
    return text + (f" ({refused} not accepted)" if refused else "")


def _of_bound(run: Run) -> float | None:
    bound = run.bounds.get("smpp" if run.cell[0] in "CD" else "http")
    return 100 * run.rate / bound if bound else None


def run_line(run: Run) -> str:
    """One run, for whoever is watching."""
    parts = [
        f"{run.cell}: {run.messages} messages",
        f"{run.rate:,.0f}/s",
        f"request {milliseconds(run.request_p50)}/{milliseconds(run.request_p99)} ms",
        f"end to end {milliseconds(run.end_to_end_p50)}/{milliseconds(run.end_to_end_p99)} ms",
        f"{run.cpu_us_per_message:.0f} µs CPU a message",
        f"lost {run.lost}, doubled {run.doubled}",
    ]
    if run.receipts_rate is not None:
        parts.append(f"receipts {run.receipts_rate:,.0f}/s, lost {run.receipts_lost}, doubled {run.receipts_doubled}")
    if run.not_accepted:
        parts.append(f"{run.not_accepted} not accepted")
    if run.backlog_when_load_ended:
        parts.append(f"backlog {run.backlog_when_load_ended} when the load ended")
    return " · ".join(parts)


def render(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns also line up in a terminal."""
    widths = [max(len(row[at]) for row in (headers, *rows)) for at in range(len(headers))]
    lines = [headers, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def runs_table(runs: Sequence[Run]) -> str:
    """Medians of every cell."""
    headers = ["cell", "messages", "msg/s", "accepted/s", "receipts/s", "request", "end to end", "receipt", "CPU µs"]
    headers += ["memory MB", "lost, doubled", "of bound", "foreign CPU"]
    rows = []
    for cell in dict.fromkeys(run.cell for run in runs):
        same = [run for run in runs if run.cell == cell]
        every = f" ({', '.join(_number(run.rate) for run in same)})" if len(same) > 1 else ""
        of_bound = _median(same, _of_bound)
        rows.append(
            [
                cell,
                _number(same[0].messages),
                _number(_median(same, lambda run: run.rate)) + every,
                _number(_median(same, lambda run: run.accept_rate)),
                _number(_median(same, lambda run: run.receipts_rate)),
                _pair(same, lambda run: run.request_p50, lambda run: run.request_p99),
                _pair(same, lambda run: run.end_to_end_p50, lambda run: run.end_to_end_p99),
                _pair(same, lambda run: run.receipts_p50, lambda run: run.receipts_p99),
                _number(_median(same, lambda run: run.cpu_us_per_message)),
                _number(max(run.memory_peak for run in same) / 1e6),
                _missing(same),
                "–" if of_bound is None else f"{of_bound:.2g} %",
                _number(_median(same, lambda run: run.foreign_cpu_share), 2),
            ]
        )
    return render(headers, rows) + "\n" + LEGEND


def outage_text(outage: Outage) -> str:
    """What a kill cost."""
    ready = "" if outage.back_ready_s is None else f"ready after {outage.back_ready_s:.1f} s, "
    text = (
        f"{outage.victim} killed after {outage.killed_after_s:.1f} s of a load of {outage.messages} messages "
        f"({outage.cell}), with {outage.at_smsc_when_killed} at the SMSC; {ready}"
        f"bound again after {outage.back_bound_s:.1f} s\n"
        f"accepted {outage.accepted} · at the SMSC {outage.at_smsc} · lost {outage.lost} · "
        f"came twice or more {outage.doubled} ({outage.extra_copies} extra copies) · "
        f"at the SMSC without an answer to the client {outage.seen_without_answer}"
    )
    if outage.receipts_lost is not None:
        text += f"\nreceipts: lost {outage.receipts_lost} · came twice or more {outage.receipts_doubled}"
    return text


def bounds_table(measured: Sequence[tuple[str, Stats]]) -> str:
    """The tools against each other."""
    rows: list[list[str]] = []
    for name, result in measured:
        times: dict[str, Any] = result.get("resp_us") or result["latency_us"]
        rows.append([name, _number(result["rate"]), f"{milliseconds(times['p50'])} / {milliseconds(times['p99'])}"])
    return render(["the tools against each other", "a second", "answer p50 / p99 ms"], rows)
