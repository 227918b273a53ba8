"""A tiny gateway for testing the bench: HTTP in, SMPP out, receipts and incoming messages called back, a console.

It keeps messages in memory for `--hold` seconds after it has said yes, so that killing it must lose some, and drops
every Nth of them with `--lose-every`. It is a program of its own, run by the bench through a description.
"""

from __future__ import annotations

import argparse
import asyncio
import struct
from urllib.parse import parse_qs, urlsplit

SUBMIT_SM, DELIVER_SM, BIND_TRANSCEIVER, RESPONSE = 0x04, 0x05, 0x09, 0x80000000
FINAL = "level=2"  # what tells a final receipt


def pdu(command: int, sequence: int, body: bytes) -> bytes:
    return struct.pack(">IIII", 16 + len(body), command, 0, sequence) + body


def c_octets(*texts: str) -> bytes:
    return b"".join(text.encode() + b"\0" for text in texts)


class Gateway:
    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.sequence = 0
        self.accepted = 0
        self.callbacks: dict[int, str] = {}  # by sequence number of the submit_sm
        self.receipts: dict[str, str] = {}  # by the SMSC's message id
        self.smsc: asyncio.StreamWriter | None = None
        self.calls: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        await asyncio.start_server(self.serve_http, "127.0.0.1", self.options.http)
        await asyncio.start_server(self.serve_console, "127.0.0.1", self.options.console)
        print("fake gateway is ready", flush=True)
        reader, self.smsc = await asyncio.open_connection("127.0.0.1", self.options.smsc)
        self.smsc.write(pdu(BIND_TRANSCEIVER, 1, c_octets("bench", "bench", "") + b"\x34\0\0\0"))
        while True:
            length, command, _status, sequence = struct.unpack(">IIII", await reader.readexactly(16))
            self.on_pdu(command, sequence, await reader.readexactly(length - 16))

    def on_pdu(self, command: int, sequence: int, body: bytes) -> None:
        assert self.smsc is not None
        if command == SUBMIT_SM | RESPONSE and self.callbacks.get(sequence):
            self.receipts[body.rstrip(b"\0").decode()] = self.callbacks.pop(sequence)
        if command == DELIVER_SM:
            self.smsc.write(pdu(DELIVER_SM | RESPONSE, sequence, b"\0"))
            text = body.partition(b"id:")[2]
            if text:
                url = self.receipts.pop(text.partition(b" ")[0].decode())
                self.call_soon(url, FINAL)
            else:
                mark = body[body.index(b"SEQ-") :].partition(b" ")[0].decode()
                self.call_soon(f"http://127.0.0.1:{self.options.sink}/mo", mark)

    def call_soon(self, url: str, query: str) -> None:
        task = asyncio.get_running_loop().create_task(self.call(url, query))
        self.calls.add(task)
        task.add_done_callback(self.calls.discard)

    async def call(self, url: str, query: str) -> None:
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"GET {parts.path}?{query} HTTP/1.1\r\nHost: sink\r\nConnection: close\r\n\r\n".encode())
        await reader.read()
        writer.close()

    async def serve_http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            arguments = parse_qs(urlsplit(head.split()[1].decode()).query)
            body = b"Success"
            status = b"200 OK" if arguments.get("password") == ["bench"] else b"403 Forbidden"
            writer.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))
            self.accepted += 1
            if not self.options.lose_every or self.accepted % self.options.lose_every:
                text, url = arguments["content"][0], arguments.get("dlr-url", [""])[0]
                asyncio.get_running_loop().call_later(self.options.hold, self.submit, text, url)

    def submit(self, text: str, url: str) -> None:
        assert self.smsc is not None
        self.sequence += 1
        self.callbacks[self.sequence] = url
        flags = bytes([0, 0, 0, 0, 0, bool(url), 0, 0, 0, len(text)])  # registered_delivery when a URL is to be called
        addresses = b"\0\1\1" + c_octets("1234") + b"\1\1" + c_octets("44")
        self.smsc.write(pdu(SUBMIT_SM, self.sequence, addresses + flags + text.encode()))

    async def serve_console(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\xff\xfd\x1f\xff\xfb\x01\x1bcAuthentication required.\r\n\r\n")
        await reader.readuntil(b"\xff\xf0")  # the size of the window, which real consoles wait for, too
        writer.write(b"Username: ")
        answers = {b"jcliadmin": b"Password: ", b"jclipwd": b"jcli : "}
        while line := (await reader.readline()).strip(b"\r\n\xff\xfd\x01"):
            refused = self.options.refuse.encode() if self.options.refuse else None
            if line == refused:
                answer = b"Incorrect command\r\r\n\x1b[0mjcli : "
            elif line == b"ok":
                answer = b"Successfully added\r\r\njcli : "
            else:
                answer = answers.get(line, b"> ")
            writer.write(line + b"\r\r\n" + answer)


def main() -> None:
    parser = argparse.ArgumentParser()
    for port in ("http", "console", "smsc", "sink"):
        parser.add_argument(f"--{port}", type=int, required=True)
    parser.add_argument("--lose-every", type=int, default=0)
    parser.add_argument("--hold", type=float, default=0.0)
    parser.add_argument("--refuse", default="")
    asyncio.run(Gateway(parser.parse_args()).run())


if __name__ == "__main__":
    main()
