"""All connectors: made, changed, started, stopped and removed as the catalogue says.

What waits for a connector that is removed ends as failed, with its reason; nothing waits for ever unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred, DeferredList, succeed

from jasminlike import topics
from jasminlike.errors import CONNECTOR_REMOVED
from jasminlike.fate import Fate, Park
from jasminlike.interfaces import Broker, Consumer, Delivery
from jasminlike.message import envelope
from jasminlike.message.model import Part
from jasminlike.pipeline.receipt_ids import IdRule
from jasminlike.pipeline.retry import Retries
from jasminlike.smppc import states
from jasminlike.smppc.connector import Connector
from jasminlike.smppc.settings import ConnectorSettings
from jasminlike.stats import Stats

REMOVED_PREFETCH = 500


class MakeConnector(Protocol):
    """Builds a connector from its settings, with collaborators of its own."""

    def __call__(self, settings: ConnectorSettings, rule: IdRule) -> Connector: ...


class Fleet:
    """Implements `interfaces.Links` and what the console shows of sessions."""

    def __init__(self, make: MakeConnector, broker: Broker, retries: Callable[[], Retries], stats: Stats) -> None:
        self._make = make
        self._broker = broker
        self._retries = retries
        self._stats = stats
        self._connectors: dict[str, Connector] = {}
        self._rules: dict[str, IdRule] = {}
        self._ending: dict[str, Consumer] = {}
        """Those who end what waits for connectors that are gone."""

    # --- Links -----------------------------------------------------------------------------------------------

    def exists(self, cid: str) -> bool:
        """Whether a connector has this id."""
        return cid in self._connectors

    def bound(self, cid: str) -> bool:
        """Whether it is bound now."""
        connector = self._connectors.get(cid)
        return connector is not None and connector.bound

    def rule_of(self, cid: str) -> IdRule:
        """What is known of the connector's message ids."""
        rule = self._rules.get(cid)
        if rule is None:
            rule = self._rules[cid] = IdRule()
        return rule

    # --- what the console shows ------------------------------------------------------------------------------

    def session(self, cid: str) -> str:
        """The session's state in Jasmin's words, NONE without a connection."""
        connector = self._connectors.get(cid)
        return "NONE" if connector is None else connector.session_state

    def starts(self, cid: str) -> int:
        """How often it was started since the program began."""
        return self._stats.connector(cid).starts_count

    def stops(self, cid: str) -> int:
        """How often it was stopped since the program began."""
        return self._stats.connector(cid).stops_count

    def sending(self, message_id: str) -> bool:
        """Whether a part of this message is on the wire now."""
        return any(connector.sender.holds_message(message_id) for connector in self._connectors.values())

    def cids(self) -> list[str]:
        """All connectors."""
        return list(self._connectors)

    # --- told by the catalogue -------------------------------------------------------------------------------

    def changed(self, cid: str, old: ConnectorSettings | None, new: ConnectorSettings | None) -> None:
        """A connector was added (no old), changed, or removed (no new; also one that only its queue tells of)."""
        if new is None:
            self._remove(cid)
        elif cid not in self._connectors:
            self._add(new)
        else:
            self._change(self._connectors[cid], new)

    def _add(self, settings: ConnectorSettings) -> None:
        ending = self._ending.pop(settings.cid, None)
        if ending is not None:
            ending.stop()
        connector = self._connectors[settings.cid] = self._make(settings, self.rule_of(settings.cid))
        if settings.started:
            connector.start()

    def _change(self, connector: Connector, new: ConnectorSettings) -> None:
        old = connector.settings
        again = new.started and (old.session_changed(new) or old.window != new.window)
        connector.update(new)
        if not new.started:
            connector.stop()
        elif (again and old.started) or connector.state == states.STOPPING:
            connector.stop().addCallback(lambda _none: self._start_if_wanted(new.cid))
        else:
            connector.start()

    def _start_if_wanted(self, cid: str) -> None:
        connector = self._connectors.get(cid)
        if connector is not None and connector.settings.started:
            connector.start()

    def _remove(self, cid: str) -> None:
        connector = self._connectors.pop(cid, None)
        if connector is None:
            self._end_waiting(cid)
        else:
            connector.stop().addCallback(lambda _none: self._end_waiting(cid))

    def _end_waiting(self, cid: str) -> None:
        if cid in self._connectors or cid in self._ending:
            return

        def end(delivery: Delivery) -> Deferred[Fate]:
            try:
                part = envelope.decode(delivery.body, Part)
            except envelope.UnknownEnvelope as problem:
                return succeed(Park(f"unreadable: {problem}"))
            return self._retries().impossible(part, delivery, CONNECTOR_REMOVED, "removed", "")

        if self._broker.depth(topics.submit(cid)):
            self._ending[cid] = self._broker.consume(topics.submit(cid), end, REMOVED_PREFETCH)

    def stop(self) -> Deferred[list[tuple[bool, None]]]:
        """Stops every connector for good; fires when all connections are gone."""
        return DeferredList([connector.stop() for connector in self._connectors.values()])
