"""A half-open connection: TCP accepts it, and nothing more ever comes, as from an SMSC that hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import Protocol

if TYPE_CHECKING:
    from jasminlike.simulator.smsc import Simulator


class Deaf(Protocol):
    """Reads, so that the far end can write, and says nothing."""

    transport: Any

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def connectionMade(self) -> None:
        self._simulator.deaf.add(self)
        self._simulator.changed()

    def connectionLost(self, *arguments: Any) -> None:
        self._simulator.deaf.discard(self)
        self._simulator.changed()

    def cut(self) -> None:
        """End the connection now."""
        self.transport.abortConnection()
