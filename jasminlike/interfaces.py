"""The seams: what the pipeline needs of the rooms that hold sockets and disks, as protocols of a few methods.

Each of `Broker`, `Records`, `ReceiptIndex` and `CatalogueStore` has an embedded and a networked implementation, and
one contract suite (`tests/contract`) that both pass. Methods that write return a `Stored`: awaiting it returns when
what was written survives a crash. Calls made in one turn of the reactor may share one commit, and then one `Stored`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import msgspec
from twisted.internet.defer import Deferred

from jasminlike.accounts.model import User
from jasminlike.fate import Fate
from jasminlike.message.model import Message, Receipt, Tracked


class Timer(Protocol):
    """A call to come."""

    def cancel(self) -> None: ...
    def active(self) -> bool: ...


class Clock(Protocol):
    """Where time comes from: the reactor, or a clock that a test moves."""

    def seconds(self) -> float: ...
    def callLater(self, delay: float, function: Callable[..., Any], /, *args: Any) -> Timer: ...


class Threads(Clock, Protocol):
    """A clock that threads can hand calls to."""

    def callFromThread(self, function: Callable[..., Any], /, *args: Any) -> None: ...


Stored = Awaitable[None]
"""What a write answers: await it to know that it is durable (it raises `GatewayError` STORE_FAILED when it is not)."""


async def all_stored(writes: Iterable[Stored]) -> None:
    """Returns when all of them are durable. Writes that share one commit are awaited once."""
    seen: Stored | None = None
    for write in writes:
        if write is not seen:
            seen = write
            await write


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A body to publish. `priority` 0–3 overtakes lower ones while it waits; `expires_at` and `not_before` are
    seconds since 1970, 0.0 = none."""

    body: bytes
    priority: int = 0
    expires_at: float = 0.0
    not_before: float = 0.0


class Delivery(msgspec.Struct, gc=False):
    """What a consumer is handed. `attempt` counts from 1; `redelivered` says that a crash or a lost link may have
    let an earlier attempt reach its goal."""

    topic: str
    body: bytes
    sequence: int
    priority: int
    attempt: int
    redelivered: bool


Handler = Callable[[Delivery], "Deferred[Fate]"]
"""Takes one delivery and says its fate, now or later. It must not raise: what it raises is retried, then parked."""


class Consumer(Protocol):
    """A subscription to a topic. At most `prefetch` deliveries are unsettled at a time."""

    prefetch: int

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def stop(self) -> Deferred[None]: ...


class Broker(Protocol):
    """Durable queues, one a topic, ordered by priority and then by age."""

    def publish(self, topic: str, outgoing: Sequence[Outgoing]) -> Stored: ...
    def consume(self, topic: str, handler: Handler, prefetch: int) -> Consumer: ...
    def on_expired(self, prefix: str, handler: Handler) -> None: ...
    def depth(self, topic: str = "") -> int: ...
    def replay(self, topic: str) -> Deferred[int]: ...


class PartChange(msgspec.Struct, frozen=True, gc=False):
    """One step in the life of a part, for the records. Empty texts and 0.0 leave what was recorded before."""

    message: str
    number: int
    total: int
    state: str
    at: float
    connector: str = ""
    smsc_id: str = ""
    error: str = ""
    reason: str = ""
    final: bool = False
    redelivered: bool = False


class Whole(msgspec.Struct, frozen=True, gc=False):
    """What a message's parts amount to after a change. `ended` is true when the last part ended, once: whoever gets it
    tells the client, and has `Records.end` written with that."""

    state: str
    final: bool
    ended: bool


