"""Opens both logs as the settings say, and closes them."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jasminlike.logs import events as event_forms
from jasminlike.logs import messages as message_forms
from jasminlike.logs.buffer import Buffer, Clock
from jasminlike.logs.events import EventLog
from jasminlike.logs.files import LogFile
from jasminlike.logs.lives import MessageLives
from jasminlike.logs.messages import MessageLog
from jasminlike.settings.schema import Settings

STDERR = 2


@dataclass(frozen=True, slots=True)
class Logs:
    """Both logs of a process, and what they are written to."""

    events: EventLog
    messages: MessageLog
    lives: MessageLives
    buffers: tuple[Buffer, ...]
    files: tuple[LogFile, ...]

    def flush(self) -> None:
        """Writes all that has gathered."""
        for buffer in self.buffers:
            buffer.flush()

    def reopen(self) -> None:
        """Writes what has gathered, then lets go of the files: the next line goes to whatever has their names."""
        self.flush()
        for file in self.files:
            file.reopen()

    def close(self) -> None:
        """Writes what is left; nothing may be logged afterwards."""
        for buffer in self.buffers:
            buffer.close()
        for file in self.files:
            file.reopen()


def open_logs(settings: Settings, clock: Clock | None, now: Callable[[], float] = time.time) -> Logs:
    """Both logs. Files and folders are made at the first line; an unwritable disk stops nothing here."""
    log = settings.log
    folder = Path(log.folder) if log.folder else Path(settings.data.folder) / "logs"
    limit = int(log.rotate_megabytes * 1_000_000)
    event_file = LogFile(folder / "events.log", limit, log.keep)
    message_file = LogFile(folder / "messages.log", limit, log.keep)
    if log.format == "json":
        event_form, message_form = event_forms.json_line, message_forms.json_form(privacy=log.privacy)
    else:
        event_form, message_form = event_forms.text_line, message_forms.text_form(privacy=log.privacy)
    lost = event_forms.lost_line(event_form, now, "logs")
    event_sink = _also_stderr(event_file.write) if log.stderr else event_file.write
    event_buffer = Buffer(event_form, lost, event_sink, clock)
    message_buffer = Buffer(message_form, lost, message_file.write, clock)
    messages = MessageLog(message_buffer, now)
    return Logs(
        EventLog(event_buffer, log.level, now),
        messages,
        MessageLives(messages),
        (event_buffer, message_buffer),
        (event_file, message_file),
    )


def _also_stderr(write: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """Writes to standard error too; a closed terminal is no reason to stop."""

    def both(octets: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(STDERR, octets)
        write(octets)

    return both
