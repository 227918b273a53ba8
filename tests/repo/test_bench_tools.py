"""The bench measures rightly: the load tools against each other, and a whole run against a tiny gateway whose faults
are known. A bench that overlooks a lost message would be worse than none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import accounting, cells, description, table, tools
from bench.errors import DescriptionWrong, ToolsFailed
from bench.tools import Load, Simulator, Sink, Tool

FAKE = Path(__file__).with_name("bench_gateway.py")
RUN = tools.SOURCES / "run.py"
FINAL = "level=2"


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    tools.build()


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Simulator]:
    with_receipts_at_once = Simulator(tmp_path, ["--quickack"])
    yield with_receipts_at_once
    with_receipts_at_once.stop()


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[Sink]:
    started = Sink(tmp_path, FINAL)
    yield started
    started.stop()


def smppload(simulator: Simulator, folder: Path, *options: str) -> dict[str, Any]:
    return Load("smppload", ["--port", str(simulator.smpp_port), *options], folder).result(30)


def httpload(sink: Sink, folder: Path, query: str, *options: str) -> dict[str, Any]:
    url = f"http://127.0.0.1:{sink.http_port}/callback?{query}"
    return Load("httpload", ["load", "--url", url, *options], folder).result(30)


def run_tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(tools.BUILT / name), *arguments], capture_output=True, text=True, timeout=30)


# --- smppload and smscsim ---


def test_every_message_is_counted_once_and_gets_its_receipt(simulator: Simulator, tmp_path: Path) -> None:
    result = smppload(simulator, tmp_path, "--count", "300", "--sessions", "3", "--registered-delivery", "1")
    assert (result["sent"], result["ok"], result["errors"], result["unanswered"]) == (300, 300, 0, 0)
    assert result["rate"] > 0
    assert 0 < result["resp_us"]["p50"] <= result["resp_us"]["p99"] <= result["resp_us"]["max"]
    assert (result["dlr"]["final"], result["dlr"]["duplicates"], result["dlr"]["unmatched"]) == (300, 0, 0)
    stats = simulator.stats()
    assert (stats["accepted"], stats["unique"], stats["duplicates"], stats["no_seq"]) == (300, 300, 0, 0)
    assert (stats["binds"], stats["unbinds"], stats["bound_now"], stats["unique_dests"]) == (3, 3, 0, 300)
    assert (stats["dlr_requested"], stats["dlr_sent"], stats["dlr_acked"]) == (300, 300, 300)
    assert stats["e2e_us"]["n"] == 300
    assert sum(stats["per_second"]) == 300


def test_a_number_seen_before_is_a_duplicate_until_a_reset(simulator: Simulator, tmp_path: Path) -> None:
    smppload(simulator, tmp_path, "--count", "20", "--seq-base", "100")
    smppload(simulator, tmp_path, "--count", "30", "--seq-base", "110")
    assert (simulator.stats()["unique"], simulator.stats()["duplicates"]) == (40, 10)
    seen = simulator.seen(tmp_path / "seen.txt")
    assert {number for number, count in seen.items() if count == 2} == set(range(110, 120))
    assert set(seen) == set(range(100, 140))
    simulator.command("reset")
    assert simulator.stats()["accepted"] == 0
    assert simulator.seen(tmp_path / "seen.txt") == {}


def test_a_text_without_a_mark_is_told_apart(simulator: Simulator, tmp_path: Path) -> None:
    smppload(simulator, tmp_path, "--count", "5", "--seq-base", "20000000")  # beyond the largest that is counted
    assert (simulator.stats()["accepted"], simulator.stats()["no_seq"]) == (5, 5)


def test_refusals_are_reported_by_status(simulator: Simulator, tmp_path: Path) -> None:
    assert simulator.command("fail-status 0x45") == "ok"
    assert simulator.command("fail-pct 100") == "ok"
    result = smppload(simulator, tmp_path, "--count", "10")
    assert (result["ok"], result["errors"], result["errors_by_status"]) == (0, 10, {"0x00000045": 10})
    assert (simulator.stats()["failed"], simulator.stats()["accepted"]) == (10, 0)


def test_throttled_messages_are_repeated_when_asked(simulator: Simulator, tmp_path: Path) -> None:
    simulator.command("throttle-pct 50")
    result = smppload(simulator, tmp_path, "--count", "100", "--retry-throttled")
    assert result["ok"] == 100
    assert result["retried_throttled"] == simulator.stats()["throttled"] > 0


def test_unanswered_messages_of_a_dropped_connection_are_lost_or_sent_again(
    simulator: Simulator, tmp_path: Path
) -> None:
    simulator.command("disconnect-every 50")
    result = smppload(simulator, tmp_path, "--count", "100", "--window", "10")
    assert result["ok"] < 100
    assert result["lost_on_disconnect"] > 0
    simulator.command("reset")
    result = smppload(simulator, tmp_path, "--count", "100", "--window", "10", "--reconnect")
    assert (result["ok"], simulator.stats()["unique"]) == (100, 100)
    assert result["disconnects"] == simulator.stats()["forced_drops"] > 0


def test_bad_receipts_and_delays_are_made(simulator: Simulator, tmp_path: Path) -> None:
    simulator.command("dlr-fail-pct 100")
    simulator.command("dlr-delay-ms 150")
    simulator.command("resp-delay-ms 30")
    result = smppload(simulator, tmp_path, "--count", "20", "--window", "20", "--registered-delivery", "1")
    assert (result["dlr"]["final"], result["dlr"]["not_delivrd"]) == (20, 20)
    assert result["resp_us"]["p50"] >= 30_000 * 0.96  # a histogram's bucket is 3 % wide
    assert result["dlr"]["p50_us"] >= 150_000 * 0.96


def test_messages_from_mobiles_reach_a_bound_receiver(simulator: Simulator, tmp_path: Path) -> None:
    load = Load("smppload", ["--port", str(simulator.smpp_port), "--count", "40", "--rate", "100"], tmp_path)
    assert simulator.command("mo 30 0") == "ok"
    assert load.result(30)["mo"] == 30
    assert (simulator.stats()["mo_sent"], simulator.stats()["mo_acked"]) == (30, 30)


def test_a_wrong_system_id_is_refused(tmp_path: Path) -> None:
    simulator = Simulator(tmp_path, ["--system-id", "somebody"])
    try:
        load = Load("smppload", ["--port", str(simulator.smpp_port), "--count", "1"], tmp_path)
        result = load.result(30)
        assert load.process.returncode == 1
        assert (result["ok"], result["errors_by_status"]) == (0, {"0x1000000f": 1})
        assert simulator.stats()["bind_failures"] == 1
    finally:
        simulator.stop()


def test_counts_in_a_file_survive_a_kill(tmp_path: Path) -> None:
    options = ["--seq-file", str(tmp_path / "seen.bin")]
    killed = Simulator(tmp_path, options)
    smppload(killed, tmp_path, "--count", "25")
    killed.kill()
    again = Simulator(tmp_path, options, killed.smpp_port)
    try:
        assert again.seen(tmp_path / "seen.txt") == dict.fromkeys(range(25), 1)
    finally:
        again.stop()


def test_the_rate_is_kept(simulator: Simulator, tmp_path: Path) -> None:
    result = smppload(simulator, tmp_path, "--count", "61", "--rate", "200")
    assert result["seconds"] >= 0.28  # 60 gaps of 5 ms; a busy machine may only be slower


def test_the_control_port_says_what_is_wrong(simulator: Simulator) -> None:
    assert simulator.command("nonsense").startswith("error: stats |")
    assert simulator.command("fail-pct 101") == "error: fail-pct does not take '101'"
    assert simulator.command("mo") == "error: mo COUNT RATE"


# --- httpload and its sink ---


def test_exactly_the_asked_requests_are_sent_and_counted(sink: Sink, tmp_path: Path) -> None:
    result = httpload(
        sink, tmp_path, "text=SEQ-{seq}-T{us}-&to=44{dst}", "--count", "400", "--connections", "7",
        "--ok-log", str(tmp_path / "ok.txt"), "--seq-base", "1000",
    )  # fmt: skip
    assert (result["sent"], result["answered"], result["ok"]) == (400, 400, 400)
    assert result["status"] == {"200": 400}
    assert 0 < result["latency_us"]["p50"] <= result["latency_us"]["max"]
    assert [int(number) for number in (tmp_path / "ok.txt").read_text().split()] == list(range(1000, 1400))
    stats = sink.stats()
    assert (stats["requests"], stats["unique_other"], stats["duplicate_other"]) == (400, 400, 0)
    assert stats["other_us"]["n"] == 400
    assert "SEQ-0000001000-T" in stats["first"]
    assert "&to=4401000 HTTP/1.1\r\n" in stats["first"]


def test_final_receipts_are_told_apart_and_dumped(sink: Sink, tmp_path: Path) -> None:
    httpload(sink, tmp_path, "SEQ-{seq}-T{us}-&level=1", "--count", "10")
    httpload(sink, tmp_path, "SEQ-{seq}-T{us}-", "--count", "8", "--body", "id=1&level=2")
    httpload(sink, tmp_path, "SEQ-{seq}-T{us}-&level=2", "--count", "3")
    stats = sink.stats()
    assert (stats["unique_other"], stats["unique_final"], stats["duplicate_final"]) == (10, 8, 3)
    receipts = sink.final_receipts(tmp_path / "receipts.txt")
    assert receipts == dict.fromkeys(range(3), 2) | dict.fromkeys(range(3, 8), 1)
    sink.reset()
    assert (sink.stats()["requests"], sink.final_receipts(tmp_path / "receipts.txt")) == (0, {})


def test_errors_of_the_server_are_counted_by_status(tmp_path: Path) -> None:
    failing = Tool("httpload", ["sink", "--port", "0", "--error-pct", "100"], tmp_path / "sink.out")
    try:
        port = failing.port(r"listening on [\d.]+:(\d+)")
        load = Load("httpload", ["load", "--url", f"http://127.0.0.1:{port}/", "--count", "5"], tmp_path)
        assert load.result(30)["status"] == {"500": 5}
        assert load.process.returncode == 1
    finally:
        failing.stop()


def test_a_request_without_an_answer_is_not_repeated(simulator: Simulator, tmp_path: Path) -> None:
    """The SMSC takes HTTP for a broken PDU and closes the connection: every request is sent once and counted."""
    url = f"http://127.0.0.1:{simulator.smpp_port}/"
    result = Load("httpload", ["load", "--url", url, "--count", "6"], tmp_path).result(30)
    assert (result["sent"], result["ok"], result["answered"], result["no_response"]) == (6, 0, 0, 6)
    assert simulator.stats()["malformed"] == 6


# --- their command lines ---


@pytest.mark.parametrize(
    ("tool", "mode", "options"),
    [
        ("smscsim", [], ["--ctl-port", "--dlr-delay-ms", "--throttle-pct", "--disconnect-every", "--seq-file"]),
        ("smppload", [], ["--window", "--sessions", "--registered-delivery", "--dlr-wait", "--ok-log"]),
        ("httpload", ["load"], ["--url", "--connections", "--seq-base", "--rate", "--ok-log"]),
        ("httpload", ["sink"], ["--port", "--final", "--error-pct", "--status"]),
    ],
)
def test_help_lists_the_options_and_a_wrong_one_is_refused(tool: str, mode: list[str], options: list[str]) -> None:
    shown = run_tool(tool, *mode, "--help")
    assert shown.returncode == 0
    assert [option for option in options if f"  {option} " not in shown.stdout] == []
    wrong = run_tool(tool, *mode, "--nonsense")
    assert (wrong.returncode, "--nonsense" in wrong.stderr) == (2, True)
    assert run_tool(tool, *mode, "--port" if tool != "httpload" else "--count", "many").returncode == 2


def test_a_tool_that_ended_is_not_asked_in_vain(tmp_path: Path) -> None:
    simulator = Simulator(tmp_path, [])
    simulator.kill()
    with pytest.raises(ToolsFailed, match="ended by somebody else, or crashed"):
        simulator.stats()


def test_a_tool_that_cannot_start_says_why(simulator: Simulator, tmp_path: Path) -> None:
    with pytest.raises(ToolsFailed, match="cannot listen on"):
        Tool("smscsim", ["--port", str(simulator.smpp_port)], tmp_path / "second.out")


# --- a whole run, through a gateway whose faults are known ---


def describe(folder: Path, *options: str, console: bool = True) -> Path:
    """A description of the tiny gateway, started with those options."""
    ports = ["--http", "$HTTP_PORT", "--console", "$CONSOLE_PORT", "--smsc", "$SMSC_PORT", "--sink", "$SINK_PORT"]
    url = "http://127.0.0.1:$HTTP_PORT/send?password=bench&content=SEQ-{seq}-T{us}-+text"
    process = {"name": "fake", "command": [sys.executable, str(FAKE), *ports, *options], "dies_in_crash": True}
    step = {"type": ["httpccm -a", "cid sink", "ok"], "expect": "Successfully", "cells": "E"}
    setup = {"port": "$CONSOLE_PORT", "username": "jcliadmin", "password": "jclipwd", "steps": [step]}
    members = {
        "name": "fake",
        "ports": ["HTTP", "CONSOLE"],
        "processes": [process | {"ready_line": "fake gateway is ready"}],
        "console": setup if console else None,
        "http": {
            "url": url,
            "receipts": "&dlr-url=http%3A%2F%2F127.0.0.1%3A$SINK_PORT%2Fdlr%2FSEQ-{seq}-T{us}-",
            "final": FINAL,
            "connections": 4,
        },
        "mobile_originated": True,
    }
    file = folder / "fake.json"
    file.write_text(json.dumps(members))
    return file


def bench(folder: Path, *arguments: str) -> tuple[int, str, dict[str, Any]]:
    """Exit code, output and JSON report of `bench/run.py`; nothing is left running and the folder is gone."""
    report = folder / "report.json"
    command = [sys.executable, str(RUN), *arguments, "--patience", "1", "--dlr-delay-ms", "50"]
    command += ["--folder", str(folder / "runs"), "--json", str(report)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert list((folder / "runs").iterdir()) == [], done.stdout
    assert still_running(folder) == []
    return done.returncode, done.stdout + done.stderr, json.loads(report.read_text())


def still_running(folder: Path) -> list[str]:
    """The command lines of processes that still work in a folder."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            where = os.readlink(f"/proc/{pid}/cwd")
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if where.startswith(str(folder)) or str(folder) in command:
            found.append(command)
    return found


