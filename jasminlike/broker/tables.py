"""The embedded broker's tables and the statements that change them.

A queue's key is (lane, sequence): a lane's rows lie together, are appended at its end and deleted at its beginning.
`due` 0 means at once; `parked` is empty or the code of the reason.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from jasminlike.journal import Statement

SCHEMA = """
create table if not exists topic(id integer primary key, name text not null unique);
create table if not exists lane_mark(lane integer primary key, sequence integer not null);
create table if not exists queue(
    lane integer not null, sequence integer not null, body blob not null, expires real not null, due real not null,
    attempts integer not null, doubt integer not null, parked text not null, primary key(lane, sequence)
) without rowid;
create index if not exists queue_expires on queue(expires) where expires > 0;
create index if not exists queue_due on queue(due) where due > 0;
create index if not exists queue_parked on queue(lane) where parked != '';
"""

TOPIC = Statement(1, "insert or ignore into topic values(?, ?)", must=True)
INSERT = Statement(10, "insert into queue values(?, ?, ?, ?, ?, 0, 0, '')")
MARK = Statement(11, "insert or replace into lane_mark values(?, ?)", must=True)
RETRY = Statement(20, "update queue set attempts=?, due=?, doubt=max(doubt, ?) where lane=? and sequence=?", must=True)
PARK = Statement(21, "update queue set parked=? where lane=? and sequence=?", must=True)
DELETE = Statement(30, "delete from queue where lane=? and sequence=?", must=True)
MOVE = Statement(31, "delete from queue where lane=? and sequence=?")
"""A deletion that falls with the insertion elsewhere when their commit fails."""

WAITING = "select sequence, body, attempts, doubt from queue where parked='' and lane=? and "
EXPIRED = "select lane, sequence, body, attempts, doubt from queue where expires>0 and expires<=? and parked='' limit ?"


def unpark(db: sqlite3.Connection, lanes: Iterable[int]) -> list[tuple[int, int]]:
    """Lets what is parked in these lanes wait again, due at once, attempts counted anew; its (lane, sequence)."""
    rows: list[tuple[int, int]] = []
    for lane in lanes:
        rows += db.execute("select lane, sequence from queue where lane=? and parked!=''", (lane,))
        db.execute("update queue set parked='', attempts=0, due=1 where lane=? and parked!=''", (lane,))
    return rows
