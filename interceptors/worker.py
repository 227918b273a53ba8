"""The process that runs scripts: `python -m interceptors.worker --memory MEGABYTES`, spoken to over its pipes.

It runs one script after another. The gateway kills it when one takes too long, and starts another; a script that
wants more memory than is allowed gets a MemoryError, and the process retires after the answer. What scripts print goes
to standard error, which the gateway logs.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import signal
import sys
from types import CodeType

from interceptors.contract import RETIRED, Answer, Frames, Load, Ready, Request, downward, frame
from interceptors.execution import compile_script, run

MEGABYTE = 1_000_000
_READ = 65536
PR_SET_PDEATHSIG = 1


class Scripts:
    """The scripts this process knows."""

    def __init__(self) -> None:
        self._compiled: dict[str, CodeType] = {}

    def load(self, load: Load) -> None:
        """Compiles a script; the gateway sends only what it has compiled itself."""
        self._compiled[load.key] = compile_script(load.code, load.path)

    def answer(self, request: Request) -> tuple[Answer, bool]:
        """The answer, and whether the process is still fit."""
        try:
            return run(self._compiled[request.key], request), True
        except MemoryError:
            return Answer(error="MemoryError: the script needs more memory than is allowed"), False


def serve(source: int, target: int) -> int:
    """Answers requests until the gateway closes the pipe; the exit code."""
    scripts, frames = Scripts(), Frames()
    _write(target, frame(Ready(os.getpid())))
    while octets := os.read(source, _READ):
        for body in frames.feed(octets):
            message = downward.decode(body)
            if isinstance(message, Load):
                scripts.load(message)
                continue
            answer, fit = scripts.answer(message)
            sys.stdout.flush()
            _write(target, frame(answer))
            if not fit:
                return RETIRED
    return 0


def _write(target: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(target, octets) :]


def _die_with_parent() -> None:
    """A gateway that is killed cannot kill its workers, and one in an endless script would not see its pipe close."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> int:
    """Takes over standard input and output, and serves."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--memory", type=int, default=0, help="megabytes the process may have; 0 = any number")
    memory = parser.parse_args().memory * MEGABYTE
    if memory:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _die_with_parent()
    source, target = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    return serve(source, target)


if __name__ == "__main__":
    sys.exit(main())
