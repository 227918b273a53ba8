"""The names of the queues, as operators know them."""

from __future__ import annotations

CALLBACKS = "throw.http"
"""Receipts and incoming messages on their way to clients' URLs."""

SUBMIT_PREFIX = "submit.sm."


def submit(cid: str) -> str:
    """The queue of parts that wait for the connector `cid`."""
    return SUBMIT_PREFIX + cid


def mailbox(username: str) -> str:
    """The queue of receipts and incoming messages for an SMPP client account."""
    return "mailbox." + username
