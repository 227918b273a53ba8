"""Administrable things as JSON documents, in the embedded database; implements `interfaces.CatalogueStore`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.defer import Deferred, succeed

from jasminlike.interfaces import CatalogueChange
from jasminlike.journal import Journal

SECRETS = frozenset({"password"})


class EmbeddedCatalogue:
    """A list of changes is one transaction with its audit lines, in which secrets are masked."""

    def __init__(self, journal: Journal, now: Callable[[], float]) -> None:
        self._journal = journal
        self._now = now

    def load(self) -> Deferred[list[tuple[str, str, bytes]]]:
        """Every document: kind, key, JSON."""
        return succeed(
            self._journal.read_now(lambda db: db.execute("select kind, key, document from catalogue").fetchall())
        )

    def apply(self, changes: Sequence[CatalogueChange]) -> Deferred[None]:
        """Stores all changes or none."""
        now = self._now()
        return self._journal.run(lambda db: _apply(db, changes, now))

    def audit(self, limit: int) -> Deferred[list[dict[str, Any]]]:
        """The last changes, the newest first: at, actor, kind, key, old and new (documents or None)."""
        query = "select at, actor, kind, key, old, new from audit order by row desc limit ?"

        def read(db: sqlite3.Connection) -> list[dict[str, Any]]:
            return [
                {
                    "at": at,
                    "actor": actor,
                    "kind": kind,
                    "key": key,
                    "old": json.loads(old) if old else None,
                    "new": json.loads(new) if new else None,
                }
                for at, actor, kind, key, old, new in db.execute(query, (limit,))
            ]

        return self._journal.read(read)


def _apply(db: sqlite3.Connection, changes: Sequence[CatalogueChange], now: float) -> None:
    for change in changes:
        place = (change.kind, change.key)
        row = db.execute("select document from catalogue where kind=? and key=?", place).fetchone()
        if change.document is None:
            db.execute("delete from catalogue where kind=? and key=?", place)
        else:
            db.execute("insert or replace into catalogue values(?, ?, ?)", (*place, change.document))
        db.execute(
            "insert into audit(at, actor, kind, key, old, new) values(?, ?, ?, ?, ?, ?)",
            (now, change.actor, *place, _masked(row[0] if row else None), _masked(change.document)),
        )


def _masked(document: bytes | None) -> bytes | None:
    if document is None:
        return None
    return json.dumps(_hide(json.loads(document))).encode()


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: "***" if key in SECRETS and inner else _hide(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_hide(inner) for inner in value]
    return value
