"""The console as a service: which commands there are, who may enter, and the factory of its sessions."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from twisted.logger import Logger

from jasminlike.accounts.billing import Purses
from jasminlike.catalog.service import Catalog
from jasminlike.interfaces import Bound, Ledger
from jasminlike.stats import Stats
from jcli import commands
from jcli.access import Access, PasswordCheck
from jcli.commands_smppc import Connectors
from jcli.commands_tables import INTERCEPTOR, ROUTE, Table, interceptor_words, route_words
from jcli.commands_user import Users
from jcli.desk import Binds, Command, Desk, SessionStates
from jcli.profiles import Profiles
from jcli.shell import House, Shell
from jcli.stats import StatsCommand
from jcli.terminal import Terminal
from jcli.things import Things

__all__ = ["Binds", "Bound", "Console", "SessionStates"]


def make_commands(desk: Desk) -> dict[str, Command]:
    """The commands by name, in the order in which `help` lists them; those whose kind is registered."""
    makers: tuple[tuple[str, Callable[[], Command]], ...] = (
        ("user", lambda: Users(desk)),
        ("group", lambda: Things(desk, commands.GROUP)),
        ("filter", lambda: Things(desk, commands.FILTER)),
        ("mointerceptor", lambda: Table(desk, interceptor_words("MO"), INTERCEPTOR)),
        ("mtinterceptor", lambda: Table(desk, interceptor_words("MT"), INTERCEPTOR)),
        ("moroute", lambda: Table(desk, route_words("MO"), ROUTE)),
        ("mtroute", lambda: Table(desk, route_words("MT"), ROUTE)),
        ("smppcc", lambda: Connectors(desk)),
        ("httpcc", lambda: Things(desk, commands.HTTPCC)),
    )
    made: list[Command] = [Profiles(desk, "persist"), Profiles(desk, "load")]
    made += [make() for kind, make in makers if kind in desk.catalog.kinds]
    made.append(StatsCommand(desk))
    return {command.name: command for command in made}


class Console(Factory):
    """A factory for `endpoint.listen`. Sessions share one catalogue: what one changes the others see at once.

    `username` None opens the console to everybody who reaches it. `idle_timeout` in seconds, 0 = never;
    `max_connections` sessions at once, further ones are closed.
    """

    noisy = False

    def __init__(
        self,
        catalog: Catalog,
        purses: Purses,
        ledger: Ledger,
        stats: Stats,
        states: SessionStates,
        binds: Binds,
        username: str | None,
        password_check: PasswordCheck | None,
        version: str,
        clock: IReactorTime,
        *,
        idle_timeout: float = 1800.0,
        max_connections: int = 20,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        if username is not None and password_check is None:
            raise ValueError("a console with a username needs a password")
        access = None if username is None or password_check is None else Access(username, password_check, now)
        desk = Desk(catalog, purses, ledger, stats, states, binds)
        self._house = House(make_commands(desk), access, version, itertools.count(1))
        self._clock = clock
        self._idle_timeout = idle_timeout
        self._max_connections = max_connections
        self._sessions: set[Terminal] = set()
        self._log = Logger()

    def buildProtocol(self, addr: Any) -> Terminal | None:
        """A session for a new connection; None, which closes it, when there are too many."""
        if len(self._sessions) >= self._max_connections:
            self._log.warn("the console has {count} sessions, a further one was refused", count=len(self._sessions))
            return None
        session = Terminal(
            Shell(self._house, getattr(addr, "host", "local")), self._clock, self._idle_timeout, self._sessions.discard
        )
        self._sessions.add(session)
        return session

    def disconnect_all(self) -> None:
        """Ends all sessions: the gateway stops."""
        for session in list(self._sessions):
            session.disconnect()
