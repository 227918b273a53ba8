"""Starts worker processes: what they are given of this one, and what they are not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.protocol import ProcessProtocol

_HOME = str(Path(__file__).resolve().parent.parent)
_SECRETS = "JASMINLIKE_"
"""The gateway's own settings, passwords among them, are no business of scripts."""


def spawner(reactor: Any, folder: Path, megabytes: int) -> Callable[[ProcessProtocol], Any]:
    """What starts a worker in `folder`, with at most so many megabytes of memory (0 = any number)."""

    def spawn(protocol: ProcessProtocol) -> Any:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        env = {name: value for name, value in os.environ.items() if not name.startswith(_SECRETS)}
        env["PYTHONPATH"] = os.pathsep.join([_HOME, *filter(None, [env.get("PYTHONPATH")])])
        env["PYTHONUNBUFFERED"] = "1"
        # -P: a file of that folder named like a module must not be taken for it.
        args = [sys.executable, "-P", "-m", "interceptors.worker", "--memory", str(megabytes)]
        return reactor.spawnProcess(protocol, sys.executable, args, env, str(folder), childFDs={0: "w", 1: "r", 2: "r"})

    return spawn
