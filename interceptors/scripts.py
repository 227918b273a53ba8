"""Scripts as they are named, read, compiled once, and read anew when their file changed.

An operator writes `python3(/srv/scripts/vip.py)`, or `trusted(/srv/scripts/vip.py)` for a script that is quick and
harmless enough to run in the gateway itself. The text is kept with the entry: a file that is gone or broken later
leaves the last good text in force.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

from interceptors.execution import compile_script
from jasminlike.kind import FieldError

LOOK_SECONDS = 1.0
"""A script's file is looked at no more often."""

MOST_OCTETS = 1_000_000
_WRITTEN = re.compile(r"\s*(python3|trusted)\((.+)\)\s*")
Log = Callable[..., None]


class Script(NamedTuple):
    """A script as an entry keeps it."""

    path: str
    code: str
    trusted: bool = False

    def __str__(self) -> str:
        return f"{'trusted' if self.trusted else 'python3'}({self.path})"

    def values(self) -> dict[str, Any]:
        """As it is stored."""
        return {"path": self.path, "code": self.code, "trusted": self.trusted}


def parse_script(text: str) -> dict[str, Any]:
    """Reads and compiles what an operator names; `FieldError` says why that cannot be."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise FieldError("Invalid syntax for script, must be python3(/path/to/script).", "script")
    path = found[2].strip().removeprefix("file://")
    if "://" in path:
        raise FieldError(f"[URL]: {path}: scripts are read from files of this machine", "script")
    if not path.startswith("/"):
        raise FieldError(f"[IO]: {path}: the path must begin with /", "script")
    try:
        code = _read(path)
    except (OSError, ValueError) as problem:
        raise FieldError(f"[IO]: {problem}", "script") from problem
    _compiled(code, path)
    return Script(path, code, found[1] == "trusted").values()


def _read(path: str) -> str:
    if os.path.getsize(path) > MOST_OCTETS:
        raise ValueError(f"{path} has more than {MOST_OCTETS} octets")
    return Path(path).read_text(encoding="utf-8")


def _compiled(code: str, path: str) -> CodeType:
    try:
        return compile_script(code, path)
    except SyntaxError as problem:
        line = f", line {problem.lineno}" if problem.lineno else ""
        raise FieldError(f"[Syntax]: {problem.msg} ({path}{line})", "script") from problem
    except ValueError as problem:
        raise FieldError(f"[Syntax]: {problem} ({path})", "script") from problem


class Compiled(NamedTuple):
    """A script ready to run; `key` names its text."""

    key: str
    path: str
    code: str
    trusted: bool
    program: CodeType


@dataclass(slots=True)
class _Known:
    compiled: Compiled
    stamp: tuple[int, int] | None
    looked_at: float
    complained: str = field(default="")


class Library:
    """The scripts in use, each as its file is now."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._known: dict[Script, _Known] = {}

    def forget(self) -> None:
        """The tables changed: what is no longer used need not be kept."""
        self._known.clear()

    def current(self, script: Script, now: float) -> Compiled:
        """The script to run now. `FieldError` when neither its file nor the text kept can be used."""
        known = self._known.get(script)
        if known is None:
            known = self._known[script] = _Known(_make(script, script.code), None, now - LOOK_SECONDS)
        if not 0 <= now - known.looked_at < LOOK_SECONDS:
            known.looked_at = now
            self._look(script, known)
        return known.compiled

    def _look(self, script: Script, known: _Known) -> None:
        try:
            found = os.stat(script.path)
            stamp = (found.st_mtime_ns, found.st_size)
            if stamp == known.stamp:
                return
            code = _read(script.path)
            if code != known.compiled.code:
                known.compiled = _make(script, code)
                self._log("reloaded", "a script was changed and is read anew", script=script.path)
        except (OSError, ValueError) as problem:
            if str(problem) != known.complained:
                known.complained = str(problem)
                self._log(
                    "unreadable", "a script's file cannot be used; its last good text stays in force", level="warning",
                    script=script.path, why=str(problem),
                )  # fmt: skip
            return
        known.stamp, known.complained = stamp, ""


def _make(script: Script, code: str) -> Compiled:
    program = _compiled(code, script.path)
    key = hashlib.blake2b(f"{script.path}\0{code}".encode(), digest_size=16).hexdigest()
    return Compiled(key, script.path, code, script.trusted, program)
