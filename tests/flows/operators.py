"""Operators that the gateway under test connects to: our own simulator, and another author's SMSC."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.flows.process import JASMIND, ROOT, Program, until

NODE_MODULES = ROOT / ".venv" / "node" / "node_modules"


class Operator:
    """`jasmind simulator` in a process of its own; its options as arguments."""

    def __init__(self, folder: Path, **options: object) -> None:
        self._folder = folder
        self._options: dict[str, object] = {"keep": -1, "receipt_delay": 20, "redeliver_delay": 200, **options}
        self.port = 0
        self._begin()

    def _begin(self) -> None:
        options = [f"--{name.replace('_', '-')}={value}" for name, value in self._options.items() if value is not True]
        flags = [f"--{name.replace('_', '-')}" for name, value in self._options.items() if value is True]
        command = [JASMIND, "simulator", f"--port={self.port}", "--control-port=0", *options, *flags]
        self.program = Program(command, self._folder / "operator-complaints")
        self.port = int(self.program.line("simulator listens on").rpartition(":")[2])
        port = int(self.program.line("control port on").rpartition(":")[2])
        self._control = socket.create_connection(("127.0.0.1", port), 20)
        self._answers = self._control.makefile("r", encoding="utf-8")

    def __enter__(self) -> Operator:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.leave()

    def leave(self) -> None:
        """Ends it, and with it its connections and memory."""
        self._answers.close()
        self._control.close()
        self.program.end()

    def come_back(self) -> None:
        """Starts it again on the same port."""
        self._begin()

    def tell(self, command: str) -> str:
        """A command of the control port; its answer."""
        self._control.sendall(command.encode() + b"\n")
        answer = self._answers.readline().rstrip("\n")
        assert not answer.startswith("error"), answer
        return answer

    def change(self, **options: object) -> None:
        """Other options from now on."""
        for name, value in options.items():
            self.tell(f"set {name} {value}")

    def stats(self) -> dict[str, Any]:
        """Its figures."""
        figures: dict[str, Any] = json.loads(self.tell("stats"))
        return figures

    def messages(self, to: str = "") -> list[dict[str, Any]]:
        """The messages that came, in order, refused ones too; of one destination, or of all that begin so."""
        self._control.sendall(b"dump\n")
        found = []
        while (line := self._answers.readline().strip()) != "end":
            assert line, "the operator is gone"
            message = json.loads(line)
            if message["destinations"][0].startswith(to):
                found.append(message)
        return found

    def taken(self, to: str = "") -> list[dict[str, Any]]:
        """Those of them that were accepted."""
        return [message for message in self.messages(to) if message["status"] == "ESME_ROK"]

    def until_taken(self, count: int, to: str = "", seconds: float = 10.0) -> list[dict[str, Any]]:
        """Waits until so many were accepted."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = self.taken(to)
            return len(found) >= count

        until(look, f"{count} messages to {to!r} at the operator", seconds)
        return found


class NodeProgram:
    """A program for node.js in `tests/flows/node`, which prints a line of JSON for whatever happens."""

    def __init__(self, script: str, folder: Path, *arguments: object) -> None:
        file = Path(__file__).parent / "node" / script
        command = ["node", str(file), *map(str, arguments)]
        self.program = Program(command, folder / f"{script}-complaints", {"NODE_PATH": str(NODE_MODULES)})

    def __enter__(self) -> NodeProgram:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.program.end()

    def event(self, name: str, seconds: float = 10.0, **values: object) -> dict[str, Any]:
        """The first thing of this name that happened, with these values among others."""

        def wanted(line: str) -> bool:
            told = json.loads(line)
            return bool(told["event"] == name and all(told.get(key) == value for key, value in values.items()))

        found: dict[str, Any] = json.loads(self.program.line_of(wanted, f"{name} {values}", seconds))
        return found

    def tell(self, **command: object) -> None:
        """A command to it."""
        self.program.type(json.dumps(command))
