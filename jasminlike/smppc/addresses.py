"""The addresses of one SMSC: the main one, its backups, and how healthy the one in use is.

An address has failed when no connection comes about, the bind is refused or not answered, the link is dead (an
enquire_link, or many requests in a row, without answer), the session breaks soon after its bind, or too many answers
are system errors. Then the next one of the list is tried; after the last comes the main one again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import msgspec

from jasminlike.kind import FieldError
from jasminlike.smpp import statuses as s

ANSWERS = 100
"""The share of errors is taken over so many of the last answers, and nothing is said before there are so many."""
SHORT_LIFE = 10.0
"""A session that is lost within so many seconds of its bind says that the address is not well."""
SYSTEM_ERRORS = frozenset({s.ESME_RSYSERR, s.ESME_RSUBMITFAIL, s.ESME_RINVBNDSTS, s.ESME_RX_T_APPN, s.ESME_RX_R_APPN})
"""Answers that speak of the SMSC's own state, not of the message."""
_LONGEST_LIST = 20


class Address(msgspec.Struct, frozen=True, array_like=True):
    """Where an SMSC listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_backups(text: str) -> list[list[Any]]:
    """`host:port;host:port;…` in the order to try, `[…]` around an IPv6 address; or `none`."""
    if text.strip().lower() in ("none", ""):
        return []
    found = []
    for each in text.strip().rstrip(";").split(";"):
        host, colon, port = each.strip().rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        host = host[1:-1] if bracketed else host
        fits = colon and host.isascii() and host.isprintable() and not any(map(str.isspace, host)) and len(host) <= 255
        if not fits or not host or (":" in host and not bracketed) or not port.isascii() or not port.isdecimal():
            raise _refused(text, f"{each!r} is not host:port")
        if not 1 <= int(port) <= 65535:
            raise _refused(text, f"{each!r}: a port is a whole number from 1 to 65535")
        found.append([host, int(port)])
    if len(found) > _LONGEST_LIST:
        raise _refused(text, f"at most {_LONGEST_LIST} addresses")
    return found


def show_backups(backups: Sequence[Sequence[Any]]) -> str:
    """The text that `parse_backups` takes."""
    return ";".join(str(Address(host, port)) for host, port in backups) or "none"


def _refused(text: str, why: str) -> FieldError:
    return FieldError(f"Unknown value for key backups: {text} ({why})", "backups")


class Addresses:
    """A list of addresses, main first, and the one in use."""

    def __init__(self, every: Sequence[Address]) -> None:
        self._every: tuple[Address, ...] = ()
        self._place = 0
        self._failed_in_a_row = 0
        self.follow(every)

    def follow(self, every: Sequence[Address]) -> None:
        """The list as it is now; a list that changed begins with its first."""
        if tuple(every) != self._every:
            self._every = tuple(every)
            self.back_to_main()

    @property
    def current(self) -> Address:
        """The address to connect to."""
        return self._every[self._place]

    @property
    def main(self) -> Address:
        """The first of the list."""
        return self._every[0]

    @property
    def on_main(self) -> bool:
        """Whether the one in use is the main one."""
        return self._place == 0

    @property
    def alone(self) -> bool:
        """Whether there is no other."""
        return len(self._every) == 1

    def failed(self) -> bool:
        """The one in use is not well: the next one is, from now on. False when all have failed in a row."""
        self._failed_in_a_row += 1
        self._place = (self._place + 1) % len(self._every)
        return self._failed_in_a_row < len(self._every)

    def works(self) -> None:
        """The one in use took our bind."""
        self._failed_in_a_row = 0

    def back_to_main(self) -> None:
        """The main one works again and is in use."""
        self._place = 0
        self._failed_in_a_row = 0


class Health:
    """The share of system errors in the last answers of a session."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._last: deque[bool] = deque(maxlen=ANSWERS)
        self._errors = 0

    def answered(self, status: int) -> bool:
        """Counts an answer; False when the share of errors is above what is allowed."""
        if not self._most:
            return True
        last = self._last
        if len(last) == ANSWERS:
            self._errors -= last[0]
        error = status in SYSTEM_ERRORS
        last.append(error)
        self._errors += error
        return len(last) < ANSWERS or self._errors <= self._most * ANSWERS

    @property
    def share(self) -> float:
        """The share of errors now."""
        return self._errors / len(self._last) if self._last else 0.0
