"""The socket of a session: telnet and the line editor before a shell, one line at a time.

While a line is worked on the next ones wait, so output never overtakes input; when much waits, reading stops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from jcli.desk import Answer
from jcli.editor import LONGEST_LINE, Editor, Event
from jcli.shell import Shell
from jcli.telnet import GREETING, Telnet

END_OF_LINE = "\r\r\r\n"
"""What third-party tools know as the end of a line of this console."""

CLEAR = "\x1bc\x1b[4h"
"""Reset the terminal; insert mode."""

_MOST_WAITING = 64 * 1024
_NOT_PRINTED = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in (9, 10)}
"""Stored texts may hold control characters, which would command the operator's terminal."""


class Terminal(Protocol):
    """One connection. `idle_timeout` seconds are given between two keys, `login_timeout` before the login; 0 = for
    ever. `gone` is called with the terminal when the connection is."""

    transport: Any

    def __init__(
        self,
        shell: Shell,
        clock: IReactorTime,
        idle_timeout: float,
        gone: Callable[[Terminal], None],
        login_timeout: float = 120.0,
    ) -> None:
        self._shell = shell
        self._clock: Any = clock
        self._idle_timeout = idle_timeout
        self._gone = gone
        self._login_timeout = login_timeout
        self._telnet = Telnet()
        self._editor = Editor(self._draw, shell.complete)
        self._busy = False
        self._paused = False
        self._closing = False
        self._timer: Any = None

    def connectionMade(self) -> None:
        """Greets and asks at once; clients that never speak telnet see the prompt too."""
        if hasattr(self.transport, "setTcpNoDelay"):
            self.transport.setTcpNoDelay(True)
        self.transport.write(GREETING)
        self._draw(CLEAR, raw=True)
        self._say(self._shell.start())
        self._restart_timer()

    def dataReceived(self, data: bytes) -> None:
        """Takes what arrived."""
        if self._closing:
            return
        self._restart_timer()
        typed, reply = self._telnet.receive(data)
        if reply:
            self.transport.write(reply)
        self._editor.push(typed)
        self._work()
        if self._editor.waiting > _MOST_WAITING and not self._paused:
            self._paused = True
            self.transport.pauseProducing()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """What is being done is done to its end; nobody is told."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._gone(self)

    def disconnect(self) -> None:
        """Ends the session from this side."""
        self._draw("\nThe gateway is stopping.\n")
        self._close()

    def _work(self) -> None:
        """Works on the next line, if one is whole and none is being worked on."""
        if self._busy or self._closing:
            return
        line = self._editor.next()
        if line is None:
            self._resume_reading()
            return
        self._busy = True
        if line is Event.END:
            self._close()
            return
        self._draw("\n")
        if line is Event.INTERRUPT:
            self._shell.interrupt()
            self._answered(Answer())
        elif isinstance(line, str):
            Deferred.fromCoroutine(self._shell.enter(line)).addCallback(self._answered)
        else:
            told = f"Error: a line has at most {LONGEST_LINE} characters, this one was longer and nothing was done"
            self._answered(Answer((told,)))

    def _answered(self, answer: Answer) -> None:
        self._say(answer)
        if not self._closing:
            self._restart_timer()  # a login that was just done has changed how long a session may be silent
        # In a turn of its own: who pastes a thousand lines does not keep the gateway from its messages.
        self._clock.callLater(0, self._go_on)

    def _go_on(self) -> None:
        self._busy = False
        self._work()

    def _resume_reading(self) -> None:
        if self._paused:
            self._paused = False
            self.transport.resumeProducing()

    def _say(self, answer: Answer) -> None:
        if answer.lines:
            self._draw("\n".join(line.translate(_NOT_PRINTED) for line in answer.lines) + "\n")
        if answer.close:
            self._close()
            return
        self._editor.echo = self._shell.echo
        self._editor.prompt = self._shell.prompt
        self._draw(self._shell.prompt)

    def _draw(self, text: str, raw: bool = False) -> None:
        if not self._closing:
            self.transport.write((text if raw else text.replace("\n", END_OF_LINE)).encode("utf-8", "replace"))

    def _close(self) -> None:
        self._closing = True
        self.transport.loseConnection()

    def _restart_timer(self) -> None:
        seconds = self._idle_timeout if self._shell.logged_in else self._login_timeout
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds:
            self._timer = self._clock.callLater(seconds, self._timed_out)

    def _timed_out(self) -> None:
        self._timer = None
        self._draw("\nThe session was idle for too long.\n")
        self._close()
