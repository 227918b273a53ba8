"""What a console works with, in memory: connectors, accounts' sessions, a ledger; and a reader of transcripts."""

from __future__ import annotations

import itertools
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from jasminlike.accounts.billing import Purses
from jasminlike.accounts.kinds import GROUP, user_kind
from jasminlike.catalog.service import Catalog
from jasminlike.filters.kinds import FILTER_KIND
from jasminlike.httpc.settings import HTTP_CONNECTOR
from jasminlike.interfaces import Bound
from jasminlike.smppc.settings import connector_kind
from jasminlike.stats import Stats
from jcli.access import Access, plain_password
from jcli.desk import Desk
from jcli.service import make_commands
from jcli.shell import House, Shell
from routers.kinds import MOROUTE_KIND, MTROUTE_KIND
from tests.fakes.catalogue_store import MemoryCatalogueStore


async def seal(password: str) -> str:
    return f"hash of {password}"


def all_kinds() -> list[Any]:
    return [GROUP, user_kind(seal), FILTER_KIND, connector_kind(), HTTP_CONNECTOR, MTROUTE_KIND, MOROUTE_KIND]


class FakeStates:
    """Connectors' sessions as a test says."""

    def __init__(self) -> None:
        self.sessions: dict[str, tuple[str, int, int]] = {}

    def session(self, cid: str) -> str:
        return self.sessions.get(cid, ("NONE", 0, 0))[0]

    def starts(self, cid: str) -> int:
        return self.sessions.get(cid, ("NONE", 0, 0))[1]

    def stops(self, cid: str) -> int:
        return self.sessions.get(cid, ("NONE", 0, 0))[2]


class FakeBinds:
    """Accounts' sessions as a test says; `unbound` are those that were told to go."""

    def __init__(self) -> None:
        self.bound: dict[str, list[Bound]] = {}
        self.unbound: list[str] = []

    def sessions(self, username: str) -> list[Bound]:
        return self.bound.get(username, [])

    def unbind(self, username: str) -> int:
        self.unbound.append(username)
        return len(self.bound.pop(username, []))


class FakeLedger:
    """`rows` by uid."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[int | None, int | None]] = {}
        self.changes: list[tuple[str, int, int, str]] = []
        self.problem: Exception | None = None

    def change(self, uid: str, balance: int, messages: int, why: str, message_id: str) -> Deferred[None]:
        self.changes.append((uid, balance, messages, why))
        old = self.rows[uid]
        return self.set(
            uid, None if old[0] is None else old[0] + balance, None if old[1] is None else old[1] + messages
        )

    def set(self, uid: str, balance: int | None, messages: int | None) -> Deferred[None]:
        if self.problem is not None:
            return fail(self.problem)
        self.rows[uid] = (balance, messages)
        return succeed(None)

    def load(self) -> Deferred[list[tuple[str, int | None, int | None]]]:
        return succeed([(uid, *row) for uid, row in self.rows.items()])


class Room:
    """A console without a socket, and everything behind it."""

    def __init__(self, kinds: list[Any] | None = None) -> None:
        self.clock = Clock()
        self.store = MemoryCatalogueStore()
        self.catalog = Catalog(self.store, all_kinds() if kinds is None else kinds)
        self.purses = Purses()
        self.ledger = FakeLedger()
        self.stats = Stats()
        self.states = FakeStates()
        self.binds = FakeBinds()
        self.desk = Desk(self.catalog, self.purses, self.ledger, self.stats, self.states, self.binds)
        self.access = Access("jcliadmin", plain_password("jclipwd"), self.clock.seconds)
        self.house = House(make_commands(self.desk), self.access, "1.2.3", itertools.count(1))
        self.open = House(self.house.commands, None, "1.2.3", itertools.count(1))
        self.shell = Shell(self.open, "127.0.0.1")
        self.shell.start()

    def type(self, line: str, shell: Shell | None = None) -> list[str]:
        """The lines that a line brings."""
        answers: list[Any] = []
        Deferred.fromCoroutine((shell or self.shell).enter(line)).addBoth(answers.append)
        assert answers, f"{line!r} is not answered yet"
        assert not isinstance(answers[0], Failure), answers[0]
        return list(answers[0].lines)

    def play(self, transcript: str) -> None:
        """Types each line that stands behind a prompt and compares what comes with what follows, to the character."""
        said: list[str] = []
        for line in transcript.strip("\n").split("\n"):
            prompt = next((each for each in ("jcli : ", "> ") if line.startswith(each) or line == each.strip()), None)
            if prompt is None:
                assert said, f"nothing more was said where {line!r} was expected"
                assert said.pop(0) == line
                continue
            assert said == [], f"said too much before {line!r}: {said}"
            assert self.shell.prompt == prompt, f"prompt {self.shell.prompt!r} at {line!r}"
            said = self.type(line[len(prompt) :])
        assert said == [], f"said too much at the end: {said}"

    def setup(self, commands: str) -> None:
        """Types lines whose answers do not matter here, and leaves no dialogue open."""
        for line in commands.strip().splitlines():
            self.type(line.strip())
        assert self.shell.prompt == "jcli : "
