"""The pipeline on the embedded broker and stores, with doors, routes and links that a test decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from jasminlike import topics
from jasminlike.accounts.billing import Purses
from jasminlike.accounts.model import User
from jasminlike.errors import NO_ROUTE, GatewayError
from jasminlike.fate import Fate
from jasminlike.filters.subject import Subject
from jasminlike.interfaces import Delivery, Outgoing, Plan, Stored
from jasminlike.message import envelope
from jasminlike.message.ids import new_id
from jasminlike.message.model import HTTP, Address, Incoming, Message, Part, Receipt, ReceiptWish, Tracked
from jasminlike.pipeline.accept import Intake, Limits
from jasminlike.pipeline.ending import Ending
from jasminlike.pipeline.expiry import Expiry
from jasminlike.pipeline.inbound import Inbound
from jasminlike.pipeline.receipt_ids import IdRule
from jasminlike.pipeline.receipts import Receipts
from jasminlike.pipeline.retry import Retries
from jasminlike.pipeline.submission import Submission
from jasminlike.pipeline.submitted import Submitted
from jasminlike.stats import Stats
from jasminlike.store.index import EmbeddedIndex
from jasminlike.store.ledger import EmbeddedLedger
from jasminlike.store.records import EmbeddedRecords
from tests.contract.conftest import Embedded
from tests.contract.test_broker import Taker

USER = User("u1", "g1", "shop", "no password")
ALL = ReceiptWish(3, "http://127.0.0.1/dlr")


class Told:
    """Writes down what clients are told; what it stores is stored as a door's notice would be."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.notes: list[tuple[str, ...]] = []

    def answered(self, tracked: Tracked, status: str) -> Stored | None:
        self.notes.append(("answered", tracked.message, status))
        return self.house.broker.publish("told", [Outgoing(status.encode())])

    def ended(self, tracked: Tracked, receipt: Receipt) -> Stored | None:
        self.notes.append(("ended", tracked.message, receipt.state))
        return self.house.broker.publish("told", [Outgoing(receipt.state.encode())])

    def incoming(self, incoming: Incoming, destinations: Sequence[tuple[str, str]]) -> Stored:
        return self.house.broker.publish("mo." + destinations[0][1], [Outgoing(envelope.encode(incoming))])


class Links:
    """Connectors as a test says."""

    def __init__(self) -> None:
        self.there = {"one", "two", "three"}
        self.up: set[str] = set()

    def exists(self, cid: str) -> bool:
        return cid in self.there

    def bound(self, cid: str) -> bool:
        return cid in self.up


