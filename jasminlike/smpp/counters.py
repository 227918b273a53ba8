"""What a session counts about itself, for consoles and metrics: plain numbers, read at any time."""

from __future__ import annotations


class Counters:
    """PDUs and times (of the session's clock; 0.0 for never). Responses are PDUs too."""

    __slots__ = (
        "bad",
        "enquire_links_received",
        "enquire_links_sent",
        "last_enquire_link_received_at",
        "last_enquire_link_sent_at",
        "last_received_at",
        "last_sent_at",
        "received",
        "sent",
    )

    def __init__(self) -> None:
        self.received = 0
        self.sent = 0
        self.bad = 0
        self.enquire_links_received = 0
        self.enquire_links_sent = 0
        self.last_received_at = 0.0
        self.last_sent_at = 0.0
        self.last_enquire_link_received_at = 0.0
        self.last_enquire_link_sent_at = 0.0
