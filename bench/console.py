"""Types lines into a telnet console of the jCli kind and reads what it answers.

The console asks for a user name and a password and then shows the prompt `jcli : `, or `> ` inside a dialog. An answer
is whatever comes up to the next prompt. Of telnet, just so much is spoken as makes a server show its first prompt: some
wait for the size of the window.
"""

from __future__ import annotations

import re
import socket
import time
from types import TracebackType

from bench.errors import ConsoleFailed

_IAC, _WILL, _DO, _WONT = 0xFF, 0xFB, 0xFD, 0xFC
_ECHO, _SUPPRESS_GO_AHEAD, _WINDOW_SIZE = 1, 3, 31
_WINDOW = bytes([_IAC, 0xFA, _WINDOW_SIZE, 0, 200, 0, 50, _IAC, 0xF0])  # 200 columns, 50 lines: nothing is wrapped

_TELNET = re.compile(rb"\xff(?:\xfa.*?\xff\xf0|[\xfb-\xfe](.)|[\xf1-\xf9])", re.DOTALL)
_ANSI = re.compile(rb"\x1b(?:\[[0-9;?]*[A-Za-z]|[A-Za-z])")
_PROMPT = re.compile(r"(?:^|\n)(?:jcli : |> |Username: ?|Password: ?)$")


class Console:
    """A session at the console; a context manager."""

    def __init__(self, port: int, timeout: float = 10.0) -> None:
        """Connects; reads nothing yet."""
        self._timeout = timeout
        self._pending = b""
        try:
            self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        except OSError as error:
            raise ConsoleFailed(f"no console listens on port {port}: {error}") from error

    def __enter__(self) -> Console:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def log_in(self, username: str, password: str) -> None:
        """Raises ConsoleFailed unless the prompt of a logged-in session comes."""
        greeting = self._read()
        if "sername" in greeting:
            self.type(username)
            greeting = self.type(password)
        if not greeting.endswith("jcli : "):
            raise ConsoleFailed(f"the console does not let {username} in:\n{greeting}")

    def type(self, line: str) -> str:
        """Sends a line and returns what is answered up to and with the next prompt, the echo included."""
        self._socket.sendall(line.encode() + b"\r\n")
        return self._read()

    def _read(self) -> str:
        end = time.monotonic() + self._timeout
        text = ""
        while time.monotonic() < end:
            self._socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                received = self._socket.recv(65536)
            except TimeoutError:
                break
            if not received:
                raise ConsoleFailed(f"the console closed the connection after:\n{text}")
            text += self._plain(received)
            if _PROMPT.search(text):
                return text
        raise ConsoleFailed(f"no prompt came within {self._timeout:.0f} s after:\n{text}")

    def _plain(self, received: bytes) -> str:
        """Answers and takes out telnet commands and terminal sequences; incomplete ones wait for the rest."""
        data = self._pending + received
        for command in _TELNET.finditer(data):
            self._negotiate(command[0])
        data = _ANSI.sub(b"", _TELNET.sub(b"", data))
        unfinished = max(data.rfind(b"\xff"), data.rfind(b"\x1b"))
        self._pending = data[unfinished:] if unfinished >= 0 else b""
        return data[: len(data) - len(self._pending)].decode("utf-8", "replace").replace("\r", "")

    def _negotiate(self, command: bytes) -> None:
        if len(command) != 3:
            return
        verb, option = command[1], command[2]
        if verb == _DO and option == _WINDOW_SIZE:
            self._socket.sendall(bytes([_IAC, _WILL, option]) + _WINDOW)
        elif verb == _DO and option != _SUPPRESS_GO_AHEAD:
            self._socket.sendall(bytes([_IAC, _WONT, option]))
        elif verb == _WILL and option in (_ECHO, _SUPPRESS_GO_AHEAD):
            self._socket.sendall(bytes([_IAC, _DO, option]))
