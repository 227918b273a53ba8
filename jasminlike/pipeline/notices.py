"""Each client is told in the form of the door its message came by; each destination gets its incoming messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from jasminlike.interfaces import Notices, Stored
from jasminlike.message.model import Incoming, Receipt, Tracked


class Throws(Protocol):
    """Puts an incoming message on its way to destinations of one kind, in the order to try."""

    def incoming(self, incoming: Incoming, ids: Sequence[str]) -> Stored: ...


class NoticesByDoor:
    """Implements `interfaces.Notices` and what `inbound` throws through; doors register what they offer."""

    def __init__(self) -> None:
        self._notices: dict[str, Notices] = {}
        self._throws: dict[str, Throws] = {}

    def register(self, door: str, notices: Notices) -> None:
        """Messages that came by `door` are answered through `notices`."""
        self._notices[door] = notices

    def register_throws(self, kind: str, throws: Throws) -> None:
        """Destinations of this kind (http, smpps) are reached through `throws`."""
        self._throws[kind] = throws

    def answered(self, tracked: Tracked, status: str) -> Stored | None:
        """The operator took the message, or refused it for good."""
        notices = self._notices.get(tracked.door)
        return None if notices is None else notices.answered(tracked, status)

    def ended(self, tracked: Tracked, receipt: Receipt) -> Stored | None:
        """A receipt's state, or the end of a message that gets none."""
        notices = self._notices.get(tracked.door)
        return None if notices is None else notices.ended(tracked, receipt)

    def incoming(self, incoming: Incoming, destinations: Sequence[tuple[str, str]]) -> Stored:
        """All destinations of a route are of one kind, but where one is drawn by chance and stands alone."""
        kind = destinations[0][0]
        return self._throws[kind].incoming(incoming, [name for each, name in destinations if each == kind])
