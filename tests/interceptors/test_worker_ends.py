"""A worker does not outlive the gateway, even in an endless script and even when the gateway is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARENT = """
import subprocess, sys
worker = subprocess.Popen([sys.executable, "-P", "-m", "interceptors.worker"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, env={"PYTHONPATH": %r})
worker.stdout.read(1)
print(worker.pid, flush=True)
sys.stdin.read()
"""


def test_a_worker_dies_with_its_gateway() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT % str(ROOT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert parent.stdin is not None and parent.stdout is not None
    with parent.stdin, parent.stdout:
        worker = int(parent.stdout.readline())
        descriptor = os.pidfd_open(worker)
        # Stopped, it cannot read its pipe's end, as one that is busy cannot.
        os.kill(worker, signal.SIGSTOP)
        parent.kill()
        parent.wait()
        ended = subprocess.run(
            [sys.executable, "-c", "import select, sys; sys.exit(not select.select([int(sys.argv[1])], [], [], 10)[0])",
             str(descriptor)], pass_fds=[descriptor],
        )  # fmt: skip
    os.close(descriptor)
    assert ended.returncode == 0
