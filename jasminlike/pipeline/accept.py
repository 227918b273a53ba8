"""The one way in: permit → intercept → route → charge → split → record → publish.

Every door ends here. When `accept` returns, the message is recorded, paid for and queued on stable storage; when it
raises, nothing of it remains and nothing was charged.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from jasminlike import topics
from jasminlike.accounts.billing import Bill, Purses, bill
from jasminlike.errors import NO_CONNECTOR, QUEUE_FULL, STOPPING, THROUGHPUT_EXCEEDED, TOO_LONG, GatewayError
from jasminlike.filters.subject import Subject
from jasminlike.interfaces import Broker, Ledger, Links, Outgoing, Plan, Records, Stored, all_stored
from jasminlike.message import envelope
from jasminlike.message.ids import new_id
from jasminlike.message.model import HTTP, Address, Message, Part
from jasminlike.pipeline.interception import HELD_SUBMITS, SubmissionScripts
from jasminlike.pipeline.permit import permit
from jasminlike.pipeline.submission import Accepted, Quote, Submission
from jasminlike.stats import Stats
from jasminlike.text import codings, concat, split
from jasminlike.throttle import TokenBucket

NOWHERE = Address()
UDHI = 0x40
STORE_AND_FORWARD = 0x03
"""esm_class of a message that the gateway itself puts together (SMPP 3.4 §5.2.12)."""

SAR_MSG_REF_NUM, SAR_TOTAL_SEGMENTS, SAR_SEGMENT_SEQNUM = 0x020C, 0x020E, 0x020F
MORE_MESSAGES_TO_SEND, MESSAGE_PAYLOAD = 0x0426, 0x0424


class Routing(Protocol):
    """Where messages go, by the routing table as it is now; `plan` raises `GatewayError` NO_ROUTE."""

    def plan(self, subject: Subject) -> Plan: ...


class MessageEvents(Protocol):
    """The log of messages."""

    def accepted(self, message: Message, connector: str, parts: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What the operator allows: parts of one text, stored messages in all, how long texts are marked."""

    max_parts: int = 5
    max_stored: int = 1_000_000
    split: str = "udh"
    billing_http: bool = True
    billing_smpp: bool = True


