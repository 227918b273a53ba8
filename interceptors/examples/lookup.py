# mypy: ignore-errors
"""Outgoing: asks a server which network a number belongs to, and tags the message so that routes can choose by it.

The server answers `{"network": "26201"}`. When it does not answer in time the message goes on with the tag
`network:unknown`. Answers are remembered for an hour by each process.
"""

import os
import sys
import time
import urllib.request

SERVER = os.environ.get("LOOKUP_SERVER", "http://127.0.0.1:8080")
SECONDS = 2.0

known = sys.modules.setdefault("lookup_answers", type(sys)("lookup_answers")).__dict__.setdefault("known", {})
number = routable.pdu.params["destination_addr"].decode()
network, until = known.get(number, ("", 0.0))
if time.monotonic() >= until:
    try:
        with urllib.request.urlopen(SERVER + "/lookup/" + number, timeout=SECONDS) as answer:
            network = str(json.load(answer)["network"])
        if len(known) > 100_000:
            known.clear()
        known[number] = (network, time.monotonic() + 3600)
    except (OSError, ValueError, KeyError) as problem:
        print(f"lookup of {number}: {problem}")
        network = "unknown"
routable.addTag("network:" + network)
