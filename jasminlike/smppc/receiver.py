"""From the wire inwards: receipts and subscribers' messages of one connector, answered when they are stored."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from jasminlike.errors import INTERCEPTOR_FAILED, INTERCEPTOR_REFUSED, GatewayError
from jasminlike.net.mapping import incoming_of, receipt_of
from jasminlike.pipeline.inbound import Inbound
from jasminlike.pipeline.receipts import Receipts
from jasminlike.smpp import statuses
from jasminlike.smpp.pdu import DataSm, DeliverSm, Pdu
from jasminlike.stats import SmppcStats

MOST_UNANSWERED = 2000
"""So many may be on their way to the disk; then the connection is not read until half of them are."""
_log = logging.getLogger("jasminlike.smppc")


class Link(Protocol):
    """The session, as the receiver uses it."""

    def respond(self, request: Pdu, response: Pdu) -> object: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class Receiver:
    """One for each connector; the session may change under it."""

    def __init__(
        self, cid: str, receipts: Receipts, inbound: Inbound, stats: SmppcStats, now: Callable[[], float]
    ) -> None:
        self._cid = cid
        self._receipts = receipts
        self._inbound = inbound
        self._stats = stats
        self._now = now
        self._unanswered = 0
        self._paused: Link | None = None

    def received(self, link: Link, pdu: Pdu) -> None:
        """A deliver_sm or data_sm; anything else is answered as a command an ESME does not take, where it has an answer
        (an alert_notification has none, SMPP 3.4 §4.12: nobody here waits for it)."""
        if not isinstance(pdu, DeliverSm | DataSm):
            if pdu.response_class is None:
                _log.info("%s: the SMSC sent %s, which nobody waits for", self._cid, pdu.name)
                return
            link.respond(pdu, pdu.response(statuses.ESME_RINVCMDID))
            return
        if isinstance(pdu, DeliverSm):
            self._stats.deliver_sm_count += 1
        else:
            self._stats.data_sm_count += 1
        self._unanswered += 1
        if self._unanswered >= MOST_UNANSWERED and self._paused is None:
            self._paused = link
            link.pause()
        stored = self._store(pdu)
        stored.addCallbacks(
            lambda _outcome: self._answer(link, pdu, statuses.ESME_ROK),
            lambda failure: self._failed(link, pdu, failure),
        )

    def _store(self, pdu: DeliverSm | DataSm) -> Deferred[object]:
        now = self._now()
        found = receipt_of(pdu, self._cid, now)
        if found is not None:
            self._stats.receipts_count += 1
            return self._receipts.handle(*found)  # type: ignore[return-value]
        return self._inbound.take(*incoming_of(pdu, self._cid, now))  # type: ignore[return-value]

    def _answer(self, link: Link, pdu: Pdu, status: int) -> None:
        self._unanswered -= 1
        link.respond(pdu, pdu.response(status))
        if self._paused is not None and self._unanswered <= MOST_UNANSWERED // 2:
            paused, self._paused = self._paused, None
            paused.resume()

    def _failed(self, link: Link, pdu: Pdu, failure: Failure) -> None:
        """Not stored: the operator keeps it and tries again (SMPP 3.4 §5.1.3, ESME_RX_T_APPN), unless a script said
        what it is to be told."""
        error = failure.value
        if isinstance(error, GatewayError) and error.reason in (INTERCEPTOR_REFUSED, INTERCEPTOR_FAILED):
            chosen = int(error.where) if error.where.isdecimal() else statuses.ESME_RSYSERR
            self._answer(link, pdu, chosen if chosen in statuses.NAMES else statuses.ESME_RSYSERR)
            return
        _log.error("%s: %s not stored: %s", self._cid, pdu.name, failure.getTraceback())
        self._answer(link, pdu, statuses.ESME_RX_T_APPN)
