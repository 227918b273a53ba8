"""What every catalogue store promises: changes whole or not at all, with audit lines that hide secrets."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_twisted

from jasminlike.interfaces import CatalogueChange
from jasminlike.store.catalogue import EmbeddedCatalogue


@pytest.fixture
def store(engine: Any) -> EmbeddedCatalogue:
    engine.open()
    return EmbeddedCatalogue(engine.journal, lambda: 1000.0)


def document(**values: Any) -> bytes:
    return json.dumps(values).encode()


@pytest_twisted.ensureDeferred
async def test_what_is_set_is_there_after_a_restart(store, engine):
    await store.apply([CatalogueChange("user", "a", document(x=1)), CatalogueChange("group", "a", document(y=2))])
    await store.apply([CatalogueChange("user", "a", document(x=3))])
    await engine.restart()
    store = EmbeddedCatalogue(engine.journal, lambda: 1000.0)
    assert sorted(await store.load()) == [("group", "a", document(y=2)), ("user", "a", document(x=3))]


@pytest_twisted.ensureDeferred
async def test_what_is_removed_is_gone(store):
    await store.apply([CatalogueChange("user", "a", document(x=1))])
    await store.apply([CatalogueChange("user", "a", None), CatalogueChange("user", "never there", None)])
    assert await store.load() == []


@pytest_twisted.ensureDeferred
async def test_changes_are_stored_whole_or_not_at_all(store):
    broken = CatalogueChange("user", "b", b"this is no document")
    with pytest.raises(ValueError, match="Expecting"):
        await store.apply([CatalogueChange("user", "a", document(x=1)), broken])
    assert await store.load() == []
    assert await store.audit(10) == []


@pytest_twisted.ensureDeferred
async def test_the_audit_says_who_changed_what(store):
    await store.apply([CatalogueChange("user", "a", document(x=1), "jcliadmin")])
    await store.apply([CatalogueChange("user", "a", document(x=2), "demo"), CatalogueChange("user", "a", None, "demo")])
    removed, changed, added = await store.audit(10)
    assert added == {"at": 1000.0, "actor": "jcliadmin", "kind": "user", "key": "a", "old": None, "new": {"x": 1}}
    assert (changed["old"], changed["new"], changed["actor"]) == ({"x": 1}, {"x": 2}, "demo")
    assert (removed["old"], removed["new"]) == ({"x": 2}, None)
    assert await store.audit(1) == [removed]


@pytest_twisted.ensureDeferred
async def test_secrets_are_not_in_the_audit(store):
    values = {"password": "hush", "list": [{"password": "hush"}, 1], "inner": {"password": ""}}
    await store.apply([CatalogueChange("smppcc", "a", document(**values))])
    assert "hush" in (await store.load())[0][2].decode()
    [line] = await store.audit(1)
    assert line["new"] == {"password": "***", "list": [{"password": "***"}, 1], "inner": {"password": ""}}
