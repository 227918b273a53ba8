"""The one copy of prefetch, call and settle: how a handler is called and what becomes of its fate.

An embedded or a networked broker feeds a `Subscription` with deliveries while it has room, and gives it one function
that carries a fate out. A handler that raises is an error of ours: the delivery is retried with growing delays, then
parked, never lost. What only cannot be done now (the store takes no writes) is retried until it can.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from jasminlike.errors import GatewayError
from jasminlike.fate import Fate, Park, Retry
from jasminlike.interfaces import Delivery, Handler

_log = logging.getLogger("jasminlike.broker")

TRIES_AFTER_ERRORS = 5
FIRST_DELAY = 1.0
LONGEST_DELAY = 30.0


Settle = Callable[["Subscription | None", Delivery, Fate], None]
"""Carries out a fate. The first argument is the subscription that the delivery was handed to, if one was."""


class Subscription:
    """One consumer of one topic; implements `interfaces.Consumer`."""

    def __init__(
        self,
        handler: Handler,
        prefetch: int,
        settle: Settle,
        wake: Callable[[], None],
    ) -> None:
        self.prefetch = prefetch
        self.unsettled: set[int] = set()
        self.paused = False
        self.stopped = False
        self._handler = handler
        self._settle = settle
        self._wake = wake
        self._idle: Deferred[None] | None = None

    @property
    def room(self) -> int:
        """How many deliveries it would take now."""
        return 0 if self.paused or self.stopped else self.prefetch - len(self.unsettled)

    def offer(self, delivery: Delivery) -> None:
        """Hands a delivery to the handler."""
        self.unsettled.add(delivery.sequence)
        call(self, self._handler, delivery, self._settle)

    def freed(self, sequence: int) -> None:
        """The delivery's fate is carried out and stored: there is room again."""
        self.unsettled.discard(sequence)
        if self._idle is not None and not self.unsettled:
            idle, self._idle = self._idle, None
            idle.callback(None)

    def pause(self) -> None:
        """No further deliveries until `resume`."""
        self.paused = True

    def resume(self) -> None:
        """Deliveries go on."""
        if self.paused:
            self.paused = False
            self._wake()

    def stop(self) -> Deferred[None]:
        """No further deliveries; fires when all that were handed out are settled."""
        self.stopped = True
        if not self.unsettled:
            return succeed(None)
        if self._idle is None:
            self._idle = Deferred()
        waiting: Deferred[None] = Deferred()
        self._idle.addCallback(lambda _none: waiting.callback(None))
        return waiting


def call(consumer: Subscription | None, handler: Handler, delivery: Delivery, settle: Settle) -> None:
    """Calls the handler and settles with what it says; an exception becomes a retry, then a parked delivery."""

    def decided(fate: Fate) -> None:
        settle(consumer, delivery, fate)

    def broke(failure: Failure) -> None:
        delay = min(FIRST_DELAY * 2.0 ** min(delivery.attempt - 1, 20), LONGEST_DELAY)
        if isinstance(failure.value, GatewayError) and failure.value.reason.temporary:
            _log.warning("%s, delivery %d: %s; tried again", delivery.topic, delivery.sequence, failure.value)
            settle(consumer, delivery, Retry(delay, in_doubt=True))
            return
        _log.error(
            "handler of %s failed on delivery %d, attempt %d: %s",
            delivery.topic,
            delivery.sequence,
            delivery.attempt,
            failure.getTraceback(),
        )
        if delivery.attempt < TRIES_AFTER_ERRORS:
            settle(consumer, delivery, Retry(delay, in_doubt=True))
        else:
            settle(consumer, delivery, Park("internal"))

    try:
        outcome = handler(delivery)
    except Exception:
        broke(Failure())
    else:
        outcome.addCallbacks(decided, broke)
