# mypy: ignore-errors
"""Outgoing: refuses messages to numbers on the list of `stop_word.py`: 403 over HTTP, ESME_RINVDSTADR over SMPP."""

import os
import sqlite3

number = routable.pdu.params["destination_addr"].decode().lstrip("+")
with sqlite3.connect(os.path.join(folder, "blocked.sqlite"), timeout=2) as db:
    db.execute("create table if not exists blocked(number text primary key)")
    if db.execute("select 1 from blocked where number=?", (number,)).fetchone():
        http_status = 403
        smpp_status = 0x0B
