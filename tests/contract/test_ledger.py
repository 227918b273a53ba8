"""What every ledger promises: entries add up to the balance, and fall with what they pay for."""

from __future__ import annotations

import random
from typing import Any

import pytest
import pytest_twisted

from jasminlike import journal as journal_module
from jasminlike.errors import GatewayError
from jasminlike.message.ids import new_id
from jasminlike.store.ledger import EmbeddedLedger


@pytest.fixture
def ledger(engine: Any) -> EmbeddedLedger:
    engine.open()
    return EmbeddedLedger(engine.journal, lambda: 1000.0)


async def adds_up(ledger: EmbeddedLedger, uid: str) -> bool:
    balance, messages = next(row[1:] for row in await ledger.load() if row[0] == uid)
    entries = await ledger.entries(uid)
    return (sum(each[1] for each in entries), sum(each[2] for each in entries)) == (balance or 0, messages or 0)


@pytest_twisted.ensureDeferred
async def test_what_an_account_has_is_there_after_a_restart(ledger, engine):
    await ledger.set("a", 100, 5)
    await ledger.set("b", None, None)
    await ledger.change("a", -30, -1, "accepted", new_id())
    await engine.restart()
    ledger = EmbeddedLedger(engine.journal, lambda: 1000.0)
    assert sorted(await ledger.load()) == [("a", 70, 4), ("b", None, None)]
    assert await ledger.entries("a") == [(1000.0, 100, 5, "set"), (1000.0, -30, -1, "accepted")]
    assert await ledger.entries("nobody") == []


@pytest_twisted.ensureDeferred
async def test_unlimited_stays_unlimited(ledger):
    await ledger.set("a", None, 5)
    await ledger.change("a", 0, -2, "accepted", "")
    assert await ledger.load() == [("a", None, 3)]
    assert await adds_up(ledger, "a")


@pytest_twisted.ensureDeferred
async def test_the_entries_add_up_to_the_balance(ledger):
    chance = random.Random(5)
    for _ in range(30):
        if chance.random() < 0.3:
            await ledger.set("a", chance.choice([None, 0, 1000]), chance.choice([None, 7]))
        else:
            row = {each[0]: each[1:] for each in await ledger.load()}.get("a", (None, None))
            balance = 0 if row[0] is None else chance.randrange(-50, 50)
            messages = 0 if row[1] is None else chance.randrange(-2, 2)
            await ledger.change("a", balance, messages, "added", "")
        if any(row[0] == "a" for row in await ledger.load()):
            assert await adds_up(ledger, "a")


@pytest_twisted.ensureDeferred
async def test_a_charge_falls_with_its_message_and_what_happened_stays(ledger, engine, monkeypatch):
    monkeypatch.setattr(journal_module, "RETRY_SECONDS", 0.01)
    commit, broken = journal_module._commit, [True]

    def spoilt(*arguments: Any) -> Any:
        if broken:
            raise journal_module.sqlite3.OperationalError("disk full")
        return commit(*arguments)

    await ledger.set("a", 100, None)
    monkeypatch.setattr(journal_module, "_commit", spoilt)
    ledger.change("a", -10, 0, "answered", new_id())
    with pytest.raises(GatewayError):
        await ledger.change("a", -20, 0, "accepted", new_id())
    broken.clear()
    await ledger.change("a", -1, 0, "accepted", new_id())
    assert await ledger.load() == [("a", 89, None)]
    assert await adds_up(ledger, "a")