class Intake:
    """Takes submissions from the doors. Collaborators are finished; time comes from `now` (seconds since 1970)."""

    def __init__(
        self,
        routing: Routing,
        broker: Broker,
        records: Records,
        purses: Purses,
        ledger: Ledger,
        links: Links,
        stats: Stats,
        events: MessageEvents,
        limits: Limits,
        now: Callable[[], float],
    ) -> None:
        self._routing = routing
        self._broker = broker
        self._records = records
        self._purses = purses
        self._ledger = ledger
        self._links = links
        self._stats = stats
        self._events = events
        self._limits = limits
        self._now = now
        self._references = itertools.cycle(range(1, 256))
        self._buckets: dict[tuple[str, str], tuple[float, TokenBucket]] = {}
        self._method = split.Method(limits.split)
        self.stopping = False
        self.scripts: SubmissionScripts | None = None
        """Set before the first message when scripts may run."""

    async def accept(self, submission: Submission) -> Accepted:
        """Stores the message for sending; `GatewayError` says why not."""
        now = self._now()
        self._refuse_if_unable()
        pieces = self._pieces(submission)
        permit(submission, len(pieces))
        held, scripts = False, self.scripts
        if scripts is not None and scripts.outgoing:
            made = await scripts.submission(submission)
            self._refuse_if_unable()
            if made.answered:
                return Accepted(made.message_id or new_id(now), 0)
            if made.changed:
                pieces = self._pieces(submission)
            held = made.held
        plan, connectors = self._plan(submission, now)
        if self._broker.depth() + len(pieces) > self._limits.max_stored:
            raise GatewayError(QUEUE_FULL)
        self._pace(submission, len(pieces), now)
        user = submission.user
        due = self._bill(submission, plan, len(pieces))
        taken = self._purses.charge(user.uid, due)
        message = _message(submission, now)
        try:
            await all_stored(self._store(message, pieces, connectors, plan.rate, due, taken, held))
        except BaseException:
            self._purses.add(user.uid, -taken[0], -taken[1])
            raise
        self._stats.gateway.accepted_count += 1
        self._stats.gateway.parts_count += len(pieces)
        self._events.accepted(message, connectors[0], len(pieces))
        return Accepted(message.id, len(pieces))

    def _store(
        self,
        message: Message,
        pieces: list[split.Part],
        connectors: tuple[str, ...],
        rate: int,
        due: Bill,
        taken: tuple[int, int],
        held: bool,
    ) -> list[Stored]:
        """Everything that makes the message ours, written in one turn: its price, its record, its parts in a queue."""
        expires_at = 0.0 if held else message.expires_at
        outgoing = [
            Outgoing(envelope.encode(part), message.priority, expires_at)
            for part in _parts(message, pieces, connectors, rate, due)
        ]
        writes: list[Stored] = []
        if taken != (0, 0):
            writes.append(self._ledger.change(message.user, *taken, "accepted", message.id))
        writes.append(self._records.add(message, len(pieces), connectors[0], rate * len(pieces)))
        writes.append(self._broker.publish(HELD_SUBMITS if held else topics.submit(connectors[0]), outgoing))
        return writes

    async def quote(self, submission: Submission) -> Quote:
        """What `accept` would charge and where it would send, without doing it. Checks routing alone; scripts run."""
        if self.scripts is not None and self.scripts.outgoing:
            await self.scripts.submission(submission)
        pieces = self._pieces(submission)
        plan = self._routing.plan(_subject(submission, self._now()))
        return Quote(plan.rate, len(pieces), plan.connectors)

    def forget(self, uid: str) -> None:
        """An account changed or is gone: its rates are taken anew."""
        for key in [key for key in self._buckets if key[0] == uid]:
            del self._buckets[key]

    def _refuse_if_unable(self) -> None:
        if self.stopping:
            raise GatewayError(STOPPING)

    def _pieces(self, submission: Submission) -> list[split.Part]:
        if submission.source is None and submission.user.mt_default.source_address:
            submission.source = Address(submission.user.mt_default.source_address)
        if submission.door != HTTP:
            return [split.Part(submission.payload)]
        try:
            return split.split(
                submission.payload,
                submission.data_coding,
                method=self._method,
                ref=next(self._references),
                max_parts=self._limits.max_parts,
            )
        except split.TooManyParts as problem:
            raise GatewayError(
                TOO_LONG,
                f"The text needs {problem.needed} parts, {problem.allowed} are allowed",
                where="content",
            ) from problem

    def _plan(self, submission: Submission, now: float) -> tuple[Plan, tuple[str, ...]]:
        plan = self._routing.plan(_subject(submission, now))
        links = self._links
        if plan.only_bound:
            chosen = tuple(cid for cid in plan.connectors if links.bound(cid))
        else:
            chosen = tuple(cid for cid in plan.connectors if links.exists(cid))
        if not chosen:
            raise GatewayError(NO_CONNECTOR, detail=f"route {plan.route}: none of {', '.join(plan.connectors)}")
        return plan, chosen

    def _pace(self, submission: Submission, parts: int, now: float) -> None:
        """An account's throughput counts parts, as the operators' does."""
        user = submission.user
        quota = user.mt_quota
        rate = quota.http_throughput if submission.door == HTTP else quota.smpps_throughput
        if not rate:
            return
        key = (user.uid, submission.door)
        known = self._buckets.get(key)
        if known is None or known[0] != rate:
            known = self._buckets[key] = (rate, TokenBucket(rate, max(rate, 1.0)))
        if not known[1].take(parts, now):
            raise GatewayError(THROUGHPUT_EXCEEDED)

    def _bill(self, submission: Submission, plan: Plan, parts: int) -> Bill:
        charged = self._limits.billing_http if submission.door == HTTP else self._limits.billing_smpp
        if not charged:
            return Bill(0, 0, 0)
        purse = self._purses.of(submission.user.uid)
        early = submission.user.mt_quota.early_decrement_balance_percent if purse.balance is not None else None
        return bill(plan.rate, parts, early)


