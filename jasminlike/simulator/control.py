"""The control port: one command a line in, one line out, for scripts and for a person with netcat.

    stats                        all figures, as JSON
    options                      every option and its value, as JSON
    set OPTION VALUE             change an option
    mo COUNT [RATE]              send so many messages of subscribers, at once or so many a second
    send SYSTEM_ID FROM TO TEXT  send one message of a subscriber; SYSTEM_ID * is whoever is bound
    drop                         cut every connection
    reset                        forget all messages and figures
    dump                         the messages kept, each a line of JSON, and a line "end"
    help, quit

Whatever is done is answered with "ok", whatever is not with "error: " and why. It listens on 127.0.0.1 only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from twisted.internet.protocol import ServerFactory
from twisted.protocols.basic import LineReceiver

from jasminlike.simulator.book import Submitted
from jasminlike.smpp.errors import EncodeError

if TYPE_CHECKING:
    from jasminlike.simulator.smsc import Simulator

_AT_ONCE = 200
"""Messages of a dump that are written in one go; the next go waits until the reader has taken them."""


class Control(LineReceiver):
    """One connection to the control port."""

    delimiter = b"\n"
    transport: Any

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def connectionMade(self) -> None:
        self._simulator.controls.add(self)

    def connectionLost(self, *arguments: Any) -> None:
        self._simulator.controls.discard(self)
        self._simulator.changed()

    def cut(self) -> None:
        """End the connection now."""
        self.transport.abortConnection()

    def lineReceived(self, line: bytes) -> None:
        words = line.decode("utf-8", "replace").split(None, 1)
        if not words:
            return
        command, rest = words[0], words[1].strip() if len(words) > 1 else ""
        call = getattr(self, f"_do_{command}", None)
        if call is None:
            self._say(f"error: there is no command {command}; help lists them")
            return
        try:
            answer = call(rest)
        except (ValueError, EncodeError) as error:
            answer = f"error: {error}"
        if answer is not None:
            self._say(answer)

    def _say(self, line: str) -> None:
        self.transport.write(line.encode() + b"\n")

    # -- the commands: text behind the command -> answer, None when it was given already; ValueError for what cannot be

    def _do_stats(self, rest: str) -> str:
        return json.dumps(self._simulator.stats())

    def _do_options(self, rest: str) -> str:
        shown = self._simulator.settings.shown()
        return json.dumps({**shown, "password": "***" if shown["password"] else ""})

    def _do_set(self, rest: str) -> str:
        name, _, value = rest.partition(" ")
        if not name:
            raise ValueError("set needs an option and a value")
        self._simulator.change(**{name.replace("-", "_"): value.strip()})
        return "ok"

    def _do_mo(self, rest: str) -> str:
        words = rest.split()
        if not 1 <= len(words) <= 2:
            raise ValueError("mo needs a count, and may have a rate")
        count, rate = int(words[0]), float(words[1]) if len(words) > 1 else 0.0
        if count < 1 or not 0 <= rate < float("inf"):
            raise ValueError("the count must be 1 or more and the rate not negative")
        if rate:
            self._simulator.incoming.start(rate, count)
        else:
            self._simulator.incoming.emit(count)
        return "ok"

    def _do_send(self, rest: str) -> str:
        words = rest.split(None, 3)
        if len(words) < 4:
            raise ValueError("send needs a system_id or *, two numbers and a text")
        to = "" if words[0] == "*" else words[0]
        settings = self._simulator.settings
        parts = self._simulator.send_incoming(
            words[1], words[2], words[3], system_id=to, long=settings.incoming_long, order=settings.incoming_order
        )
        return f"ok {parts}"

    def _do_drop(self, rest: str) -> str:
        return f"ok {self._simulator.drop_all()}"

    def _do_reset(self, rest: str) -> str:
        self._simulator.reset()
        return "ok"

    def _do_dump(self, rest: str) -> None:
        self.pauseProducing()  # type: ignore[no-untyped-call]  # the next command waits until the last line is out
        self.transport.registerProducer(_Dump(self, self._simulator.messages), False)

    def _do_help(self, rest: str) -> str:
        return "commands: " + ", ".join(name[4:] for name in sorted(vars(Control)) if name.startswith("_do_"))

    def _do_quit(self, rest: str) -> None:
        self.transport.loseConnection()

    def write_some(self, messages: Iterator[Submitted]) -> bool:
        """Some lines of a dump; False when all are out."""
        now = self._simulator.clock.seconds()
        lines = [json.dumps(message.shown(now)) for message in islice(messages, _AT_ONCE)]
        self._say("\n".join(lines) if lines else "end")
        return bool(lines)


class _Dump:
    """A pull producer: writes when the transport has room."""

    def __init__(self, control: Control, messages: list[Submitted]) -> None:
        self._control = control
        self._messages = iter(messages)

    def resumeProducing(self) -> None:
        if not self._control.write_some(self._messages):
            self._control.transport.unregisterProducer()
            self._control.resumeProducing()  # type: ignore[no-untyped-call]

    def stopProducing(self) -> None:
        self._messages = iter(())


class ControlFactory(ServerFactory):
    """Makes the connections of the control port."""

    noisy = False

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def buildProtocol(self, address: Any) -> Control:
        return Control(self._simulator)
