# mypy: ignore-errors
"""Outgoing: every account sends under a name of its own, whatever it asked for; the connector leaves it alone."""

SENDERS = {"shop": b"MyShop", "bank": b"MyBank"}
ALPHANUMERIC = 5

name = SENDERS.get(routable.user.username)
if name is not None:
    routable.pdu.params["source_addr"] = name
    routable.pdu.params["source_addr_ton"] = ALPHANUMERIC
    routable.pdu.params["source_addr_npi"] = 0
    routable.lockPduParam("source_addr_ton")
    routable.lockPduParam("source_addr_npi")