def test_a_clean_run_has_all_its_figures(tmp_path: Path) -> None:
    code, output, report = bench(
        tmp_path, "--gateway", str(describe(tmp_path)), "--cells", "A,B@200,C,E", "--count", "300", "--reps", "1"
    )
    assert code == 0, output
    assert report["not_measured"] == {"C-w100-s1": "it has no SMPP server"}
    a, b, e = report["runs"]
    assert [run["cell"] for run in report["runs"]] == ["A", "B@200", "E"]
    assert all((run["lost"], run["doubled"], run["not_accepted"]) == (0, 0, 0) for run in report["runs"])
    assert a["rate"] > 0
    assert a["cpu_us_per_message"] > 0
    assert a["request_p50"] <= a["request_p99"]
    assert a["memory_peak"] > 1_000_000
    assert a["bounds"]["smpp"] > a["rate"]
    assert a["bounds"]["http"] > a["rate"]
    assert (b["receipts_lost"], b["receipts_doubled"]) == (0, 0)
    assert b["receipts_p50"] >= 50_000 * 0.96
    assert b["load"]["seconds"] >= 1.4  # 300 messages at 200 a second
    assert e["end_to_end_p99"] > 0
    assert report["start"]["bound_s"] >= report["start"]["ready_s"] > 0
    assert "| A " in output
    assert "foreign CPU" in output


