# mypy: ignore-errors
"""Incoming: STOP puts the sender on a list, START takes it off. `blocked.py` refuses messages to who is on it."""

import os
import sqlite3

STOP = {"STOP", "UNSUBSCRIBE", "СТОП", "停止"}
START = {"START", "СТАРТ", "开始"}

word = routable.text.strip().upper()
if word in STOP or word in START:
    number = routable.pdu.params["source_addr"].decode().lstrip("+")
    with sqlite3.connect(os.path.join(folder, "blocked.sqlite"), timeout=2) as db:
        db.execute("create table if not exists blocked(number text primary key)")
        if word in STOP:
            db.execute("insert or ignore into blocked values(?)", (number,))
        else:
            db.execute("delete from blocked where number=?", (number,))
    routable.addTag("stop" if word in STOP else "start")
