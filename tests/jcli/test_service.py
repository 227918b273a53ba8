"""The console over a real connection: telnet, login, dialogue, several sessions, rude clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor as running
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.protocol import Protocol

from jcli.access import plain_password
from jcli.service import Console
from tests.fakes.console import Room

reactor: Any = running

GREETING = (
    b"\xff\xfd\x22\xff\xfd\x1f\xff\xfd\x03\xff\xfb\x01\x1bc\x1b[4hAuthentication required.\r\r\r\n\r\r\r\nUsername: "
)


class Client(Protocol):
    """Reads until what it waits for stands at the end of what came since."""

    def __init__(self) -> None:
        self.got = b""
        self.lost: Deferred[None] = Deferred()
        self._ending: tuple[bytes, Deferred[bytes]] | None = None

    def dataReceived(self, data: bytes) -> None:
        self.got += data
        self._look()

    def connectionLost(self, reason: Any = None) -> None:
        self.lost.callback(None)

    def until(self, ending: bytes) -> Deferred[bytes]:
        waiting: Deferred[bytes] = Deferred()
        self._ending = (ending, waiting)
        waiting.addTimeout(10, reactor)
        self._look()
        return waiting

    async def type(self, line: str, ending: bytes = b": ") -> str:
        """Types a line and gives what came, without the echo and with plain ends of lines."""
        self.transport.write(line.encode() + b"\r\n")
        got = await self.until(ending)
        return got.decode().replace("\r\r\r\n", "\n").removeprefix(line + "\n")

    def _look(self) -> None:
        if self._ending is not None and self.got.endswith(self._ending[0]):
            got, self.got = self.got, b""
            (_, waiting), self._ending = self._ending, None
            waiting.callback(got)


class House:
    """A listening console and its clients."""

    def __init__(self) -> None:
        self.room = Room()
        room = self.room
        self.console = Console(
            room.catalog, room.purses, room.ledger, room.stats, room.states, room.binds,
            "jcliadmin", plain_password("jclipwd"), "1.2.3", reactor, max_connections=4,
            now=room.clock.seconds,
        )  # fmt: skip
        self.clients: list[Client] = []
        self.port: Any = None

    async def connect(self) -> Client:
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", self.port.getHost().port)
        client: Client = await connectProtocol(endpoint, Client())
        self.clients.append(client)
        return client

    async def enter(self) -> Client:
        client = await self.connect()
        await client.until(b"Username: ")
        await client.type("jcliadmin")
        await client.type("jclipwd")
        return client


@pytest_twisted.async_yield_fixture
async def house() -> AsyncIterator[House]:
    house = House()
    house.port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(house.console)
    yield house
    await house.port.stopListening()
    house.console.disconnect_all()
    for client in house.clients:
        client.transport.loseConnection()
        await client.lost


@pytest_twisted.ensureDeferred
async def test_the_prompt_comes_at_once_and_the_login_to_the_letter(house: House) -> None:
    client = await house.connect()
    assert await client.until(b"Username: ") == GREETING
    client.transport.write(b"jcliadmin\r\n")
    assert await client.until(b"Password: ") == b"jcliadmin\r\r\r\nPassword: "
    client.transport.write(b"wrong\r\n")
    assert await client.until(b"Username: ") == b"\r\r\r\nIncorrect Username/Password.\r\r\r\nUsername: "
    await client.type("jcliadmin")
    client.transport.write(b"jclipwd\r\n")
    assert await client.until(b"jcli : ") == (
        b"\r\r\r\nWelcome to jasminlike 1.2.3 console\r\r\r\nType help or ? to list commands.\r\r\r\n"
        b"\r\r\r\nSession ref: 1\r\r\r\njcli : "
    )
    client.transport.write(b"quit\r\n")
    await client.lost


SETUP = """\
group -a
gid g1
ok
user -a
uid u1
gid g1
username bench
password bench
ok
smppccm -a
cid sim1
host 127.0.0.1
port 22700
username jasmin
password jasmin
bind transceiver
submit_throughput 0
ok
mtrouter -a
type DefaultRoute
connector smppc(sim1)
rate 0.0
ok
httpccm -a
cid sink1
url http://127.0.0.1:22702/mo
method GET
ok
morouter -a
type DefaultRoute
connector http(sink1)
ok
smppccm -1 sim1
persist
quit
"""

SAID = """\
jcli : group -a
Adding a new Group: (ok: save, ko: exit)
> gid g1
> ok
Successfully added Group [g1]
jcli : user -a
Adding a new User: (ok: save, ko: exit)
> uid u1
> gid g1
> username bench
> password bench
> ok
Successfully added User [u1] to Group [g1]
jcli : smppccm -a
Adding a new connector: (ok: save, ko: exit)
> cid sim1
> host 127.0.0.1
> port 22700
> username jasmin
> password jasmin
> bind transceiver
> submit_throughput 0
> ok
Successfully added connector [sim1]
jcli : mtrouter -a
Adding a new MT Route: (ok: save, ko: exit)
> type DefaultRoute
<class 'jasmin.routing.Routes.DefaultRoute'> arguments:
connector, rate
> connector smppc(sim1)
> rate 0.0
> ok
Successfully added MTRoute [DefaultRoute] with order:0
jcli : httpccm -a
Adding a new Httpcc: (ok: save, ko: exit)
> cid sink1
> url http://127.0.0.1:22702/mo
> method GET
> ok
Successfully added Httpcc [HttpConnector] with cid:sink1
jcli : morouter -a
Adding a new MO Route: (ok: save, ko: exit)
> type DefaultRoute
<class 'jasmin.routing.Routes.DefaultRoute'> arguments:
connector
> connector http(sink1)
> ok
Successfully added MORoute [DefaultRoute] with order:0
jcli : smppccm -1 sim1
Successfully started connector id:sim1
jcli : persist
group configuration persisted (profile:jcli-prod)
user configuration persisted (profile:jcli-prod)
mointerceptor configuration persisted (profile:jcli-prod)
mtinterceptor configuration persisted (profile:jcli-prod)
morouter configuration persisted (profile:jcli-prod)
mtrouter configuration persisted (profile:jcli-prod)
smppcc configuration persisted (profile:jcli-prod)
filter configuration persisted (profile:jcli-prod)
httpcc configuration persisted (profile:jcli-prod)
jcli : quit
"""


def check_setup(house: House) -> None:
    catalog = house.room.catalog
    assert catalog.get("user", "u1").username == "bench"
    assert catalog.get("smppcc", "sim1").started
    assert catalog.get("smppcc", "sim1").submit_throughput == 0
    assert str(catalog.get("mtroute", "0").targets[0]) == "smppc(sim1)"
    assert str(catalog.get("moroute", "0").targets[0]) == "http(sink1)"
    assert {change.actor for change in house.room.store.log} == {"jcli:jcliadmin@127.0.0.1"}


@pytest_twisted.ensureDeferred
async def test_a_whole_gateway_is_set_up_line_by_line(house: House) -> None:
    client = await house.enter()
    said = "jcli : "
    for line in SETUP.splitlines()[:-1]:
        client.transport.write(line.encode() + b"\r\n")
        prompt = b"> " if line.split()[0] not in ("ok", "persist") and line != "smppccm -1 sim1" else b"jcli : "
        said += (await client.until(prompt)).decode().replace("\r\r\r\n", "\n")
    client.transport.write(b"quit\r\n")
    await client.lost
    assert said + client.got.decode().replace("\r\r\r\n", "\n") == SAID
    check_setup(house)


@pytest_twisted.ensureDeferred
async def test_a_whole_gateway_is_set_up_in_one_paste(house: House) -> None:
    client = await house.enter()
    client.transport.write(SETUP.encode())
    await client.lost
    assert "jcli : " + client.got.decode().replace("\r\r\r\n", "\n") == SAID
    check_setup(house)


@pytest_twisted.ensureDeferred
async def test_two_sessions_see_one_another_s_changes(house: House) -> None:
    first, second = await house.enter(), await house.enter()
    await first.type("filter -a", b"> ")
    await first.type("fid f1", b"> ")
    await first.type("type TransparentFilter", b"> ")
    await first.type("ok", b"jcli : ")
    assert "f1" in await second.type("filter -l", b"jcli : ")
    await second.type("filter -r f1", b"jcli : ")
    assert await first.type("filter -l", b"jcli : ") == "Total Filters: 0\njcli : "


@pytest_twisted.ensureDeferred
async def test_a_wrong_expression_does_not_drop_the_session(house: House) -> None:
    house.room.setup("group -a\ngid g\nok\nuser -a\nuid u\ngid g\nusername n\npassword p\nok")
    client = await house.enter()
    await client.type("user -u u", b"> ")
    assert "not a valid regular expression" in await client.type("mt_messaging_cred valuefilter dst_addr [", b"> ")
    assert await client.type("ko", b"jcli : ") == "jcli : "


@pytest_twisted.ensureDeferred
async def test_a_line_without_end_is_refused_and_the_session_lives(house: House) -> None:
    client = await house.enter()
    client.transport.write(b"group -r " + b"x" * 1_000_000 + b"\r\n")
    got = await client.until(b"jcli : ")
    assert got.endswith(
        b"Error: a line has at most 8192 characters, this one was longer and nothing was done\r\r\r\njcli : "
    )
    assert len(got) < 20_000
    assert await client.type("group -l", b"jcli : ") == "Total Groups: 0\njcli : "


@pytest_twisted.ensureDeferred
async def test_garbage_is_survived(house: House) -> None:
    client = await house.enter()
    octets = bytes(octet for octet in range(256) if octet != 4)  # Ctrl-D would end the session, and rightly
    client.transport.write(octets * 40 + b"\xff\xfa\x22" + b"\x00\x80" * 5000 + b"\r\n")
    client.transport.write(b"\xff\xf0\r\n\x03")
    client.transport.write(b"group -l\r\n")
    assert (await client.until(b"Total Groups: 0\r\r\r\njcli : ")).endswith(b"jcli : ")


@pytest_twisted.ensureDeferred
async def test_who_leaves_in_the_middle_harms_nobody(house: House) -> None:
    house.room.store.hold()
    client = await house.enter()
    await client.type("group -a", b"> ")
    await client.type("gid g1", b"> ")
    client.transport.write(b"ok\r\n")
    await client.until(b"ok\r\r\r\n")
    client.transport.abortConnection()
    await client.lost
    house.room.store.release()
    assert house.room.catalog.get("group", "g1") is not None
    other = await house.enter()
    assert "g1" in await other.type("group -l", b"jcli : ")


@pytest_twisted.ensureDeferred
async def test_guessing_is_slowed(house: House) -> None:
    client = await house.connect()
    await client.until(b"Username: ")
    for _ in range(5):
        await client.type("jcliadmin")
        assert "Incorrect" in await client.type("guess")
    await client.type("jcliadmin")
    client.transport.write(b"jclipwd\r\n")
    await client.lost
    assert b"Too many failures, try again in 1 seconds." in client.got
    house.room.clock.advance(2)
    again = await house.enter()
    assert await again.type("group -l", b"jcli : ") == "Total Groups: 0\njcli : "


@pytest_twisted.ensureDeferred
async def test_sessions_are_limited_and_those_that_end_make_room(house: House) -> None:
    clients = [await house.connect() for _ in range(4)]
    for client in clients:
        await client.until(b"Username: ")
    refused = await house.connect()
    await refused.lost
    assert refused.got == b""
    clients[0].transport.write(b"\x04")
    await clients[0].lost
    client = await house.connect()
    assert await client.until(b"Username: ") == GREETING


@pytest_twisted.ensureDeferred
async def test_a_gateway_that_stops_ends_the_sessions(house: House) -> None:
    client = await house.enter()
    house.console.disconnect_all()
    await client.lost
    assert b"The gateway is stopping." in client.got


@pytest.mark.parametrize("username", [None, "jcliadmin"])
def test_a_console_with_a_name_needs_a_password(username: str | None) -> None:
    room = Room()
    make = lambda: Console(  # noqa: E731
        room.catalog, room.purses, room.ledger, room.stats, room.states, room.binds, username, None, "1", reactor
    )
    if username is None:
        assert isinstance(make(), Console)
    else:
        with pytest.raises(ValueError, match="needs a password"):
            make()
