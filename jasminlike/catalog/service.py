"""The catalogue: every administrable thing of the gateway, in memory to read, durable before a change takes effect.

One copy of list, show, add, update and remove for all kinds. The console, REST and the pages are faces of it; the
carriers and the routing tables listen to it. Changes are made one at a time, each on top of the last, so that two
operators never lose one another's work; what is refused leaves no trace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import msgspec
from twisted.internet.defer import DeferredLock
from twisted.logger import Logger

from jasminlike.catalog.draft import AlreadyThere, Draft, Entry, Held, Name, UnknownThing, changed, make_entry
from jasminlike.errors import STORE_FAILED, GatewayError
from jasminlike.interfaces import CatalogueChange, CatalogueStore
from jasminlike.kind import Delta, FieldError, Kind

Listener = Callable[[str, str, Any, Any], None]
"""Called with (kind, key, old, new) after a change is durable; None = did not exist, or is gone."""

SNAPSHOT = "snapshot"
"""The kind under which profiles are stored; it has no fields and is no thing of its own."""


@dataclass(frozen=True, slots=True)
class Put:
    """Set a thing, replacing one of the same key."""

    kind: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a thing and what it owns."""

    kind: str
    key: str


def _in_order(key: str) -> tuple[int, int, str]:
    """Numbers by value, before names by letter."""
    return (0, int(key), key) if key.isdecimal() else (1, 0, key)