def test_lost_messages_and_their_receipts_are_noticed(tmp_path: Path) -> None:
    gateway = describe(tmp_path, "--lose-every", "10")
    code, output, report = bench(tmp_path, "--gateway", str(gateway), "--cells", "B", "--count", "300", "--reps", "1")
    assert code == 1
    assert (report["runs"][0]["lost"], report["runs"][0]["receipts_lost"]) == (30, 30), output


def test_a_scenario_that_cannot_be_measured_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    gateway = describe(tmp_path, "--refuse", "ok")
    code, output, report = bench(
        tmp_path, "--gateway", str(gateway), "--cells", "D,E,A", "--count", "50", "--reps", "1"
    )
    assert code == 1
    assert [run["cell"] for run in report["runs"]] == ["A"]
    assert report["not_measured"]["D"] == "it has no SMPP server"
    assert "refused 'httpccm -a'" in report["not_measured"]["E"]
    assert "Incorrect command" in output


def test_refused_messages_fail_the_scenario_with_the_status(tmp_path: Path) -> None:
    gateway = describe(tmp_path)
    gateway.write_text(gateway.read_text().replace("password=bench", "password=wrong"))
    code, output, report = bench(tmp_path, "--gateway", str(gateway), "--cells", "A", "--count", "20", "--reps", "1")
    assert (code, report["runs"]) == (1, [])
    assert "none of 20 messages was accepted: {'403': 20}" in output


