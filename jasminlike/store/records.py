"""What happened to every message, in the embedded database; implements `interfaces.Records`."""

from __future__ import annotations

import sqlite3

import msgspec
from twisted.internet.defer import Deferred

from jasminlike.interfaces import MessageView, PartChange, PartView, Whole
from jasminlike.journal import Batch, Journal
from jasminlike.message import ids, lifecycle
from jasminlike.message.model import Message
from jasminlike.store.tables import ADD_MESSAGE, CHANGE_PART, END_MESSAGE, PURGE_RECORDS

PURGE_ROWS = 5_000

_PARTS = (
    "select number, state, connector, smsc_id, sent_at, ended_at, error, reason, redelivered from part"
    " where message=? order by number"
)


class EmbeddedRecords:
    """One row a message, written when it is accepted; one row a part, from its first answer on."""

    def __init__(self, journal: Journal, keep_texts: bool = True, keep_seconds: float = 180 * 86400.0) -> None:
        self._journal = journal
        self._keep_texts = keep_texts
        self._keep = keep_seconds
        self._ending: set[str] = set()
        """Messages of which somebody was told that they ended, until `end` is durable."""

    def add(self, message: Message, total: int, connector: str, price: int) -> Batch:
        """A message was accepted and waits for `connector`; `price` of all its parts in millionths."""
        return self._journal.write(
            ADD_MESSAGE,
            (
                ids.to_bytes(message.id),
                message.user,
                message.door,
                message.source.digits,
                message.destination.digits,
                connector,
                total,
                message.data_coding,
                message.payload if self._keep_texts else b"",
                message.priority,
                price,
                ",".join(message.tags),
                message.created_at,
                message.expires_at,
                "queued",
            ),
        )

    def change(self, change: PartChange) -> Batch:
        """A step that is certain. What ended already keeps its final state."""
        return self._journal.write(CHANGE_PART, _row(change))

    def conclude(self, change: PartChange, event: str) -> Deferred[Whole]:
        """An event happened to a part: the table of lives decides its state, and whether the message has ended."""
        return self._journal.run(lambda db: _conclude(db, change, event)).addCallback(self._once, change.message)

    def _once(self, whole: Whole, message: str) -> Whole:
        if not whole.ended:
            return whole
        if message in self._ending:
            return Whole(whole.state, whole.final, False)
        self._ending.add(message)
        return whole

    def end(self, message: str, state: str, at: float) -> Batch:
        """The message has ended, in this state: written with what tells its client."""
        batch = self._journal.write(END_MESSAGE, (state, at, ids.to_bytes(message)))
        batch.durable().addBoth(lambda _outcome: self._ending.discard(message))
        return batch

    def find(self, message_id: str) -> Deferred[MessageView | None]:
        """All that is known of a message; None when no message has this id. ValueError when it is no id."""
        key = ids.to_bytes(message_id)
        return self._journal.read(lambda db: _find(db, key))

    def purge(self, now: float) -> Deferred[int]:
        """Forgets messages older than records are kept, some thousand at a time, the oldest first; fires with their
        number. Ids grow with time, so the oldest stand at the beginning."""
        first_kept = ids.first_of(now - self._keep)

        def delete(db: sqlite3.Connection) -> int:
            for purge in PURGE_RECORDS:
                count = db.execute(purge, (first_kept, PURGE_ROWS)).rowcount
            return count

        return self._journal.run(delete)


def _row(change: PartChange) -> tuple[object, ...]:
    sent = change.at if change.smsc_id or change.state == "sent" else None
    return (
        ids.to_bytes(change.message),
        change.number,
        change.state,
        change.connector,
        change.smsc_id,
        sent,
        change.at if change.final else None,
        change.error,
        change.reason,
        change.redelivered,
    )


def _conclude(db: sqlite3.Connection, change: PartChange, event: str) -> Whole:
    key = ids.to_bytes(change.message)
    row = db.execute("select state from part where message=? and number=?", (key, change.number)).fetchone()
    before = row[0] if row is not None else "queued"
    state = lifecycle.step(before, event)
    final = lifecycle.is_final(state)
    if state != before or row is None or not final:
        if row is not None and lifecycle.is_final(before):  # "unknown" refined by a later receipt
            db.execute("update part set ended_at=null where message=? and number=?", (key, change.number))
        db.execute(CHANGE_PART.sql, _row(msgspec.structs.replace(change, state=state, final=final)))
    rows = db.execute("select state, ended_at from part where message=? order by number", (key,)).fetchall()
    whole, whole_final = _amounts_to([(state, ended_at) for state, ended_at in rows], change.total)
    ended = False
    if whole_final:
        found = db.execute("select ended_at from message where id=?", (key,)).fetchone()
        ended = found is not None and found[0] is None
        if not ended and state != before:
            db.execute("update message set state=? where id=?", (whole, key))
    return Whole(whole, whole_final, ended)


def _amounts_to(parts: list[tuple[str, float | None]], total: int) -> tuple[str, bool]:
    """A part that was sent has ended when its row says so: then no receipt is to come."""
    awaits_none = all(ended_at is not None for state, ended_at in parts if state == lifecycle.SENT)
    return lifecycle.aggregate([state for state, _ended in parts], total, sent_ends=awaits_none)


def _find(db: sqlite3.Connection, key: bytes) -> MessageView | None:
    row = db.execute(
        "select user, door, source, destination, connector, accepted_at, parts, data_coding, payload from message"
        " where id=?",
        (key,),
    ).fetchone()
    if row is None:
        return None
    user, door, source, destination, connector, accepted_at, total, data_coding, payload = row
    parts = tuple(
        PartView(number, part_state, cid, smsc_id, sent_at, ended_at, error, reason, bool(redelivered))
        for number, part_state, cid, smsc_id, sent_at, ended_at, error, reason, redelivered in db.execute(
            _PARTS, (key,)
        )
    )
    known = {part.number for part in parts}
    parts += tuple(
        PartView(number, "queued", connector, "", None, None, "", "", False)
        for number in range(1, total + 1)
        if number not in known
    )
    parts = tuple(sorted(parts, key=lambda part: part.number))
    state, final = _amounts_to([(part.state, part.ended_at) for part in parts], total)
    telling = next((part for part in parts if part.state == state and (part.error or part.reason)), parts[0])
    return MessageView(
        id=ids.to_text(key),
        user=user,
        door=door,
        source=source,
        destination=destination,
        connector=telling.connector or connector,
        state=state,
        final=final,
        accepted_at=accepted_at,
        ended_at=max((part.ended_at or 0.0 for part in parts), default=0.0) if final else None,
        error=telling.error,
        reason=telling.reason,
        parts=parts,
        total=total,
        data_coding=data_coding,
        payload=payload,
    )
