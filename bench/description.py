"""What a gateway is: a JSON file in `gateways/`, read and checked here. README.md explains every member.

Texts may hold `$NAME`: the ports chosen for this run (`$HTTP_PORT` for the port named HTTP, and always `$SMSC_PORT` and
`$SINK_PORT`), `$FOLDER` (its private folder), `$CHECKOUT` (this repository) and the description's own variables, which
the environment may override.
"""

from __future__ import annotations

import json
import os
import socket
import string
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.errors import DescriptionWrong

GATEWAYS = Path(__file__).resolve().parent / "gateways"
CHECKOUT = GATEWAYS.parent.parent


@dataclass(frozen=True)
class Process:
    """A program that runs in the foreground for as long as the gateway does."""

    name: str
    command: list[str]
    environment: dict[str, str]
    ready_line: str  # it is ready when its output holds that …
    ready_port: int  # … and when this port is open; "" and 0: at once
    dies_in_crash: bool  # SIGKILL hits it in `crash`


@dataclass(frozen=True)
class ConsoleStep:
    """Lines typed one after the other; `expect` must stand in what the last one is answered."""

    lines: list[str]
    expect: str
    cells: str  # without this step, the cells named here cannot be measured; "" means: none can


@dataclass(frozen=True)
class ConsoleSetup:
    port: int
    username: str
    password: str
    steps: list[ConsoleStep]


@dataclass(frozen=True)
class HttpDoor:
    url: str  # one message; {seq} {us} {dst} are filled in by the load generator
    receipts: str  # added to the URL to ask for receipts
    final: str  # stands in the callback of a final receipt, and in no other
    connections: int


@dataclass(frozen=True)
class SmppDoor:
    port: int
    system_id: str
    password: str


@dataclass(frozen=True)
class Description:
    name: str
    about: str
    folders: list[str]  # made inside $FOLDER
    files: dict[str, str]  # written there: name to content
    processes: list[Process]
    console: ConsoleSetup | None
    http: HttpDoor
    smpp: SmppDoor | None
    mobile_originated: bool