def test_a_crash_that_loses_messages_is_noticed(tmp_path: Path) -> None:
    gateway = describe(tmp_path, "--hold", "0.1")
    options = ["--gateway", str(gateway), "--cells", "A@1000", "--count", "1000", "--down", "0"]
    code, output, report = bench(tmp_path, "crash", *options)
    outage = report["outage"]
    assert code == 1, output
    assert outage["lost"] > 0
    assert outage["accepted"] == outage["at_smsc"] + outage["lost"] - outage["seen_without_answer"]
    assert outage["doubled"] == 0
    assert f"lost {outage['lost']}" in output


def test_a_gateway_that_does_not_start_shows_its_own_words(tmp_path: Path) -> None:
    code, output, _ = bench(tmp_path, "--gateway", str(describe(tmp_path, "--no-such-option")))
    assert code == 3
    assert "fake ended at once with 2" in output
    assert "unrecognized arguments: --no-such-option" in output


def test_a_console_that_does_not_answer_is_said(tmp_path: Path) -> None:
    gateway = describe(tmp_path)
    gateway.write_text(gateway.read_text().replace('"jclipwd"', '"wrong"'))
    code, output, _ = bench(tmp_path, "--gateway", str(gateway))
    assert code == 3
    assert "the console does not let jcliadmin in" in output


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    command = [sys.executable, str(RUN), "--gateway", str(describe(tmp_path)), "--cells", "A@100", "--seconds", "60"]
    running = subprocess.Popen([*command, "--folder", str(runs)], stdout=subprocess.PIPE, text=True)
    try:
        assert tools.wait_until(lambda: list(runs.glob("*/load.err")) != [], 20)  # the gateway is loaded
        running.send_signal(signal.SIGINT)
        output, _ = running.communicate(timeout=30)
    finally:
        running.kill()
    assert running.returncode == 130
    assert "interrupted" in output
    assert list(runs.iterdir()) == []
    assert still_running(tmp_path) == []


