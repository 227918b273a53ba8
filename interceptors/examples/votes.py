# mypy: ignore-errors
"""Incoming: counts votes like "VOTE 2", one for each number, and confirms them. What counts lies in `votes.sqlite`."""

import os
import sqlite3

CHOICES = {"1": "Anna", "2": "Boris", "3": "Chen"}

found = re.fullmatch(r"VOTE\s+(\w+)", routable.text.strip(), re.IGNORECASE)
if found:
    number = routable.pdu.params["source_addr"].decode()
    choice = CHOICES.get(found[1])
    if choice is None:
        reply("Please vote for one of " + ", ".join(CHOICES))
    else:
        with sqlite3.connect(os.path.join(folder, "votes.sqlite"), timeout=2) as db:
            db.execute("create table if not exists votes(number text primary key, choice text)")
            first = db.execute("insert or ignore into votes values(?, ?)", (number, choice)).rowcount
        reply(f"Your vote for {choice} counts." if first else "You have voted before.")
    routable.addTag("vote")