@dataclass(frozen=True, slots=True)
class PartView:
    """A part as the records know it; times in seconds since 1970, None = did not happen yet."""

    number: int
    state: str
    connector: str
    smsc_id: str
    sent_at: float | None
    ended_at: float | None
    error: str
    reason: str
    redelivered: bool


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as the records know it, with the state its parts amount to."""

    id: str
    user: str
    door: str
    source: str
    destination: str
    connector: str
    state: str
    final: bool
    accepted_at: float
    ended_at: float | None
    error: str
    reason: str
    parts: tuple[PartView, ...]
    total: int
    data_coding: int
    payload: bytes


class Records(Protocol):
    """What happened to every message, durable and searchable.

    `change` writes a step that is certain (queued, sent, failed); `conclude` takes an event of `message/lifecycle.py`,
    lets its table decide, and says what the message's parts amount to then. `end` writes that the message has ended,
    in one commit with what tells its client: after a crash before it, `conclude` says once more that it has `ended`.
    """

    def add(self, message: Message, total: int, connector: str, price: int) -> Stored: ...
    def change(self, change: PartChange) -> Stored: ...
    def conclude(self, change: PartChange, event: str) -> Deferred[Whole]: ...
    def end(self, message: str, state: str, at: float) -> Stored: ...
    def find(self, message_id: str) -> Deferred[MessageView | None]: ...


class ReceiptIndex(Protocol):
    """From an operator's message id to our part: `key` is a canonical form of the id, scoped by connector.

    `find` gives the entries there are, in the order of the keys. Receipts that come before the answer they belong to
    are kept (`keep_early`) and handed out once by `take_early`.
    """

    def put(self, connector: str, key: str, entry: bytes) -> Stored: ...
    def find(self, connector: str, keys: Sequence[str]) -> Deferred[list[bytes]]: ...
    def keep_early(self, connector: str, key: str, receipt: Receipt) -> Stored: ...
    def take_early(self, connector: str, key: str) -> list[Receipt]: ...


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """One thing of the catalogue set (`document` is JSON) or removed (`document` is None), by whom."""

    kind: str
    key: str
    document: bytes | None
    actor: str = ""


class CatalogueStore(Protocol):
    """Where administrable things live. A list of changes is stored whole or not at all, with its audit lines."""

    def load(self) -> Deferred[list[tuple[str, str, bytes]]]: ...
    def apply(self, changes: Sequence[CatalogueChange]) -> Deferred[None]: ...
    def audit(self, limit: int) -> Deferred[list[dict[str, Any]]]: ...


class Ledger(Protocol):
    """Where balances are durable: `change` adds to an account's balance (millionths) and message count."""

    def change(self, uid: str, balance: int, messages: int, why: str, message_id: str) -> Stored: ...
    def set(self, uid: str, balance: int | None, messages: int | None) -> Stored: ...
    def load(self) -> Deferred[list[tuple[str, int | None, int | None]]]: ...


class Plan(msgspec.Struct, frozen=True, gc=False):
    """Where a message goes: connectors in the order to try, the rate of one part in millionths, and the route that
    said so. `only_bound` keeps to those that are bound now (a failover route of Jasmin's)."""

    connectors: tuple[str, ...]
    rate: int
    route: str
    only_bound: bool = False


class Intercepted(NamedTuple):
    """What interception made of a message that it did not refuse.

    `answered`: the client is told that it was taken, under `message_id` if that is not empty, and it is not sent.
    `held`: the script failed and the operator wants such messages kept aside.
    """

    changed: bool = False
    held: bool = False
    answered: bool = False
    message_id: str = ""


class Notices(Protocol):
    """Tells a client what became of its message, in the form of the door it came by.

    `answered`: the operator took the message or refused it for good; `status` is the name of a command_status.
    `ended`: a receipt's state, or one made here for a message that ended without. None when the client did not ask.
    """

    def answered(self, tracked: Tracked, status: str) -> Stored | None: ...
    def ended(self, tracked: Tracked, receipt: Receipt) -> Stored | None: ...


class Logins(Protocol):
    """Who is this? A hit in the cache costs about a microsecond; a miss verifies a slow hash in a thread."""

    def cached(self, username: str, password: str) -> User | None: ...
    def check(self, username: str, password: str, peer: str = "") -> Deferred[User]: ...


class Bound(NamedTuple):
    """A session of an account on the SMPP server: `bind` is its command (bind_transceiver …), `peer` its address,
    `since` seconds since 1970."""

    bind: str
    peer: str
    since: float


class Links(Protocol):
    """What the router may know of connectors: whether one exists, and whether it is bound now."""

    def exists(self, cid: str) -> bool: ...
    def bound(self, cid: str) -> bool: ...
