"""Puts callbacks on their queue: receipts for messages that came over HTTP, and incoming messages for HTTP connectors.

Implements `interfaces.Notices` and `pipeline.notices.Throws`. `thrower.py` makes the calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from jasminlike import topics
from jasminlike.httpc import forms
from jasminlike.httpc.forms import Callback, Fields
from jasminlike.interfaces import Broker, Outgoing, Stored
from jasminlike.message import envelope
from jasminlike.message.model import Incoming, Receipt, Tracked


class HttpNotices:
    """`now` gives seconds since 1970."""

    def __init__(self, broker: Broker, now: Callable[[], float]) -> None:
        self._broker = broker
        self._now = now

    def answered(self, tracked: Tracked, status: str) -> Stored | None:
        """For levels 1 and 3."""
        wish = tracked.receipt
        if not wish.url or wish.level not in (1, 3):
            return None
        return self._receipt(tracked, forms.answered(tracked, status))

    def ended(self, tracked: Tracked, receipt: Receipt) -> Stored | None:
        """For levels 2 and 3."""
        wish = tracked.receipt
        if not wish.url or wish.level not in (2, 3):
            return None
        return self._receipt(tracked, forms.ended(tracked, receipt))

    def incoming(self, incoming: Incoming, ids: Sequence[str]) -> Stored:
        """For the first of these connectors whose client takes it."""
        form = forms.urlencoded(forms.incoming(incoming))
        return self._put(Callback(forms.INCOMING, incoming.id, self._now(), form, connectors=tuple(ids)))

    def _receipt(self, tracked: Tracked, fields: Fields) -> Stored:
        wish, form = tracked.receipt, forms.urlencoded(fields)
        return self._put(Callback(forms.RECEIPT, tracked.message, self._now(), form, wish.url, wish.method))

    def _put(self, callback: Callback) -> Stored:
        return self._broker.publish(topics.CALLBACKS, [Outgoing(envelope.encode(callback))])
