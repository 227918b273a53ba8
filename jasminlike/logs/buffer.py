"""Lines gather here as tuples and are formatted and written together.

Whoever logs pays for a tuple and an append. The write happens `DELAY` seconds after the first line of a batch, or at
once when `MOST` lines have gathered. A disk that refuses costs lines only when `HELD` of them wait; how many were lost
is written as soon as the disk takes lines again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

DELAY = 0.25
MOST = 1_000
HELD = 20_000

Row = tuple[Any, ...]


class Clock(Protocol):
    """The part of Twisted's reactors and test clocks that is needed here."""

    def callLater(self, delay: float, callable: Callable[..., Any], /) -> Any: ...


class Buffer:
    """A batch of rows on its way to `sink`, which takes octets and may raise OSError.

    `form` makes one line, with its end, of a row; `lost` makes the line that says how many lines are missing. Without
    a clock only full batches, `flush` and `close` write.
    """

    def __init__(
        self,
        form: Callable[[Row], bytes],
        lost: Callable[[int, str], bytes],
        sink: Callable[[bytes], None],
        clock: Clock | None = None,
    ) -> None:
        self._form = form
        self._lost_line = lost
        self._sink = sink
        self._clock = clock
        self._rows: list[Row] = []
        self._due: Any = None
        self._waiting: list[bytes] = []
        self._lost = 0
        self._problem = ""

    def add(self, row: Row) -> None:
        """Keeps a row; never raises, never blocks on the disk unless the batch is full."""
        rows = self._rows
        rows.append(row)
        if self._due is None and self._clock is not None:
            self._due = self._clock.callLater(DELAY, self._on_time)
        if len(rows) >= MOST:
            self.flush()

    def flush(self) -> None:
        """Writes all that has gathered. What the disk does not take is kept for the next time."""
        rows, self._rows = self._rows, []
        lines = self._waiting
        lines += [self._line(row) for row in rows]
        if not lines:
            return
        if self._lost:
            lines = [self._lost_line(self._lost, self._problem), *lines]
        try:
            self._sink(b"".join(lines))
        except OSError as problem:
            self._hold(lines[1:] if self._lost else lines, str(problem))
        else:
            self._waiting = []
            self._lost = 0

    def close(self) -> None:
        """Writes what is left and ends the timer."""
        if self._due is not None and self._due.active():
            self._due.cancel()
        self._due = None
        self.flush()

    def _on_time(self) -> None:
        self._due = None
        self.flush()

    def _hold(self, lines: list[bytes], problem: str) -> None:
        over = len(lines) - HELD
        if over > 0:
            self._lost += over
            lines = lines[over:]
        self._waiting = lines
        self._problem = problem

    def _line(self, row: Row) -> bytes:
        try:
            return self._form(row)
        except Exception as problem:  # a value whose str() fails must not take the batch with it
            return self._lost_line(1, f"a line could not be formatted: {type(problem).__name__}")
