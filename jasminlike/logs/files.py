"""A log file that only grows at its end, is set aside when it is large, and can be reopened after others moved it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


class LogFile:
    """The file `path`; `path.1` is the youngest of at most `keep` files set aside, `path.2` the next older.

    It is opened at the first write, readable by its owner and group only. All methods raise OSError when the disk does
    not do as asked; the next write tries again from the start.
    """

    def __init__(self, path: Path, rotate_bytes: int, keep: int) -> None:
        self.path = path
        self._limit = rotate_bytes
        self._keep = keep
        self._descriptor = -1
        self._size = 0

    def write(self, octets: bytes) -> None:
        """Appends whole lines; before that, a file that would grow over the limit is set aside."""
        if self._descriptor < 0:
            self._open()
        if self._size and self._size + len(octets) > self._limit:
            self._set_aside()
        rest = memoryview(octets)
        while rest:
            try:
                written = os.write(self._descriptor, rest)
            except OSError:
                self.reopen()
                raise
            self._size += written
            rest = rest[written:]

    def reopen(self) -> None:
        """Closes the file; the next write opens whatever then has its name (after logrotate, on SIGHUP)."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def _open(self) -> None:
        self.path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
        self._size = os.fstat(self._descriptor).st_size

    def _set_aside(self) -> None:
        self.reopen()
        if not self._keep:
            self.path.unlink(missing_ok=True)
        else:
            for number in range(self._keep, 1, -1):
                with contextlib.suppress(FileNotFoundError):
                    self._aside(number - 1).replace(self._aside(number))
            with contextlib.suppress(FileNotFoundError):
                self.path.replace(self._aside(1))
        self._open()

    def _aside(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")
