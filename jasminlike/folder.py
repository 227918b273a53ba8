"""The data folder: made for its owner alone, held by one gateway at a time, with the secrets made on first start."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path

from jasminlike.errors import SettingError

CONSOLE_PASSWORD = "console-password"  # noqa: S105 - the name of a file
DATABASE = "gateway.db"


class DataFolder:
    """`open` makes the folder (mode 0700) and takes its lock; `SettingError` says why it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def open(self) -> None:
        """Takes the folder for this process."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            raise SettingError("data.folder", f"{self.path} cannot be used: {problem.strerror}") from problem
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as problem:
            os.close(self._lock)
            self._lock = None
            raise SettingError("data.folder", f"{self.path} is in use by another jasmind") from problem

    def close(self) -> None:
        """Gives the folder back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def database(self) -> Path:
        """The embedded database."""
        return self.path / DATABASE

    def secret(self, name: str, length: int = 20) -> tuple[str, bool]:
        """A secret kept in a file of this name, made at random when there is none; and whether it was made now."""
        file = self.path / name
        try:
            return file.read_text().strip(), False
        except FileNotFoundError:
            pass
        made = secrets.token_urlsafe(length)[:length]
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(made + "\n")
        return made, True
