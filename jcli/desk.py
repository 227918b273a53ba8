"""What the console's commands work with, and what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from jasminlike.accounts.billing import Purses
from jasminlike.catalog.service import Catalog
from jasminlike.interfaces import Bound, Ledger
from jasminlike.stats import Stats


class SessionStates(Protocol):
    """What the console shows of connectors beside their settings."""

    def session(self, cid: str) -> str:
        """NONE, OPEN, BOUND_TRX …"""

    def starts(self, cid: str) -> int:
        """How often it was started since the gateway runs."""

    def stops(self, cid: str) -> int:
        """How often it was stopped since the gateway runs."""


class Binds(Protocol):
    """The sessions of accounts on the SMPP server."""

    def sessions(self, username: str) -> Sequence[Bound]:
        """Those that are bound now."""

    def unbind(self, username: str) -> int:
        """Unbinds all of them; returns how many."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The collaborators of all commands."""

    catalog: Catalog
    purses: Purses
    ledger: Ledger
    stats: Stats
    states: SessionStates
    binds: Binds


class Dialogue(Protocol):
    """A command that goes on: it gets the next lines until it answers without a dialogue."""

    async def enter(self, line: str) -> Answer:
        """Takes one line."""

    def choices(self) -> list[str]:
        """What a line may begin with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a line brought: lines to print, the dialogue that is open then, and whether the session ends."""

    lines: tuple[str, ...] = ()
    dialogue: Dialogue | None = None
    close: bool = False


def say(*lines: str) -> Answer:
    """An answer that is nothing but text."""
    return Answer(lines)


class Command(Protocol):
    """One word of the console's language."""

    name: str
    about: str

    def usage(self) -> list[str]:
        """What `help` shows of it."""

    async def run(self, words: Sequence[str], actor: str) -> Answer:
        """Does what the words after the command say. `actor` stands in the audit."""

    def complete(self, words: Sequence[str]) -> list[str]:
        """What may follow these words."""
