"""The command line of the bench: run, crash, smsc, bound.

Exit codes:
  0    all is well
  1    something was lost, doubled or refused, or could not be measured
  2    wrong arguments, or a wrong description
  3    the gateway did not start, bind or survive, or its console refused the setting-up
  4    the load tools could not be built or started, or somebody ended one
  130  interrupted
"""

from __future__ import annotations

import argparse
import signal
from pathlib import Path
from types import FrameType

from bench import cells
from bench.errors import BenchError, ConsoleFailed, DescriptionWrong, GatewayFailed, ToolsFailed
from bench.session import Session

QUICK = {"cells": "A,B,C-w100-s1,D,E", "seconds": 3.0, "reps": 1, "patience": 5.0}
FULL = {"cells": "A,B,C-w100-s1,D,E", "seconds": 10.0, "reps": 3, "patience": 20.0}
OUTAGE_MESSAGES = 5000
OUTAGE_PATIENCE_S = 40.0  # longer than the usual 30 s until a gateway tries a callback or a bind again
EXIT_NOT_CLEAN, EXIT_USAGE, EXIT_GATEWAY, EXIT_TOOLS, EXIT_INTERRUPTED = 1, 2, 3, 4, 130
EXIT_CODES: dict[type[BenchError], int] = {
    DescriptionWrong: EXIT_USAGE,
    GatewayFailed: EXIT_GATEWAY,
    ConsoleFailed: EXIT_GATEWAY,
    ToolsFailed: EXIT_TOOLS,
}


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench",
        description="Measures an SMS gateway with real traffic on the loopback; see bench/README.md.",
        epilog=f"{cells.__doc__}\n{__doc__}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = "run: the scenarios; crash: SIGKILL the gateway in mid-load; smsc: SIGKILL the SMSC; bound: the tools alone"
    parser.add_argument("what", nargs="?", default="run", choices=["run", "crash", "smsc", "bound"], help=what)
    parser.add_argument("--quick", action="store_true", help="one short run of each scenario, under a minute in all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured there")

    gateway = parser.add_argument_group("the gateway")
    gateway.add_argument("--gateway", default="jasminlike", help="name in bench/gateways/, or path of a JSON file")
    gateway.add_argument("--jasmind", type=Path, help="the jasmind to measure (default: .venv/bin/jasmind)")
    gateway.add_argument("--folder", type=Path, help="where its private folder is made (default: bench/build)")
    gateway.add_argument("--keep", action="store_true", help="do not remove the private folder at the end")

    load = parser.add_argument_group("the load")
    load.add_argument("--cells", help=f"scenarios, separated by commas (default: {FULL['cells']})")
    load.add_argument("--seconds", type=float, help=f"about the length of a run (default: {FULL['seconds']})")
    load.add_argument("--reps", type=int, help=f"runs of each scenario (default: {FULL['reps']})")
    load.add_argument("--count", type=int, help=f"messages of a run, instead of --seconds (outages: {OUTAGE_MESSAGES})")
    load.add_argument("--patience", type=float, help="seconds without anything new until the missing counts as lost")

    smsc = parser.add_argument_group("the SMSC")
    smsc.add_argument("--dlr-delay-ms", type=int, default=1000, help="receipts come so much later (default: 1000)")
    smsc.add_argument("--delayed-ack", action="store_true", help="let its kernel delay TCP acknowledgements by 40 ms")

    outage = parser.add_argument_group("crash and smsc")
    outage.add_argument(
        "--at", type=float, default=0.0, help="seconds until the kill (default: at 40 %% of the messages)"
    )
    outage.add_argument("--down", type=float, default=1.0, help="seconds from the kill to the restart (default: 1)")
    return parser


def read_arguments(argv: list[str] | None) -> argparse.Namespace:
    """What was chosen, with the defaults of the chosen length filled in. A wrong argument ends the program with 2."""
    parser = arguments()
    chosen = parser.parse_args(argv)
    is_outage = chosen.what in ("crash", "smsc")
    if is_outage:
        chosen.cells = chosen.cells or "A"
        chosen.count = chosen.count or OUTAGE_MESSAGES
        chosen.patience = chosen.patience or OUTAGE_PATIENCE_S
    for name, value in (QUICK if chosen.quick else FULL).items():
        if getattr(chosen, name) is None:
            setattr(chosen, name, value)
    if chosen.seconds <= 0 or chosen.reps < 1 or (chosen.count is not None and chosen.count < 1):
        parser.error("--seconds, --reps and --count are positive")
    chosen.cells = cells.parse(chosen.cells)
    if is_outage and (len(chosen.cells) > 1 or chosen.cells[0].kind == "E"):
        parser.error("crash and smsc take one scenario of A, B, C, D")
    return chosen


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(argv: list[str] | None = None) -> int:
    """The whole program; returns the exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        is_clean = Session(read_arguments(argv)).go()
    except KeyboardInterrupt:
        print("interrupted; everything that was started has been stopped")
        return EXIT_INTERRUPTED
    except BenchError as error:
        print(error)
        return EXIT_CODES.get(type(error), EXIT_NOT_CLEAN)
    return 0 if is_clean else EXIT_NOT_CLEAN
