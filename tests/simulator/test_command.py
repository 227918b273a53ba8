"""`jasmind simulator` as an operator meets it: a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from io import StringIO

import pytest
import pytest_twisted

from jasminlike.simulator.command import EVERY, report
from jasminlike.smpp.codec import decode, encode
from jasminlike.smpp.pdu import BindTransceiver, SubmitSm
from tests.simulator.conftest import World
from tests.simulator.esme import message

PROGRAM = """
import argparse, sys
from twisted.internet import reactor
from jasminlike.simulator import command
parser = argparse.ArgumentParser(prog="jasmind simulator")
command.add_arguments(parser)
sys.exit(command.run(parser.parse_args(), reactor))
"""

Process = subprocess.Popen[str]


class Started(list[Process]):
    def __call__(self, *arguments: str) -> Process:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "COLUMNS": "200"},
        )
        self.append(process)
        return process


@pytest.fixture
def start() -> Iterator[Started]:
    started = Started()
    yield started
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_and_at_the_end_what_it_did(start: Started, how: signal.Signals) -> None:
    process = start("--port", "0", "--seed", "9")
    assert process.stdout is not None
    found = re.fullmatch(r"simulator listens on 127\.0\.0\.1:(\d+)\n", process.stdout.readline())
    assert found
    with socket.create_connection(("127.0.0.1", int(found[1]))) as line:
        line.sendall(encode(BindTransceiver(system_id=b"me", sequence=1)))
        assert decode(line.recv(1000)).status == 0
        line.sendall(encode(SubmitSm(destination_addr=b"336", sequence=2)) * 3)
        line.recv(1)
        process.send_signal(how)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    summary = json.loads(out)
    assert (summary["seed"], summary["binds"], summary["accepted"]) == (9, 1, 3)


def test_a_port_in_use_is_a_clear_message_and_status_1(start: Started) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("--port", str(port))
        out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert (out, err) == ("", f"simulator: cannot listen on 127.0.0.1:{port}: Address already in use\n")


def test_a_control_port_in_use_is_named(start: Started) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("--port", "0", "--control-port", str(port))
        out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert (out, err) == ("", f"simulator: cannot listen on 127.0.0.1:{port}: Address already in use\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "nowhere.example"], "host: 'nowhere.example' is not an IP address of this machine"),
        (["--certificate-file", "none.pem"], "certificate_file: none.pem cannot be read: No such file or directory"),
    ],
)
def test_what_cannot_work_is_a_clear_message_and_status_1(start: Started, arguments: list[str], message: str) -> None:
    process = start("--port", "0", *arguments)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (1, "", f"simulator: {message}\n")


def test_the_control_port_is_told_too(start: Started) -> None:
    process = start("--port", "0", "--control-port", "0")
    assert process.stdout is not None
    process.stdout.readline()
    found = re.fullmatch(r"control port on 127\.0\.0\.1:(\d+)\n", process.stdout.readline())
    assert found
    with socket.create_connection(("127.0.0.1", int(found[1]))) as line, line.makefile("rw") as lines:
        lines.write("stats\n")
        lines.flush()
        assert json.loads(lines.readline())["sessions"] == 0


@pytest_twisted.ensureDeferred
async def test_figures_are_printed_every_few_seconds(world: World) -> None:
    simulator = await world.simulator(error_share=1)
    esme = await world.bound(simulator)
    out = StringIO()
    report(simulator, out, 0)
    esme.submit(*[message() for _ in range(50)])
    await esme.answered(50)
    await world.pass_time(EVERY)
    await world.pass_time(EVERY)
    lines = out.getvalue().splitlines()
    assert lines == [
        "sessions 1, messages 0 (0/s, 0 refused), receipts 0, incoming 0, waiting 0",
        "sessions 1, messages 50 (10/s, 50 refused), receipts 0, incoming 0, waiting 0",
        "sessions 1, messages 50 (0/s, 50 refused), receipts 0, incoming 0, waiting 0",
    ]


def test_a_wrong_option_is_refused_with_its_reason(start: Started) -> None:
    process = start("--error-share", "5")
    _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "argument --error-share: 5 is not a share: it goes from 0 to 1, or from 0% to 100%" in err
