"""Processor time and memory of processes, read from /proc (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

# Places in /proc/PID/stat, counted after the command's closing bracket: proc(5) numbers them from 3 there.
_PARENT, _USER, _SYSTEM, _REAPED_USER, _REAPED_SYSTEM, _RESIDENT = 1, 11, 12, 13, 14, 21


@dataclass(frozen=True)
class Usage:
    """Of a set of processes: processor seconds used so far, and resident memory in bytes now."""

    cpu_s: float = 0.0
    resident: int = 0


@dataclass(frozen=True)
class Machine:
    """Processor seconds of the whole machine since it was started: in use, and taken away by the hypervisor."""

    busy_s: float
    stolen_s: float


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None


def with_descendants(roots: Iterable[int]) -> set[int]:
    """The processes themselves and all that they started, as far as they are alive."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(int(entry))):
            children.setdefault(int(fields[_PARENT]), []).append(int(entry))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return found


def usage(pids: Iterable[int]) -> Usage:
    """Sums over living processes; the time of their children that ended and were waited for is included."""
    cpu_s, resident = 0.0, 0
    for pid in pids:
        if fields := _stat(pid):
            cpu_s += sum(int(fields[at]) for at in (_USER, _SYSTEM, _REAPED_USER, _REAPED_SYSTEM)) / TICKS
            resident += int(fields[_RESIDENT]) * PAGE
    return Usage(cpu_s, resident)


def machine() -> Machine:
    """user + nice + system + interrupts, and steal, of all processors."""
    with open("/proc/stat") as stat:
        numbers = [int(number) for number in stat.readline().split()[1:]]
    return Machine((numbers[0] + numbers[1] + numbers[2] + numbers[5] + numbers[6]) / TICKS, numbers[7] / TICKS)


def filesystem_of(folder: Path) -> str:
    """The type of the filesystem that holds a folder, such as "ext4": on "tmpfs" nothing is ever really stored."""
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        mount, name = line.split()[1:3]
        inside = str(folder.resolve()) == mount or str(folder.resolve()).startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, name
    return kind