def free_ports(count: int) -> list[int]:
    """Ports on the loopback that nobody uses now, all different."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def find(name: str) -> Path:
    """The file of a description: a path, or the name of one in gateways/. Raises DescriptionWrong."""
    for path in (Path(name), GATEWAYS / f"{name}.json"):
        if path.is_file():
            return path
    known = ", ".join(sorted(path.stem for path in GATEWAYS.glob("*.json")))
    raise DescriptionWrong(f"no description of a gateway: {name} (known: {known}, or the path of a JSON file)")


class _Reader:
    """Takes members out of a JSON object, with the variables filled in and clear errors."""

    def __init__(self, where: str, members: Any, variables: dict[str, str]) -> None:
        if not isinstance(members, dict):
            raise DescriptionWrong(f"{where}: an object is expected")
        self._where, self._members, self._variables = where, members, variables

    def fill(self, text: str) -> str:
        try:
            return string.Template(text).substitute(self._variables)
        except (KeyError, ValueError) as error:
            raise DescriptionWrong(f"{self._where}: unknown or wrong $NAME: {error}") from error

    def text(self, name: str, default: str | None = None) -> str:
        value = self._members.get(name, default)
        if not isinstance(value, str):
            raise DescriptionWrong(f"{self._where}: the text {name!r} is missing")
        return self.fill(value)

    def port(self, name: str) -> int:
        value = self.text(name, "0")
        if not value.isdigit():
            raise DescriptionWrong(f"{self._where}: {name!r} is a port, not {value!r}")
        return int(value)

    def texts(self, name: str) -> list[str]:
        value = self._members.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise DescriptionWrong(f"{self._where}: {name!r} is a list of texts")
        return [self.fill(each) for each in value]

    def table(self, name: str) -> dict[str, str]:
        value = self._members.get(name, {})
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            raise DescriptionWrong(f"{self._where}: {name!r} is an object of texts")
        return {key: self.fill(each) for key, each in value.items()}

    def flag(self, name: str) -> bool:
        return bool(self._members.get(name, False))

    def number(self, name: str, default: int) -> int:
        value = self._members.get(name, default)
        if not isinstance(value, int):
            raise DescriptionWrong(f"{self._where}: {name!r} is a number")
        return value

    def inner(self, name: str) -> _Reader | None:
        value = self._members.get(name)
        return None if value is None else _Reader(f"{self._where}: {name}", value, self._variables)

    def inners(self, name: str) -> list[_Reader]:
        values = self._members.get(name, [])
        return [_Reader(f"{self._where}: {name}[{at}]", each, self._variables) for at, each in enumerate(values)]


def _variables(members: dict[str, Any], path: Path, fixed: dict[str, str]) -> dict[str, str]:
    """The run's own names, the ports, and the description's variables (which may use the others)."""
    names: Iterable[str] = members.get("ports", [])
    variables = dict(fixed)
    for name, port in zip(names, free_ports(len(list(names))), strict=True):
        variables[f"{name}_PORT"] = str(port)
    for name, default in members.get("variables", {}).items():
        variables[name] = os.environ.get(name) or _Reader(str(path), {}, variables).fill(default)
    return variables


def _members(path: Path) -> dict[str, Any]:
    try:
        members = json.loads(path.read_text())
    except (OSError, json.JSONDecodeError) as error:
        raise DescriptionWrong(f"{path}: {error}") from error
    if not isinstance(members, dict):
        raise DescriptionWrong(f"{path}: an object is expected")
    return members


def final_mark(path: Path) -> str:
    """What stands in the callback of a final receipt; the sink must know it before the ports are chosen."""
    return str(_members(path).get("http", {}).get("final", ""))


def load(path: Path, folder: Path, smsc_port: int, sink_port: int, overrides: dict[str, str]) -> Description:
    """Reads a description for one run; free ports are chosen here. Raises DescriptionWrong."""
    members = _members(path)
    fixed = {"FOLDER": str(folder), "CHECKOUT": str(CHECKOUT), "SMSC_PORT": str(smsc_port), "SINK_PORT": str(sink_port)}
    variables = _variables(members, path, fixed) | overrides
    reader = _Reader(str(path), members, variables)
    http = reader.inner("http")
    if http is None or not members.get("processes"):
        raise DescriptionWrong(f"{path}: 'http' and 'processes' are needed")
    files = {name: reader.fill((path.parent / source).read_text()) for name, source in reader.table("files").items()}
    return Description(
        name=reader.text("name"),
        about=reader.text("about", ""),
        folders=reader.texts("folders"),
        files=files,
        processes=[_process(each) for each in reader.inners("processes")],
        console=_console(reader.inner("console")),
        http=HttpDoor(http.text("url"), http.text("receipts", ""), http.text("final"), http.number("connections", 20)),
        smpp=_smpp(reader.inner("smpp")),
        mobile_originated=reader.flag("mobile_originated"),
    )


def _process(reader: _Reader) -> Process:
    return Process(
        name=reader.text("name"),
        command=reader.texts("command"),
        environment=reader.table("environment"),
        ready_line=reader.text("ready_line", ""),
        ready_port=reader.port("ready_port"),
        dies_in_crash=reader.flag("dies_in_crash"),
    )


def _console(reader: _Reader | None) -> ConsoleSetup | None:
    if reader is None:
        return None
    steps = [ConsoleStep(s.texts("type"), s.text("expect", ""), s.text("cells", "")) for s in reader.inners("steps")]
    return ConsoleSetup(reader.port("port"), reader.text("username"), reader.text("password"), steps)


def _smpp(reader: _Reader | None) -> SmppDoor | None:
    if reader is None:
        return None
    return SmppDoor(reader.port("port"), reader.text("system_id"), reader.text("password"))
