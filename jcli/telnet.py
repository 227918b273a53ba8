"""The telnet protocol (RFC 854, 855), as far as a console needs it: bytes in, bytes of the operator and replies out.

No socket here. The console asks the client to send character by character and not to echo; whatever else a client
offers or asks for is refused once. Clients that know nothing of telnet are served as well.
"""

from __future__ import annotations

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
BREAK, INTERRUPT, ERASE_CHARACTER, ERASE_LINE = 243, 244, 247, 248
ECHO, SUPPRESS_GO_AHEAD, WINDOW_SIZE, LINEMODE = 1, 3, 31, 34

GREETING = bytes((IAC, DO, LINEMODE, IAC, DO, WINDOW_SIZE, IAC, DO, SUPPRESS_GO_AHEAD, IAC, WILL, ECHO))
"""What a console sends first."""

_ASKED_OF_CLIENT = frozenset((LINEMODE, WINDOW_SIZE, SUPPRESS_GO_AHEAD))
_OFFERED = frozenset((ECHO, SUPPRESS_GO_AHEAD))
_KEYS = {BREAK: b"\x03", INTERRUPT: b"\x03", ERASE_CHARACTER: b"\x7f", ERASE_LINE: b"\x15"}
_LONGEST_SUBNEGOTIATION = 1024
_SIGNALS_ONLY = bytes((IAC, SB, LINEMODE, 1, 2, IAC, SE))
"""MODE TRAPSIG (RFC 1184): the client edits nothing itself."""


class Telnet:
    """One connection's state. `width` is that of the client's window once it has told it."""

    def __init__(self) -> None:
        self.width = 80
        self._rest = b""
        self._answered: set[tuple[int, int]] = set()

    def receive(self, data: bytes) -> tuple[bytes, bytes]:
        """Takes what arrived; returns what the operator typed (interrupts as control characters) and what to reply."""
        if IAC not in data and not self._rest:
            return data, b""
        data = self._rest + data
        self._rest = b""
        typed, reply = bytearray(), bytearray()
        at = 0
        while (command := data.find(IAC, at)) >= 0:
            typed += data[at:command]
            used = self._command(data, command, typed, reply)
            at = command + used
            if not used:
                self._rest = data[command:]
                return bytes(typed), bytes(reply)
        typed += data[at:]
        return bytes(typed), bytes(reply)

    def _command(self, data: bytes, at: int, typed: bytearray, reply: bytearray) -> int:
        """Handles the command that starts at `at`; returns its length, 0 when it has not arrived whole."""
        if at + 1 >= len(data):
            return 0
        code = data[at + 1]
        if code == IAC:
            typed.append(IAC)
        elif code in _KEYS:
            typed += _KEYS[code]
        elif code == SB:
            return self._subnegotiation(data, at)
        elif code in (DO, DONT, WILL, WONT):
            if at + 2 >= len(data):
                return 0
            reply += self._negotiate(code, data[at + 2])
            return 3
        return 2

    def _negotiate(self, code: int, option: int) -> bytes:
        """The reply to a request, once for each: two sides that answer answers would never stop (RFC 854)."""
        if code in (WONT, DONT) or (code, option) in self._answered:
            return b""
        self._answered.add((code, option))
        if code == WILL:
            if option == LINEMODE:
                return _SIGNALS_ONLY
            return b"" if option in _ASKED_OF_CLIENT else bytes((IAC, DONT, option))
        if option == ECHO:
            return b""
        return bytes((IAC, WILL if option in _OFFERED else WONT, option))

    def _subnegotiation(self, data: bytes, at: int) -> int:
        end = at + 2
        while (end := data.find(IAC, end)) >= 0 and end + 1 < len(data):
            if data[end + 1] == SE:
                self._window(data[at + 2 : end].replace(b"\xff\xff", b"\xff"))
                return end + 2 - at
            end += 2
        return len(data) - at if len(data) - at > _LONGEST_SUBNEGOTIATION else 0

    def _window(self, body: bytes) -> None:
        if len(body) == 5 and body[0] == WINDOW_SIZE:
            self.width = int.from_bytes(body[1:3], "big") or self.width
