"""What went over the wire, as a capture file that Wireshark's `tshark` reads and judges.

The loopback interface is captured by `dumpcap`. Where the system does not permit that, the same file is written from
what passed through relays: both ways the judge gets whole TCP streams.
"""

from __future__ import annotations

import contextlib
import itertools
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path
from types import TracebackType

from tests.flows.process import until

HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101)  # raw IP packets
SMALL = 60_000


def tool(name: str) -> str:
    """A program of Wireshark."""
    found = shutil.which(name)
    assert found is not None, f"{name} is not here: scripts/setup --test installs it"
    return found


class Relay:
    """A port that passes everything on to another one and remembers it: (to the port?, octets), per connection."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.connections: list[list[tuple[bool, bytes]]] = []
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    def __enter__(self) -> Relay:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        for each in (self._listening, *self._sockets):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)

    def _run(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._sockets += [near, far]
                passed: list[tuple[bool, bytes]] = []
                self.connections.append(passed)
                self._run(self._pass, near, far, True, passed)
                self._run(self._pass, far, near, False, passed)

    def _pass(self, source: socket.socket, to: socket.socket, inward: bool, passed: list[tuple[bool, bytes]]) -> None:
        with contextlib.suppress(OSError):
            while octets := source.recv(SMALL):
                passed.append((inward, octets))
                to.sendall(octets)
            to.shutdown(socket.SHUT_WR)


class Capture:
    """Captures the relays' ports while the `with` block runs; then `file` is complete. `last` are octets of the last
    packet that matters, by which it is known that all before it are in the file."""

    def __init__(self, folder: Path, last: bytes, *relays: Relay) -> None:
        self.file = folder / "traffic.pcap"
        self.live = False
        self._last = last
        self._relays = relays
        self._dumpcap: subprocess.Popen[str] | None = None

    def __enter__(self) -> Capture:
        ports = " or ".join(f"tcp port {relay.port}" for relay in self._relays)
        command = [tool("dumpcap"), "-i", "lo", "-P", "-q", "-B", "16", "-f", ports, "-w", str(self.file)]
        self._dumpcap = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self._dumpcap.stderr is not None
        self.live = any(line.startswith("File:") for line in self._dumpcap.stderr)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        assert self._dumpcap is not None
        assert self._dumpcap.stderr is not None
        try:
            if self.live and kind is None:
                until(lambda: self._last in self.file.read_bytes(), "the last packet is in the file")
        finally:
            self._dumpcap.terminate()
            said = self._dumpcap.stderr.read()
            self._dumpcap.wait()
            self._dumpcap.stderr.close()
        lost = re.search(r"received/dropped on interface .*: \d+/(\d+)", said)
        self.live = self.live and lost is not None and lost[1] == "0"
        if not self.live:
            write_pcap(self.file, self._relays)


def write_pcap(file: Path, relays: tuple[Relay, ...]) -> None:
    """The relayed octets as TCP packets of a client port each to the relay's port."""
    ports = itertools.count(40_000)
    with file.open("wb") as out:
        out.write(HEADER)
        for relay in relays:
            for passed in relay.connections:
                out.write(_stream(next(ports), relay.port, passed))


def _stream(client: int, server: int, passed: list[tuple[bool, bytes]]) -> bytes:
    out = [_packet(client, server, 1000, 0, 2, b""), _packet(server, client, 1000, 1001, 18, b"")]
    at = {True: 1001, False: 1001}
    for inward, octets in passed:
        ports = (client, server) if inward else (server, client)
        out.append(_packet(*ports, at[inward], at[not inward], 24, octets))
        at[inward] += len(octets)
    return b"".join(out)


def _packet(source: int, to: int, sequence: int, acknowledged: int, flags: int, octets: bytes) -> bytes:
    tcp = struct.pack(">HHIIBBHHH", source, to, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0) + octets
    home = socket.inet_aton("127.0.0.1")
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + home + home
    now = time.time()
    size = len(ip) + len(tcp)
    return struct.pack("<IIII", int(now), int(now % 1 * 1e6), size, size) + ip + tcp


def judged(file: Path, ports: list[int], *more: str) -> list[str]:
    """The lines that tshark prints of a capture whose ports speak SMPP."""
    decode = [word for port in ports for word in ("-d", f"tcp.port=={port},smpp")]
    done = subprocess.run(
        [tool("tshark"), "-r", str(file), *decode, *more], capture_output=True, text=True, check=True, timeout=50
    )
    return done.stdout.splitlines()