# --- its parts ---


def test_cells_are_read_and_written_alike() -> None:
    text = "A,B@2000,C-w10-s4,C-w100-s1@50.5,D,E"
    assert ",".join(map(str, cells.parse(text))) == text
    assert str(cells.parse("C")[0]) == "C-w100-s1"
    for wrong in ("F", "A-w1-s1", "C-w10", "A@", ""):
        with pytest.raises(DescriptionWrong, match="no such scenario"):
            cells.parse(wrong)


def test_every_shipped_description_can_be_read(tmp_path: Path) -> None:
    names = {path.stem for path in description.GATEWAYS.glob("*.json")}
    assert "jasminlike" in names
    for name in names:
        gateway = description.load(description.find(name), tmp_path, 1, 2, {})
        assert gateway.name == name
        assert any(process.dies_in_crash for process in gateway.processes), name
        assert "$" not in gateway.http.url
        assert "{seq}" in gateway.http.url


def test_a_wrong_description_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "wrong.json"
    for content, complaint in [
        ("{", "Expecting property name"),
        ("[]", "an object is expected"),
        ('{"name": "x"}', "'http' and 'processes' are needed"),
        ('{"name": "$NOBODY", "http": {"url": "", "final": ""}, "processes": [{}]}', "NOBODY"),
        ('{"name": "x", "http": {"url": "", "final": ""}, "processes": [{"name": "p", "command": "c"}]}', "'command'"),
    ]:
        file.write_text(content)
        with pytest.raises(DescriptionWrong, match=complaint):
            description.load(file, tmp_path, 1, 2, {})
    with pytest.raises(DescriptionWrong, match=r"known: .*jasminlike"):
        description.find("nobody")


def test_the_environment_overrides_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JASMIND", "/somewhere/jasmind")
    read = description.load(description.find("jasminlike"), tmp_path, 1, 2, {})
    assert read.processes[0].command[0] == "/somewhere/jasmind"
    read = description.load(description.find("jasminlike"), tmp_path, 1, 2, {"JASMIND": "/chosen"})
    assert read.processes[0].command[0] == "/chosen"


MEASURE_A_CHILD = """
import os, subprocess, sys
from bench import accounting
before = accounting.usage(accounting.with_descendants([os.getpid()])).cpu_s
subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 0.2: pass"], check=True)
print(accounting.usage(accounting.with_descendants([os.getpid()])).cpu_s - before)
"""


def test_processor_time_of_children_is_counted() -> None:
    # In a process of its own: other tests' children end when they like, and take their time with them.
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run([sys.executable, "-c", MEASURE_A_CHILD], cwd=root, check=True, capture_output=True, text=True)
    assert float(ran.stdout) >= 0.15  # ticks of 10 ms
    assert accounting.usage([2**22 + 1]).resident == 0  # no such process
    assert accounting.machine().busy_s > 0


def test_milliseconds_keep_three_figures() -> None:
    shown = [table.milliseconds(value) for value in (None, 12, 1234, 12_340, 123_400, 1_234_000)]
    assert shown == ["–", "0.012", "1.23", "12.3", "123", "1234"]
