"""``jasmind simulator``: the options, the first line, the figures while it runs and at the end."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, TextIO

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.python.failure import Failure

from jasminlike.net.endpoints import EndpointError
from jasminlike.simulator.settings import OptionError, add_options, from_arguments
from jasminlike.simulator.smsc import Simulator

EVERY = 5.0
"""Seconds between two lines of figures."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the simulator's options."""
    parser.description = parser.description or (
        "An SMSC for trying things out: takes any bind and any message, sends receipts and messages of subscribers, "
        "and makes the mistakes it is told to make. On SIGINT or SIGTERM it prints its figures as JSON and ends."
    )
    add_options(parser)


def run(args: argparse.Namespace, reactor: Any, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Run a simulator until a signal ends the reactor; the exit status: 0, or 1 when it could not begin."""
    out, err = out or sys.stdout, err or sys.stderr
    try:
        simulator = Simulator(from_arguments(args), reactor)
    except OptionError as error:
        _say(err, f"simulator: {error}")
        return 1
    failed: list[str] = []
    reactor.callWhenRunning(_begin, simulator, reactor, out, failed)
    reactor.run()
    if failed:
        _say(err, f"simulator: {failed[0]}")
        return 1
    _say(out, json.dumps(simulator.stats()))
    return 0


def _begin(simulator: Simulator, reactor: Any, out: TextIO, failed: list[str]) -> None:
    async def begin() -> None:
        settings = simulator.settings
        try:
            port = await simulator.listen(reactor)
        except CannotListenError as error:
            problem = getattr(error.socketError, "strerror", None) or error.socketError
            failed.append(f"cannot listen on {error.interface}:{error.port}: {problem}")
        except EndpointError as error:
            failed.append(f"{'host' if error.setting == 'interface' else error.setting}: {error.problem}")
        if failed:
            reactor.stop()
            return
        reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromCoroutine(simulator.stop()))
        _say(out, f"simulator listens on {settings.host or '0.0.0.0'}:{port}")  # noqa: S104 - it says so, no more
        if simulator.control_port:
            _say(out, f"control port on 127.0.0.1:{simulator.control_port}")
        if settings.verbose:
            reactor.callLater(EVERY, report, simulator, out, simulator.counts.received)

    # An error we did not think of must not leave a reactor running that does nothing.
    def give_up(failure: Failure) -> None:
        failed.append(failure.getTraceback())
        reactor.stop()

    Deferred.fromCoroutine(begin()).addErrback(give_up)


def report(simulator: Simulator, out: TextIO, before: int) -> None:
    """Print a line of figures, and again every few seconds; ``before``: messages counted at the last line."""
    counts = simulator.counts
    received = counts.received
    rate = max(0, received - before) / EVERY
    refused = sum(counts.refused.values())
    _say(
        out,
        f"sessions {len(simulator.sessions)}, messages {received} ({rate:.0f}/s, {refused} refused), receipts "
        f"{counts.receipts}, incoming {counts.incoming}, waiting {simulator.post.waiting()}",
    )
    simulator.clock.callLater(EVERY, report, simulator, out, received)


def _say(stream: TextIO, line: str) -> None:
    stream.write(line + "\n")
    stream.flush()