class House:
    """`open` makes everything anew on the same folder; what it needs is written through real stores."""

    def __init__(self, engine: Embedded) -> None:
        self.engine = engine
        self.now = 1_800_000_000.0
        engine.now = lambda: self.now
        self.clock = Clock()
        self.links = Links()
        self.plan_is: Plan | None = Plan(("one",), 0, "default")
        self.incoming_to: list[tuple[str, str]] | None = [("http", "hook")]
        self.subjects: list[Subject] = []
        self.logged: list[tuple[Any, ...]] = []
        self.rules: dict[str, IdRule] = {}
        self.limits: dict[str, Any] = {}
        self.told = Told(self)
        self.purse_rows: list[tuple[str, int | None, int | None]] = []
        self.open()

    def open(self) -> None:
        self.broker = self.engine.open()
        journal = self.engine.journal
        self.stats = Stats()
        self.records = EmbeddedRecords(journal)
        self.index = EmbeddedIndex(journal, self._now, 86400.0)
        self.ledger = EmbeddedLedger(journal, self._now)
        self.purses = Purses(self.purse_rows)
        self.receipts = Receipts(self.records, self.index, self.told, self.stats, self, self.rule_of)
        self.submitted = Submitted(
            self.records, self.index, self.told, self.purses, self.ledger, self.receipts, self, self._now
        )
        self.ending = Ending(self.records, self.told, self.stats)
        self.retries = Retries(self.broker, self.records, self.ending, self.links, self, self._now)
        self.expiry = Expiry(self.broker, self.retries)
        self.inbound = Inbound(self, self.broker, self.told, self.stats, self, self.clock, self._now, 60.0)
        self.intake = Intake(
            self,
            self.broker,
            self.records,
            self.purses,
            self.ledger,
            self.links,
            self.stats,
            self,
            Limits(**self.limits),
            self._now,
        )

    async def restart(self) -> None:
        """What a crash and a new start are."""
        self.inbound.stop()
        self.purse_rows = list(await self.ledger.load())
        await self.engine.close()
        self.open()

    def _now(self) -> float:
        return self.now

    def rule_of(self, cid: str) -> IdRule:
        return self.rules.setdefault(cid, IdRule())

    # --- routing ---------------------------------------------------------------------------------------------

    def plan(self, subject: Subject) -> Plan:
        self.subjects.append(subject)
        if self.plan_is is None:
            raise GatewayError(NO_ROUTE)
        return self.plan_is

    def plan_incoming(self, subject: Subject) -> Sequence[tuple[str, str]]:
        self.subjects.append(subject)
        if self.incoming_to is None:
            raise GatewayError(NO_ROUTE)
        return self.incoming_to

    # --- the log of messages ---------------------------------------------------------------------------------

    def accepted(self, message: Message, connector: str, parts: int) -> None:
        self.logged.append(("accepted", message.id, connector, parts))

    def sent(self, part: Part, smsc_id: str, attempt: int) -> None:
        self.logged.append(("sent", part.message, smsc_id, attempt))

    def refused(self, part: Part, status: str, attempt: int, again: bool) -> None:
        self.logged.append(("refused", part.message, status, attempt, again))

    def receipt(self, receipt: Receipt, message: str) -> None:
        self.logged.append(("receipt", receipt.smsc_id, message))

    def incoming(self, incoming: Incoming, destinations: Sequence[tuple[str, str]]) -> None:
        self.logged.append(("incoming", incoming.id, tuple(destinations)))

    # --- for tests -------------------------------------------------------------------------------------------

    async def durable(self) -> None:
        """All that was written so far is on disk, and those who waited for it know."""
        await self.engine.journal.gathering().durable()

    async def swept(self) -> None:
        """The broker has looked at its clock once more."""
        turn: Deferred[None] = Deferred()
        reactor.callLater(0.02, turn.callback, None)
        await turn

    async def stored_part(self, **fields: Any) -> Part:
        """A part whose message is in the records, as `accept` would leave it."""
        part = a_part(**fields)
        message = Message(
            part.message, part.user, part.door, part.source, part.destination, part.payload, created_at=self.now
        )
        await self.records.add(message, part.total, part.connector, 0)
        return part

    async def queued(self, cid: str, count: int) -> list[Part]:
        """The parts that a connector's queue gives out first; they stay handed out."""
        taker = Taker(lambda _delivery: Deferred())
        self.broker.consume(topics.submit(cid), taker, count)
        await taker.have(count)
        return [envelope.decode(delivery.body, Part) for delivery in taker.got]

    async def got(self, topic: str, count: int) -> list[bytes]:
        """What a queue gives out."""
        taker = Taker()
        consumer = self.broker.consume(topic, taker, count)
        await taker.have(count)
        await consumer.stop()
        return taker.bodies


def a_submission(payload: bytes = b"hello", **fields: Any) -> Submission:
    settings: dict[str, Any] = {
        "user": USER,
        "door": HTTP,
        "destination": Address("447700900123", 1, 1),
        "source": None,
        "payload": payload,
    }
    return Submission(**{**settings, **fields})


def a_part(**fields: Any) -> Part:
    settings: dict[str, Any] = {
        "message": new_id(),
        "number": 1,
        "total": 1,
        "user": "u1",
        "door": HTTP,
        "connector": "one",
        "others": (),
        "source": Address("Shop"),
        "destination": Address("447700900123", 1, 1),
        "payload": b"hello",
        "data_coding": 0,
        "esm_class": 3,
        "priority": 0,
        "protocol_id": 0,
        "service_type": "",
        "replace_if_present": 0,
        "sm_default_msg_id": 0,
        "schedule": b"",
        "validity": b"",
        "created_at": 1_800_000_000.0,
        "expires_at": 0.0,
        "receipt": ALL,
        "registered_delivery": 1,
    }
    return Part(**{**settings, **fields})


def a_delivery(part: Part, attempt: int = 1, redelivered: bool = False, sequence: int = 1) -> Delivery:
    topic = topics.submit(part.connector)
    return Delivery(topic, envelope.encode(part), sequence, part.priority, attempt, redelivered)


def a_receipt(smsc_id: str, state: str = "DELIVRD", **fields: Any) -> Receipt:
    settings: dict[str, Any] = {"connector": "one", "smsc_id": smsc_id, "state": state, "received_at": 1_800_000_100.0}
    return Receipt(**{**settings, **fields})


async def after(fate: Fate) -> Fate:
    """A fate whose writes are stored."""
    from jasminlike.fate import Done
    from jasminlike.interfaces import all_stored

    if isinstance(fate, Done):
        await all_stored(fate.after)
    return fate


def next_turn() -> Deferred[None]:
    turn: Deferred[None] = Deferred()
    reactor.callLater(0, turn.callback, None)
    return turn