def read_text(payload: bytes, data_coding: int, esm_class: int) -> str:
    """The text of a message as filters read it, without its user data header."""
    body = concat.read(payload).body if esm_class & UDHI else payload
    return codings.display(body, data_coding)


def _subject(submission: Submission, now: float) -> Subject:
    return Subject(
        user=submission.user,
        source="" if submission.source is None else submission.source.digits,
        destination=submission.destination.digits,
        payload=submission.payload,
        data_coding=submission.data_coding,
        esm_class=submission.esm_class,
        read_text=read_text,
        tags=submission.tags,
        now=now,
    )


def _message(submission: Submission, now: float) -> Message:
    minutes = submission.validity_minutes
    return Message(
        id=new_id(now),
        user=submission.user.uid,
        door=submission.door,
        source=submission.source or NOWHERE,
        destination=submission.destination,
        payload=submission.payload,
        data_coding=submission.data_coding,
        esm_class=submission.esm_class,
        priority=submission.priority,
        protocol_id=submission.protocol_id,
        service_type=submission.service_type,
        replace_if_present=submission.replace_if_present,
        sm_default_msg_id=submission.sm_default_msg_id,
        schedule=submission.schedule,
        validity=submission.validity,
        created_at=now,
        expires_at=now + minutes * 60 if minutes is not None else submission.expires_at,
        receipt=submission.receipt,
        tags=tuple(submission.tags),
        tlvs=tuple(submission.tlvs),
        locks=tuple(submission.locks),
    )


def _parts(
    message: Message, pieces: Sequence[split.Part], connectors: tuple[str, ...], rate: int, due: Bill
) -> list[Part]:
    total = len(pieces)
    http = message.door == HTTP
    registered = (1 if message.receipt.level else 0) if http else message.receipt.registered_delivery
    on_answer = due.on_answer // total
    parts = []
    for number, piece in enumerate(pieces, 1):
        esm_class, tlvs = message.esm_class, message.tlvs
        if http:
            esm_class = UDHI if piece.udhi else STORE_AND_FORWARD
            if total > 1:
                tlvs = (*tlvs, *_marks(piece, number < total))
        parts.append(
            Part(
                message=message.id,
                number=number,
                total=total,
                user=message.user,
                door=message.door,
                connector=connectors[0],
                others=connectors[1:],
                source=message.source,
                destination=message.destination,
                payload=piece.payload,
                data_coding=message.data_coding,
                esm_class=esm_class,
                priority=message.priority,
                protocol_id=message.protocol_id,
                service_type=message.service_type,
                replace_if_present=message.replace_if_present,
                sm_default_msg_id=message.sm_default_msg_id,
                schedule=message.schedule,
                validity=message.validity,
                created_at=message.created_at,
                expires_at=message.expires_at,
                receipt=message.receipt,
                registered_delivery=registered,
                tlvs=tlvs,
                locks=message.locks,
                price=rate,
                due_on_answer=on_answer,
            )
        )
    return parts


def _marks(piece: split.Part, more: bool) -> tuple[tuple[int, bytes], ...]:
    """The TLVs of one part of a long text."""
    if piece.sar is not None:
        return (
            (SAR_MSG_REF_NUM, piece.sar.ref.to_bytes(2, "big")),
            (SAR_TOTAL_SEGMENTS, bytes((piece.sar.total,))),
            (SAR_SEGMENT_SEQNUM, bytes((piece.sar.seq,))),
        )
    return ((MORE_MESSAGES_TO_SEND, b"\1" if more else b"\0"),)