class Catalog:
    """All things of all kinds. Reading is immediate; a change is awaited until it is on stable storage."""

    def __init__(self, store: CatalogueStore, kinds: Iterable[Kind]) -> None:
        self.kinds: dict[str, Kind] = {kind.name: kind for kind in kinds}
        self.broken: list[tuple[str, str, str]] = []
        """(kind, key, why) of stored things that could not be built at the start; they stay in the store."""
        self._store = store
        self._held = Held()
        self._views: dict[str, Mapping[str, Any]] = {}
        self._profiles: dict[str, bytes] = {}
        self._listeners: list[Listener] = []
        self._lock = DeferredLock()
        self._log = Logger()

    async def load(self) -> None:
        """Reads the store. A document that cannot be read or built is logged and left out, the others are loaded."""
        for kind_name, key, document in await self._store.load():
            if kind_name == SNAPSHOT:
                self._profiles[key] = document
            elif kind_name in self.kinds:
                try:
                    entry = self._stored_entry(self.kinds[kind_name], msgspec.json.decode(document))
                except (FieldError, msgspec.DecodeError, TypeError, ValueError, KeyError, AttributeError) as problem:
                    self.broken.append((kind_name, key, str(problem)))
                    self._log.error("{kind} {key} cannot be used: {why}", kind=kind_name, key=key, why=str(problem))
                else:
                    self._held.put((kind_name, key), entry)
        self._views.clear()

    def all(self, kind: str) -> Mapping[str, Any]:
        """The things of a kind by key, in order; a later change does not alter what was returned."""
        view = self._views.get(kind)
        if view is None:
            entries = self._held.entries.get(kind, {})
            view = MappingProxyType({key: entries[key].thing for key in sorted(entries, key=_in_order)})
            self._views[kind] = view
        return view

    def get(self, kind: str, key: str) -> Any | None:
        """The thing, or None."""
        entry = self._held.get((kind, key))
        return None if entry is None else entry.thing

    def subscribe(self, listener: Listener) -> None:
        """Tells `listener` of each change from now on, in the order in which they became durable."""
        self._listeners.append(listener)

    def check(self, kind: str, values: Mapping[str, Any], replace: bool = False) -> None:
        """Raises what `add` would raise now, and changes nothing."""
        self._draft_of_add(kind, values, replace).check()

    async def add(self, kind: str, values: Mapping[str, Any], actor: str, replace: bool = False) -> Any:
        """Adds a thing and returns it.

        Raises `FieldError` (`AlreadyThere` when the key is taken and `replace` is false), and `GatewayError` with
        `STORE_FAILED` when it cannot be stored.
        """
        sealed = await self._sealed(kind, values)

        def draft() -> Draft:
            return self._draft_of_add(kind, sealed, replace)

        await self._change(draft, actor)
        return self.get(kind, self._key(kind, sealed))

    async def update(self, kind: str, key: str, changes: Mapping[str, Any], actor: str) -> Any:
        """Changes some values of a thing and returns the new one; `Delta`s add to what stands there at that moment.

        Raises `UnknownThing`, `FieldError`, `GatewayError`.
        """
        held = self._held.get((kind, key))
        sealed = await self._sealed(kind, changes, str(held.values.get("type", "")) if held else "")

        def draft() -> Draft:
            draft, old = Draft(self._held), self._held.get((kind, key))
            if old is None:
                raise UnknownThing(kind, key)
            values = changed(self.kinds[kind], old.values, sealed)
            draft.put((kind, key), make_entry(self.kinds[kind], values))
            return draft

        await self._change(draft, actor)
        return self.get(kind, key)

    async def remove(self, kind: str, key: str, actor: str) -> None:
        """Removes a thing and what it owns (a group its users). Raises `UnknownThing`, `StillUsed`, `GatewayError`."""
        await self.apply_many([Remove(kind, key)], actor)

    async def apply_many(self, edits: Sequence[Put | Remove], actor: str) -> None:
        """Makes all these changes or none; they are judged by what stands after the last. Raises as the others do."""
        sealed = [
            Put(edit.kind, await self._sealed(edit.kind, edit.values)) if isinstance(edit, Put) else edit
            for edit in edits
        ]

        def draft() -> Draft:
            draft = Draft(self._held)
            for edit in sealed:
                if isinstance(edit, Remove):
                    draft.drop((edit.kind, edit.key))
                else:
                    name = (edit.kind, self._key(edit.kind, edit.values))
                    draft.put(name, make_entry(self.kinds[edit.kind], edit.values))
            return draft

        await self._change(draft, actor)

    def profiles(self) -> list[str]:
        """The names of the snapshots."""
        return sorted(self._profiles)

    async def save_profile(self, profile: str, actor: str) -> None:
        """Stores everything as it is now under a name. Raises `GatewayError`."""
        whole = {
            kind: {key: entry.values for key, entry in self._held.entries.get(kind, {}).items()} for kind in self.kinds
        }
        document = msgspec.json.encode(whole)
        await self._store_all([CatalogueChange(SNAPSHOT, profile, document, actor)])
        self._profiles[profile] = document

    async def load_profile(self, profile: str, actor: str) -> None:
        """Makes everything as it was when the profile was saved; kinds the profile does not know stay as they are.

        Raises `UnknownThing` when there is no such profile, `FieldError` when a thing of it no longer fits.
        """
        if profile not in self._profiles:
            raise UnknownThing("profile", profile)
        whole = msgspec.json.decode(self._profiles[profile])

        def draft() -> Draft:
            draft = Draft(self._held)
            for name, kind in self.kinds.items():
                wanted = whole.get(name)
                if wanted is None:
                    continue
                for key in self._held.entries.get(name, {}).keys() - wanted.keys():
                    draft.changes[name, key] = None
                for key, values in wanted.items():
                    self._restore(draft, kind, key, values)
            return draft

        await self._change(draft, actor)

    def _restore(self, draft: Draft, kind: Kind, key: str, values: Mapping[str, Any]) -> None:
        entry = self._stored_entry(kind, values)
        now = self._held.get((kind.name, key))
        if now is None or now.values != entry.values:
            draft.put((kind.name, key), entry)

    def _stored_entry(self, kind: Kind, values: Mapping[str, Any]) -> Entry:
        """A thing from its document. Keys that this release does not know are left out: a newer one wrote them."""
        known = {field.name for field in kind.fields_of(str(values.get("type", "")))}
        return make_entry(kind, {name: value for name, value in values.items() if name in known})

    def _key(self, kind: str, values: Mapping[str, Any]) -> str:
        name = self.kinds[kind].key
        if name not in values:
            raise FieldError(f"a {kind} needs {name}", name)
        return str(values[name])

    def _draft_of_add(self, kind: str, values: Mapping[str, Any], replace: bool) -> Draft:
        draft, key = Draft(self._held), self._key(kind, values)
        if not replace and self._held.get((kind, key)) is not None:
            raise AlreadyThere(kind, key)
        draft.put((kind, key), make_entry(self.kinds[kind], values))
        return draft

    async def _sealed(self, kind: str, values: Mapping[str, Any], type_name: str = "") -> dict[str, Any]:
        """Values as they are stored; the slow work is done before the lock is taken."""
        sealed = dict(values)
        for field in self.kinds[kind].fields_of(str(values.get("type", type_name))):
            if field.seal is not None and field.name in sealed and not isinstance(sealed[field.name], Delta):
                sealed[field.name] = await field.seal(sealed[field.name])
        return sealed

    async def _change(self, make_draft: Callable[[], Draft], actor: str) -> None:
        """Drafts, checks, stores and applies, one change at a time."""
        await self._lock.acquire()
        try:
            draft = make_draft()
            draft.check()
            changes = [
                CatalogueChange(kind, key, None if entry is None else msgspec.json.encode(entry.values), actor)
                for (kind, key), entry in draft.changes.items()
            ]
            if changes:
                await self._store_all(changes)
            for name, old, new in self._take_effect(draft):
                self._tell(name, old, new)
        finally:
            self._lock.release()

    async def _store_all(self, changes: list[CatalogueChange]) -> None:
        try:
            await self._store.apply(changes)
        except GatewayError:
            raise
        except Exception as problem:
            raise GatewayError(STORE_FAILED, "The change could not be stored", detail=repr(problem)) from problem

    def _take_effect(self, draft: Draft) -> list[tuple[Name, Any, Any]]:
        told = []
        for name, entry in draft.changes.items():
            old = self._held.get(name)
            self._held.put(name, entry)
            self._views.pop(name[0], None)
            told.append((name, None if old is None else old.thing, None if entry is None else entry.thing))
        return told

    def _tell(self, name: Name, old: Any, new: Any) -> None:
        for listener in list(self._listeners):
            try:
                listener(*name, old, new)
            except Exception:
                self._log.failure("a listener failed on the change of {kind} {key}", kind=name[0], key=name[1])
