"""Between a session and its socket, where bytes can be spoilt: in crumbs, glued together, with garbage, or eaten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jasminlike.net.protocol import Clock, SmppProtocol
from jasminlike.simulator.settings import SimulatorSettings


class Wire:
    """A transport that passes everything on, and writes as the options say."""

    def __init__(self, transport: Any, clock: Clock, settings: SimulatorSettings) -> None:
        self._transport = transport
        self._clock = clock
        self._held = bytearray()
        self._call: Any = None
        self._muted = False
        self._mute_next = False
        self._closing = False
        self._append = b""
        self.change(settings)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def change(self, settings: SimulatorSettings) -> None:
        """Other options from now on; what is held still goes out as it would have."""
        self._crumbs = settings.crumbs
        self._glue = settings.glue / 1000

    def mute(self, *, after_next: bool) -> None:
        """Write nothing more; ``after_next``: one write, which is about to come, still goes out."""
        self._muted, self._mute_next = not after_next, after_next

    def append(self, octets: bytes, *, to_next: bool) -> None:
        """Write octets that are none of the session's; ``to_next``: at the end of the write that is about to come."""
        if to_next:
            self._append += octets
        else:
            self.write(octets)

    def write(self, data: bytes) -> None:
        if self._muted:
            return
        self._muted = self._mute_next
        if self._append:
            data, self._append = data + self._append, b""
        if not self._crumbs and not self._glue and not self._held:
            self._transport.write(data)
            return
        self._held += data
        self._later()

    def loseConnection(self) -> None:
        """Close once everything held is written."""
        if self._held:
            self._closing = True
        else:
            self._transport.loseConnection()

    def abortConnection(self) -> None:
        self.forget()
        self._transport.abortConnection()

    def forget(self) -> None:
        """The connection is gone: what is held goes nowhere."""
        self._held.clear()
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = None

    def _later(self) -> None:
        if self._call is None:
            self._call = self._clock.callLater(0 if self._crumbs else self._glue, self._write_held)

    def _write_held(self) -> None:
        self._call = None
        size = 1 if self._crumbs else len(self._held)
        self._transport.write(bytes(self._held[:size]))
        del self._held[:size]
        if self._held:
            self._later()
        elif self._closing:
            self._transport.loseConnection()


class SpoiltProtocol(SmppProtocol):
    """The glove, over a :class:`Wire`; ``deaf``: whatever comes in is thrown away.

    ``settings`` and ``after`` are set before it is connected; ``after`` is called when something came in and is dealt
    with, its answers written, and when the connection is gone.
    """

    deaf = False
    wire: Wire
    settings: SimulatorSettings
    after: Callable[[], object]

    def makeConnection(self, transport: Any) -> None:
        self.wire = Wire(transport, self.clock, self.settings)
        super().makeConnection(self.wire)  # type: ignore[no-untyped-call]

    def dataReceived(self, data: bytes) -> None:
        if not self.deaf:
            super().dataReceived(data)
            self.after()

    def connectionLost(self, *arguments: Any) -> None:
        self.wire.forget()
        super().connectionLost(*arguments)
        self.after()
