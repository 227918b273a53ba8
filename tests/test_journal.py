"""The journal: rows and functions of one turn are one commit; what fails is refused or written again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor

from jasminlike import journal as journal_module
from jasminlike.errors import GatewayError
from jasminlike.journal import Journal, Statement

SCHEMA = "create table if not exists thing(id integer primary key, word text not null);"
INSERT = Statement(1, "insert into thing values(?, ?)")
REPLACE = Statement(2, "insert or replace into thing values(?, ?)")
CERTAIN = Statement(3, "insert or replace into thing values(?, ?)", must=True)
DELETE = Statement(4, "delete from thing where id=?")


@pytest.fixture
def journal(tmp_path: Path):
    made = Journal(tmp_path / "j.db", reactor, SCHEMA)
    yield made
    if not made.closed:
        pytest_twisted.blockon(made.close())


def words(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("select word from thing order by id")]


@pytest_twisted.ensureDeferred
async def test_what_is_awaited_is_on_disk(journal):
    await journal.write(INSERT, (1, "one"))
    assert journal.read_now(words) == ["one"]
    assert await journal.read(words) == ["one"]


@pytest_twisted.ensureDeferred
async def test_one_turn_is_one_commit(journal):
    first = journal.write(INSERT, (1, "one"))
    second = journal.write(INSERT, (2, "two"))
    assert first is second
    await first
    await second
    assert journal.commits == 1


@pytest_twisted.ensureDeferred
async def test_an_insertion_precedes_a_deletion_of_the_same_turn(journal):
    journal.write(DELETE, (1,))
    await journal.write(INSERT, (1, "one"))
    assert await journal.read(words) == []


@pytest_twisted.ensureDeferred
async def test_of_the_latest_only_the_last_is_written(journal):
    journal.write_latest(INSERT, "k", (1, "old"))
    await journal.write_latest(INSERT, "k", (1, "new"))
    assert await journal.read(words) == ["new"]


@pytest_twisted.ensureDeferred
async def test_a_function_sees_the_rows_of_its_turn(journal):
    journal.write(INSERT, (1, "one"))
    assert await journal.run(words) == ["one"]


@pytest_twisted.ensureDeferred
async def test_a_function_that_raises_undoes_its_own_changes_alone(journal):
    def broken(db: sqlite3.Connection) -> None:
        db.execute("insert into thing values(5, 'five')")
        raise KeyError("five")

    done = journal.run(broken)
    written = journal.write(INSERT, (1, "one"))
    with pytest.raises(KeyError):
        await done
    await written
    assert await journal.read(words) == ["one"]


def fill(journal: Journal, spare_pages: int = 0):
    """From now on the database may not grow: every page more is an error of a full disk. 0: it may."""

    def limit(db: sqlite3.Connection) -> None:
        pages = db.execute("pragma page_count").fetchone()[0]
        db.execute(f"pragma max_page_count={pages + spare_pages if spare_pages else 1 << 30}")

    return journal.run(limit)


LONG = "x" * 100_000


@pytest_twisted.ensureDeferred
async def test_a_full_disk_refuses_the_new_and_keeps_the_certain(journal, monkeypatch, caplog):
    monkeypatch.setattr(journal_module, "RETRY_SECONDS", 0.01)
    await journal.write(INSERT, (1, "one"))
    await fill(journal, spare_pages=1)
    journal.write(INSERT, (2, LONG))
    failing = journal.write(CERTAIN, (3, "three"))
    with pytest.raises(GatewayError) as refused:
        await failing
    assert refused.value.reason.code == "store_failed"
    assert "disk is full" not in refused.value.public
    assert "disk is full" in refused.value.detail
    assert "new messages are refused" in caplog.text
    await fill(journal)
    await journal.write(REPLACE, (4, "four"))
    assert await journal.read(words) == ["one", "three", "four"]
    assert not journal.failing


@pytest_twisted.ensureDeferred
async def test_a_batch_can_be_awaited_after_its_outcome(journal):
    batch = journal.write(INSERT, (1, "one"))
    await batch
    await batch
    await fill(journal, spare_pages=1)
    bad = journal.write(INSERT, (2, LONG))
    for _ in range(2):
        with pytest.raises(GatewayError):
            await bad
    await fill(journal)


@pytest_twisted.ensureDeferred
async def test_close_writes_what_has_gathered(tmp_path):
    journal = Journal(tmp_path / "j.db", reactor, SCHEMA)
    journal.write(INSERT, (1, "one"))
    await journal.close()
    with sqlite3.connect(tmp_path / "j.db") as db:
        assert words(db) == ["one"]


def test_the_file_is_for_its_owner_alone(journal, tmp_path):
    assert (tmp_path / "j.db").stat().st_mode & 0o077 == 0


@pytest_twisted.ensureDeferred
async def test_an_error_of_a_reading_function_reaches_who_asked(journal):
    with pytest.raises(sqlite3.OperationalError):
        await journal.read(lambda db: db.execute("select * from nothing"))
