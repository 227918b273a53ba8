"""The embedded store's tables and the statements that change them.

Message ids are UUIDs of version 7, which grow with time, so the tables keyed by them are written at their ends. The
receipt index keeps its rows in the order they came and is purged from its beginning.
"""

from __future__ import annotations

from jasminlike.journal import Statement

SCHEMA = """
create table if not exists message(
    id blob primary key, user text not null, door text not null, source text not null, destination text not null,
    connector text not null, parts integer not null, data_coding integer not null, payload blob not null,
    priority integer not null, price integer not null, tags text not null, accepted_at real not null,
    expires_at real not null, state text not null, ended_at real
) without rowid;
create table if not exists part(
    message blob not null, number integer not null, state text not null, connector text not null,
    smsc_id text not null, sent_at real, ended_at real, error text not null, reason text not null,
    redelivered integer not null, primary key(message, number)
) without rowid;
create table if not exists receipt_index(
    row integer primary key, connector text not null, key text not null, entry blob not null, at real not null
);
create unique index if not exists receipt_index_key on receipt_index(connector, key);
create table if not exists early_receipt(
    row integer primary key, connector text not null, key text not null, receipt blob not null, at real not null
);
create table if not exists account(uid text primary key, balance integer, messages integer) without rowid;
create table if not exists ledger(
    row integer primary key, uid text not null, at real not null, balance integer not null, messages integer not null,
    why text not null, message blob
);
create index if not exists ledger_uid on ledger(uid, row);
create table if not exists catalogue(
    kind text not null, key text not null, document blob not null, primary key(kind, key)
) without rowid;
create table if not exists audit(
    row integer primary key, at real not null, actor text not null, kind text not null, key text not null,
    old blob, new blob
);
"""

ADD_MESSAGE = Statement(12, "insert into message values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null)")
CHANGE_PART = Statement(
    15,
    "insert into part values(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) on conflict(message, number) do update set"
    " state=case when part.ended_at is null then excluded.state else part.state end,"
    " connector=case when excluded.connector='' then part.connector else excluded.connector end,"
    " smsc_id=case when excluded.smsc_id='' then part.smsc_id else excluded.smsc_id end,"
    " sent_at=coalesce(excluded.sent_at, part.sent_at), ended_at=coalesce(part.ended_at, excluded.ended_at),"
    " error=case when part.ended_at is null then excluded.error else part.error end,"
    " reason=case when part.ended_at is null then excluded.reason else part.reason end,"
    " redelivered=max(part.redelivered, excluded.redelivered)",
    must=True,
)
END_MESSAGE = Statement(16, "update message set state=?, ended_at=? where id=? and ended_at is null")
"""It falls with the notice to the client when their commit fails: the receipt comes again and tells."""
INDEX = Statement(
    17,
    "insert into receipt_index(connector, key, entry, at) values(?, ?, ?, ?)"
    " on conflict(connector, key) do update set entry=excluded.entry, at=excluded.at",
    must=True,
)
KEEP_EARLY = Statement(18, "insert into early_receipt(connector, key, receipt, at) values(?, ?, ?, ?)")
DROP_EARLY = Statement(19, "delete from early_receipt where connector=? and key=? and receipt=?", must=True)
PURGE_RECORDS = (
    "delete from part where message in (select id from message where id<? order by id limit ?)",
    "delete from message where id in (select id from message where id<? order by id limit ?)",
)
PURGES = (
    "delete from receipt_index where at<? and row in (select row from receipt_index order by row limit ?)",
    "delete from early_receipt where at<? and row in (select row from early_receipt order by row limit ?)",
)

_ENTER = "insert into ledger(uid, at, balance, messages, why, message) values(?, ?, ?, ?, ?, ?)"
_ADD = "update account set balance=balance+?, messages=messages+? where uid=?"
ENTER_SET = Statement(
    8,
    "insert into ledger(uid, at, balance, messages, why, message) select ?1, ?2,"
    " coalesce(?3, 0) - coalesce((select balance from account where uid=?1), 0),"
    " coalesce(?4, 0) - coalesce((select messages from account where uid=?1), 0), 'set', null",
    must=True,
)
SET_ACCOUNT = Statement(9, "insert or replace into account values(?, ?, ?)", must=True)
ENTER = Statement(13, _ENTER)
ADD_TO_ACCOUNT = Statement(14, _ADD)
ENTER_CERTAIN = Statement(13, _ENTER, must=True)
ADD_TO_ACCOUNT_CERTAIN = Statement(14, _ADD, must=True)
"""The same for what happened already: an operator's answer, an operator's change. The others fall with the message
they pay for when its commit fails."""
