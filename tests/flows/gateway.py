"""A gateway as its users meet it: the command, its ports, its console, its data folder."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import re
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

from tests.flows.process import JASMIND, Program, until

CONSOLE = ("operator", "c0nsole")
ACCOUNT = ("acme", "s3cret")
PROMPTS = ("jcli : ", "> ", "Username: ", "Password: ")
STOP_SECONDS = 10.0
_TERMINAL = re.compile(rb"\xff[\xfb-\xfe].|\xff\xfa.*?\xff\xf0|\x1b\[[0-9;?]*[A-Za-z]|\x1b[a-z]|\r", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """An answer of the HTTP API."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def id(self) -> str:
        """The id of the message that was accepted."""
        assert self.status == 200, f"{self.status} {self.text}"
        found = re.fullmatch(r'Success "([0-9a-f-]{36})"', self.text)
        assert found is not None, self.text
        return found[1]


class Gateway:
    """`start` runs it on ports that the system chose, and `restart` on the same ones. Ends with the `with` block."""

    running: list[Gateway] = []  # noqa: RUF012 - those that a failed test may want to be told about

    def __init__(self, folder: Path, **settings: object) -> None:
        """`settings` as `section__key`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.data = folder / "data"
        self.settings: dict[str, object] = {
            "callbacks.retry_delay": 0.2,
            "http.long_content_max_parts": 20,
            "log.stderr": "false",
            **{name.replace("__", "."): value for name, value in settings.items()},
        }
        self.ports = {"http": 0, "smpps": 0, "jcli": 0}
        self.program: Program | None = None
        self.orders = itertools.count(1)
        """Places in routing tables that are free."""

    def __enter__(self) -> Gateway:
        Gateway.running.append(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        Gateway.running.remove(self)
        if self.program is not None:
            self.program.end()

    # --- its life --------------------------------------------------------------------------------------------

    def command(self, *more: str) -> list[str]:
        """The command that starts it."""
        settings = {
            **{f"{section}.port": port for section, port in self.ports.items()},
            "jcli.username": CONSOLE[0],
            "jcli.password": CONSOLE[1],
            **self.settings,
        }
        options = [option for name, value in settings.items() for option in ("--set", f"{name}={value}")]
        return [JASMIND, "run", "--data", str(self.data), *options, *more]

    def start(self, *more: str) -> Gateway:
        """Starts it and waits until it is ready."""
        self.program = program = Program(self.command(*more), self.folder / "complaints")
        program.line("jasmind is ready")
        for section, what in (("http", "HTTP API"), ("smpps", "SMPP server"), ("jcli", "console")):
            line = program.line(f"{what} listens on 127.0.0.1:")
            self.ports[section] = int(line.rpartition(":")[2])
        return self

    def stop(self) -> float:
        """SIGTERM; asserts a clean end in time; the seconds it took."""
        assert self.program is not None
        began = time.monotonic()
        self.program.signal(signal.SIGTERM)
        status = self.program.wait(STOP_SECONDS + 5)
        took = time.monotonic() - began
        assert status == 0, self.program.said()
        assert took < STOP_SECONDS, f"stopping took {took:.1f} s"
        self.program.end()
        return took

    def sigkill(self) -> None:
        """Ends it at once, as a crash would."""
        assert self.program is not None
        self.program.signal(signal.SIGKILL)
        self.program.wait()
        self.program.end()

    def restart(self) -> None:
        """Stops it if it runs, and starts it on the same folder and ports."""
        if self.program is not None and self.program.running:
            self.stop()
        self.start()

    # --- what it writes --------------------------------------------------------------------------------------

    def events(self) -> str:
        """The event log."""
        file = self.data / "logs" / "events.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def errors(self) -> list[str]:
        """What it complained of: errors of the event log, and all it wrote on standard error."""
        complaints = self.folder / "complaints"
        written = complaints.read_text(errors="replace").splitlines() if complaints.exists() else []
        return [line for line in self.events().splitlines() if " ERROR " in line] + written

    def report(self) -> str:
        """What one wants to read when a test failed."""
        said = self.program.said() if self.program is not None else "never started"
        return f"{said}\n--- events\n{self.events()[-6000:]}"

    # --- its doors -------------------------------------------------------------------------------------------

    def request(
        self, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports["http"], timeout=20)
        with contextlib.closing(connection):
            return ask(connection, method, target, body, headers)

    def send(self, **arguments: object) -> Answer:
        """/send with the account's login; a name's `_` stands for `-`, and one at its end for nothing (`from_`)."""
        return self.request("POST", "/send", form(**arguments), FORM)

    def status(self, message: str) -> dict[str, Any]:
        """/status of a message."""
        query = urlencode({"username": ACCOUNT[0], "password": ACCOUNT[1], "id": message})
        answer = self.request("GET", f"/status?{query}")
        assert answer.status == 200, answer
        found: dict[str, Any] = json.loads(answer.text)
        return found

    def state(self, message: str) -> str:
        """The state of a message."""
        return str(self.status(message)["state"])

    def until_state(self, message: str, state: str, seconds: float = 10.0) -> dict[str, Any]:
        """Waits for a state; the whole status then."""

        def look() -> bool:
            seen.append(self.status(message))
            return bool(seen[-1]["state"] == state)

        seen: list[dict[str, Any]] = []
        try:
            until(look, f"{message} is {state}", seconds)
        except AssertionError as problem:
            raise AssertionError(f"{problem}: {seen[-1]}") from None
        return seen[-1]

    def balance(self, username: str = ACCOUNT[0], password: str = ACCOUNT[1]) -> float:
        """/balance of an account that has one."""
        answer = self.request("GET", f"/balance?{urlencode({'username': username, 'password': password})}")
        return float(json.loads(answer.text)["balance"])

    def metric(self, name: str, **labels: str) -> float:
        """A figure of /metrics; 0 when there is none of this name and label."""
        wanted = "".join(f'{label}="{value}"' for label, value in labels.items())
        for line in self.request("GET", "/metrics").text.splitlines():
            found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if found and found[1] == name and (found[2] or "") == wanted:
                return float(found[3])
        return 0.0

    def console(self, script: str) -> str:
        """Types the lines into the console; what it answered."""
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.ports["jcli"]), 20)) as connection:
            answers = [read_to_prompt(connection)]
            for line in (*CONSOLE, *(line.strip() for line in script.strip().splitlines())):
                connection.sendall(line.encode() + b"\r\n")
                answers.append(read_to_prompt(connection))
        assert "Incorrect" not in answers[2], answers[2]
        return "\n".join(answers[3:])

    # --- its set-up ------------------------------------------------------------------------------------------

    def set_up(self, script: str) -> str:
        """The same, and everything must have succeeded."""
        told = self.console(script)
        asked = sum(line.strip() == "ok" or " -1 " in line or " -0 " in line for line in script.splitlines())
        assert told.count("Successfully") == asked, told
        return told

    def add_account(self, uid: str = ACCOUNT[0], password: str = ACCOUNT[1], *more: str) -> None:
        """An account, in a group of its own."""
        lines = "\n".join(more)
        user = f"uid {uid}\ngid {uid}s\nusername {uid}\npassword {password}"
        self.set_up(f"group -a\ngid {uid}s\nok\nuser -a\n{user}\n{lines}\nok")

    def add_connector(self, cid: str, port: int, *, started: bool = True, **keys: object) -> None:
        """A connector that comes back soon after a loss; bound, when it was started."""
        values = {"submit_throughput": 0, "con_loss_delay": 0.3, "con_fail_delay": 0.3, **keys}
        lines = "\n".join(f"{key} {value}" for key, value in values.items())
        self.set_up(f"smppccm -a\ncid {cid}\nport {port}\nusername {cid[:8]}\n{lines}\nok")
        if started:
            self.set_up(f"smppccm -1 {cid}")
            self.until_bound(cid)

    def add_route(self, cid: str, prefix: str, rate: float = 0) -> None:
        """Numbers that begin so go to this connector."""
        fid = f"to_{cid}"[:16]
        self.set_up(
            f"filter -a\nfid {fid}\ntype DestinationAddrFilter\ndestination_addr ^{prefix}\nok\n"
            f"mtrouter -a\ntype StaticMTRoute\norder {next(self.orders)}\nfilters {fid}\n"
            f"connector smppc({cid})\nrate {rate}\nok"
        )

    def until_bound(self, cid: str, bound: bool = True, seconds: float = 10.0) -> None:
        """Waits until a connector is bound, or is no more."""
        until(
            lambda: self.metric("gateway_connector_bound", cid=cid) == bound,
            f"{cid} is {'' if bound else 'not '}bound",
            seconds,
        )


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def form(**arguments: object) -> bytes:
    """The body of a /send."""
    names = {name: name if name == "custom_tlvs" else name.rstrip("_").replace("_", "-") for name in arguments}
    values = {names[name]: value for name, value in arguments.items()}
    return urlencode({"username": ACCOUNT[0], "password": ACCOUNT[1], **values}).encode()


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request on a connection that is there."""
    connection.request(method, target, body, dict(headers or {}))
    response = connection.getresponse()
    return Answer(response.status, response.read().decode(), dict(response.getheaders()))


def read_to_prompt(connection: socket.socket) -> str:
    """What the console says until it asks for something; telnet and the terminal's commands taken out."""
    octets = b""
    while True:
        more = connection.recv(65536)
        octets += more
        text = _TERMINAL.sub(b"", octets).decode("utf-8", "replace")
        if not more or text.endswith(PROMPTS):
            return text
