"""The scenarios, called cells, and how each is loaded.

A              HTTP in, SMPP out, no receipts
B              HTTP in, SMPP out, receipts called back to a URL
C-w100-s1      SMPP in, SMPP out, no receipts; window 100, 1 session (any numbers)
D              SMPP in, SMPP out, receipts back to the client; window 100, 1 session
E              a message from a mobile, called back to a URL
…@RATE         any of them at so many messages a second, instead of as fast as it goes
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bench.description import Description
from bench.errors import DescriptionWrong

LOAD_TIMEOUT_S = 300
RECEIPT_WAIT_S = 25
_SPELLING = re.compile(r"(?:(?P<kind>[ABDE])|C(?:-w(?P<window>\d+)-s(?P<sessions>\d+))?)(?:@(?P<rate>\d+(?:\.\d+)?))?")


@dataclass(frozen=True)
class Cell:
    """One scenario; `str()` gives the spelling of the command line back."""

    kind: str  # A, B, C, D or E
    window: int = 100
    sessions: int = 1
    rate: float = 0.0  # 0: as fast as it goes

    def __str__(self) -> str:
        shape = f"-w{self.window}-s{self.sessions}" if self.kind == "C" else ""
        return self.kind + shape + (f"@{self.rate:g}" if self.rate else "")

    @property
    def has_receipts(self) -> bool:
        return self.kind in "BD"

    @property
    def bound(self) -> str:
        """Which bound of the tools it is compared with: that of the protocol by which messages come in, and for E that
        of the callbacks, because the simulator itself sends."""
        return "smpp" if self.kind in "CD" else "http"


def parse(text: str) -> list[Cell]:
    """A list such as `A,B@2000,C-w10-s4`. Raises DescriptionWrong."""
    cells = []
    for spelling in text.split(","):
        found = _SPELLING.fullmatch(spelling.strip())
        if not found:
            raise DescriptionWrong(f"no such scenario: {spelling!r} (A, B, C-w100-s1, D, E; with a rate: A@2000)")
        window, sessions = int(found["window"] or 100), int(found["sessions"] or 1)
        cells.append(Cell(found["kind"] or "C", window, sessions, float(found["rate"] or 0)))
    return cells


def why_impossible(cell: Cell, gateway: Description) -> str:
    """Why the gateway cannot be measured that way; "" when it can."""
    if cell.kind == "B" and not gateway.http.receipts:
        return "it has no receipts over HTTP"
    if cell.kind in "CD" and gateway.smpp is None:
        return "it has no SMPP server"
    if cell.kind == "E" and not gateway.mobile_originated:
        return "it is not set up for incoming messages"
    return ""


def load_command(cell: Cell, gateway: Description, count: int) -> tuple[str, list[str]]:
    """The tool and its arguments that load the gateway; not for E, which the simulator does."""
    rate = ["--rate", str(cell.rate)] if cell.rate else []
    common = ["--count", str(count), "--timeout", str(LOAD_TIMEOUT_S), *rate]
    if cell.kind in "AB":
        url = gateway.http.url + (gateway.http.receipts if cell.kind == "B" else "")
        return "httpload", ["load", "--url", url, "--connections", str(gateway.http.connections), "--verbose", *common]
    door = gateway.smpp
    assert door is not None, "why_impossible was not asked"
    bind = ["--port", str(door.port), "--system-id", door.system_id, "--password", door.password]
    shape = ["--window", str(cell.window), "--sessions", str(cell.sessions)]
    receipts = ["--registered-delivery", "1", "--dlr-wait", str(RECEIPT_WAIT_S)] if cell.kind == "D" else []
    return "smppload", [*bind, *shape, *receipts, *common]
