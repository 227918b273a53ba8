"""`jasmind`, the command: run the gateway, check its settings, run the simulator."""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from typing import Any, cast

from jasminlike import __version__
from jasminlike.errors import SettingError
from jasminlike.settings.load import FILE_VARIABLE, load
from jasminlike.settings.schema import Settings

STOP_SECONDS = 9.0
"""A stop that takes longer is cut short; what it had not written is in the journal already or was never promised."""
DEMO_FOLDER = "demo-data"


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point. Exit status: 0 done, 1 could not start or failed, 2 wrong use or settings."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if asked.command is None:
        parser.print_help()
        sys.exit(2)
    sys.exit(asked.call(asked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="jasmind", description="An SMS gateway: HTTP and SMPP in, SMPP to operators out, nothing lost on the way."
    )
    parser.add_argument("--version", action="version", version=f"jasmind {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="run the gateway",
        description="Runs the gateway until SIGTERM or SIGINT. SIGHUP reopens the log files.",
    )
    _add_settings(run)
    run.add_argument(
        "--demo",
        action="store_true",
        help=f"add a simulated operator, a user and a route, and print commands to try (data folder: {DEMO_FOLDER})",
    )
    run.set_defaults(call=_run)
    check = commands.add_parser(
        "check-config",
        help="check the settings and say what is wrong",
        description="Reads the settings as `run` would, prints what differs from the defaults, and starts nothing.",
    )
    _add_settings(check)
    check.set_defaults(call=_check)
    simulator = commands.add_parser(
        "simulator",
        help="run a simulated operator (SMSC)",
        description="An SMSC to test with: accepts binds, answers, sends receipts and incoming messages, makes faults.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    from jasminlike.simulator.command import add_arguments

    add_arguments(simulator)
    simulator.set_defaults(call=_simulate)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help=f"settings file (TOML); also from {FILE_VARIABLE}")
    parser.add_argument("--data", metavar="FOLDER", help="data folder: databases, logs, secrets (default: data)")
    parser.add_argument(
        "--set",
        metavar="SECTION.KEY=VALUE",
        action="append",
        default=[],
        dest="overrides",
        help="one setting; it overrides the file and the environment; may be given often",
    )


def _settings(asked: argparse.Namespace) -> Settings:
    overrides = list(asked.overrides)
    if asked.data is not None:
        overrides.append(f"data.folder={asked.data}")
    elif getattr(asked, "demo", False) and not any(each.startswith("data.folder=") for each in overrides):
        overrides.append(f"data.folder={DEMO_FOLDER}")
    return load(asked.config or os.environ.get(FILE_VARIABLE), os.environ, overrides)


def _complain(problem: str) -> None:
    print(f"jasmind: {problem}", file=sys.stderr, flush=True)


def _check(asked: argparse.Namespace) -> int:
    try:
        settings = _settings(asked)
    except SettingError as problem:
        _complain(str(problem))
        return 2
    from jasminlike.settings.render import differences

    for line in differences(settings):
        print(line)
    print("the settings are right")
    return 0


def _simulate(asked: argparse.Namespace) -> int:
    from twisted.internet import reactor  # noqa: TID251 - the command chooses the reactor

    from jasminlike.simulator.command import run

    return run(asked, reactor)


def _run(asked: argparse.Namespace) -> int:
    try:
        settings = _settings(asked)
    except SettingError as problem:
        _complain(str(problem))
        return 2
    from twisted.internet import reactor  # noqa: TID251 - the command chooses the reactor

    from jasminlike.app import Gateway

    # Timers and rates go by a clock that nobody sets; the wall's is asked where a date is meant.
    cast(Any, reactor).seconds = time.monotonic
    running = _Running(Gateway(settings, reactor, _say), reactor, asked.demo)
    return running.run()


def _say(line: str) -> None:
    print(line, flush=True)


def _calm_collector() -> None:
    """What was made at the start lives as long as the process, and messages make few cycles: look for them rarely."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


class _Running:
    """The life of the process around a gateway."""

    def __init__(self, gateway: Any, reactor: Any, demo: bool) -> None:
        self._gateway = gateway
        self._reactor = reactor
        self._demo = demo
        self._status = 0
        self._started = False

    def run(self) -> int:
        """Runs the reactor until a signal or a failed start ends it; the exit status."""
        os.umask(0o077)
        self._reactor.callWhenRunning(self._begin)
        self._reactor.addSystemEventTrigger("before", "shutdown", self._end)
        self._reactor.run()
        return self._status

    def _begin(self) -> None:
        from twisted.internet.defer import Deferred

        signal.signal(signal.SIGHUP, lambda *_ignored: self._reactor.callFromThread(self._reopen))
        Deferred.fromCoroutine(self._start()).addErrback(self._failed)

    async def _start(self) -> None:
        await self._gateway.start()
        self._started = True
        _calm_collector()
        if self._demo:
            from jasminlike.demo import prepare

            await prepare(self._gateway)
        _say("jasmind is ready")

    def _failed(self, failure: Any) -> None:
        self._status = 1
        if failure.check(SettingError):
            _complain(f"cannot start: {failure.getErrorMessage()}")
        else:
            _complain("cannot start, by an error of its own:")
            traceback.print_exception(failure.value, file=sys.stderr)
        self._reactor.callLater(0, self._reactor.stop)

    def _reopen(self) -> None:
        if self._started:
            self._gateway.logs.reopen()

    def _end(self) -> Any:
        """Waits for the gateway to stop, but not for ever."""
        from twisted.internet.defer import Deferred

        if not self._started:
            return None
        stopped = Deferred.fromCoroutine(self._gateway.stop())
        given_up: Deferred[None] = Deferred()
        timer = self._reactor.callLater(STOP_SECONDS, given_up.callback, None)

        def done(outcome: Any) -> None:
            if hasattr(outcome, "printTraceback"):
                outcome.printTraceback(sys.stderr)
            if timer.active():
                timer.cancel()
                given_up.callback(None)

        stopped.addBoth(done)
        return given_up
