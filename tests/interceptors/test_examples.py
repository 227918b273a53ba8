"""The examples that ship do what they say, run as the gateway runs them."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interceptors import examples
from interceptors.contract import Answer
from interceptors.execution import compile_script, run
from tests.interceptors.conftest import a_request
from tests.repo.product import ROOT

FOLDER = Path(examples.__file__).parent
MIDDAY, MIDNIGHT = 12, 0


class Run:
    """Runs examples in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, name: str, side: str, /, now: float = 1_800_000_000.0, **params: Any) -> Answer:
        path = FOLDER / f"{name}.py"
        user = ("u1", "shop", "g1") if side == "MT" else ("", "", "")
        request = a_request(None, side, folder=str(self.folder), user=user, connector="north", now=now)
        request.params |= params
        answer = run(compile_script(path.read_text(), str(path)), request)
        assert answer.error == ""
        return answer


@pytest.fixture
def example(tmp_path: Path) -> Run:
    return Run(tmp_path)


def test_every_example_is_tested_and_in_the_manual() -> None:
    tests, page = Path(__file__).read_text(), (ROOT / "docs/manual/interceptors.md").read_text()
    names = [path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__"]
    assert len(names) >= 8
    assert [name for name in names if f'example("{name}"' not in tests or f"`{name}.py`" not in page] == []


def test_auto_reply_by_keyword(example: Run) -> None:
    answer = example("auto_reply", "MO", short_message=b"hours please")
    assert answer.replies == ["We are here from 9 to 18, Monday to Friday."]
    assert answer.tags == ["answered"]
    ucs2 = example("auto_reply", "MO", short_message="Help".encode("utf-16-be"), data_coding=8)
    assert ucs2.replies == ["Write BALANCE, HOURS or STOP."]
    assert example("auto_reply", "MO", short_message=b"thank you").replies == []
    assert example("auto_reply", "MO", short_message=b"").replies == []


def test_stop_word_blocks_and_start_allows_again(example: Run) -> None:
    assert example("blocked", "MT", destination_addr=b"491700000001").http_status is None
    assert example("stop_word", "MO", source_addr=b"+491700000001", short_message=b" stop ").tags == ["stop"]
    refused = example("blocked", "MT", destination_addr=b"491700000001")
    assert (refused.http_status, refused.smpp_status) == (403, 0x0B)
    assert example("blocked", "MT", destination_addr=b"491700000002").http_status is None
    assert example("stop_word", "MO", source_addr=b"491700000001", short_message=b"hello").tags == []
    assert example("stop_word", "MO", source_addr=b"491700000001", short_message=b"START").tags == ["start"]
    assert example("blocked", "MT", destination_addr=b"491700000001").http_status is None


def test_sender(example: Run) -> None:
    answer = example("sender", "MT", source_addr=b"Bank")
    assert answer.changed == {"source_addr": b"MyShop"}
    assert answer.locks == ["source_addr_npi", "source_addr_ton"]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (b"+49 (170) 000-0001", b"491700000001"),
        (b"00491700000001", b"491700000001"),
        (b"0170/0000001", b"491700000001"),
        (b"491700000001", None),
    ],
)
def test_numbers(example: Run, written: bytes, number: bytes | None) -> None:
    answer = example("numbers", "MT", destination_addr=written)
    assert answer.changed.get("destination_addr") == number
    assert answer.http_status is None


def test_numbers_that_are_none(example: Run) -> None:
    answer = example("numbers", "MT", destination_addr=b"call me")
    assert (answer.http_status, answer.smpp_status) == (400, 0x0B)


class Networks(http.server.BaseHTTPRequestHandler):
    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = json.dumps({"network": "26201"} if self.path.endswith("1") else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Networks)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setenv("LOOKUP_SERVER", f"http://127.0.0.1:{server.server_port}")
    Networks.asked.clear()
    yield Networks.asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_lookup(example: Run, networks: list[str]) -> None:
    for _ in range(2):
        assert example("lookup", "MT", destination_addr=b"491700000001").tags == ["network:26201"]
    assert networks == ["/lookup/491700000001"]
    assert example("lookup", "MT", destination_addr=b"491700000002").tags == ["network:unknown"]


def test_lookup_without_a_server(example: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKUP_SERVER", "http://127.0.0.1:1")
    assert example("lookup", "MT", destination_addr=b"491700000003").tags == ["network:unknown"]


@pytest.mark.parametrize(("hour", "tag"), [(7, "night"), (8, "day"), (19, "day"), (20, "night"), (0, "night")])
def test_day_and_night(example: Run, hour: int, tag: str) -> None:
    import datetime

    moment = datetime.datetime(2027, 1, 15, hour, 30).timestamp()
    assert example("day_night", "MT", now=moment).tags == [tag]


def test_votes_count_once_for_each_number(example: Run) -> None:
    def vote(number: bytes, text: bytes) -> list[str]:
        return example("votes", "MO", source_addr=number, short_message=text).replies

    assert vote(b"491", b"vote 2") == ["Your vote for Boris counts."]
    assert vote(b"491", b"VOTE 1") == ["You have voted before."]
    assert vote(b"492", b"VOTE 9") == ["Please vote for one of 1, 2, 3"]
    assert vote(b"492", b"VOTE 2") == ["Your vote for Boris counts."]
    assert vote(b"493", b"hello") == []
