"""A catalogue store in memory that can be held, refuse, and be read by the test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred, fail, succeed

from jasminlike.interfaces import CatalogueChange


class MemoryCatalogueStore:
    """`documents` by (kind, key); `log` has every change; `hold()` keeps writes back until `release()`."""

    def __init__(self) -> None:
        self.documents: dict[tuple[str, str], bytes] = {}
        self.log: list[CatalogueChange] = []
        self.batches = 0
        self.problem: Exception | None = None
        self._held: list[tuple[Deferred[None], Sequence[CatalogueChange]]] | None = None

    def load(self) -> Deferred[list[tuple[str, str, bytes]]]:
        return succeed([(kind, key, document) for (kind, key), document in self.documents.items()])

    def apply(self, changes: Sequence[CatalogueChange]) -> Deferred[None]:
        if self.problem is not None:
            return fail(self.problem)
        if self._held is None:
            self._write(changes)
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._held.append((waiting, changes))
        return waiting

    def audit(self, limit: int) -> Deferred[list[dict[str, Any]]]:
        return succeed([{"kind": c.kind, "key": c.key, "actor": c.actor} for c in self.log[-limit:]])

    def hold(self) -> None:
        self._held = []

    @property
    def held(self) -> int:
        return len(self._held or ())

    def release(self) -> None:
        """Writes the oldest change that is held."""
        assert self._held
        waiting, changes = self._held.pop(0)
        self._write(changes)
        waiting.callback(None)

    def _write(self, changes: Sequence[CatalogueChange]) -> None:
        self.batches += 1
        self.log.extend(changes)
        for change in changes:
            if change.document is None:
                self.documents.pop((change.kind, change.key), None)
            else:
                self.documents[change.kind, change.key] = change.document
