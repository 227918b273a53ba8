"""What can go wrong with bytes and with a session, by name.

Input knows three outcomes (and no fourth): not enough bytes yet (:class:`Incomplete`, raised only by the one-shot
``codec.decode``; a framer simply waits), one bad PDU that can be answered while the session lives
(:class:`PduError`), and a stream that is lost because nobody can tell where the next PDU begins
(:class:`StreamLost`). Output knows one: :class:`EncodeError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jasminlike.smpp.pdu import Pdu


class SmppError(Exception):
    """The base of every error of this package."""


class EncodeError(SmppError):
    """A PDU cannot be written; says which field of which command and why. Nothing was written."""

    def __init__(self, command: str, field: str, problem: str) -> None:
        super().__init__(f"{command}: {field} {problem}")
        self.command = command
        self.field = field
        self.problem = problem


class Incomplete(SmppError):
    """Not enough bytes yet for one PDU."""

    def __init__(self, have: int, need: int) -> None:
        super().__init__(f"{have} bytes of {need}")
        self.have = have
        self.need = need


class PduError(SmppError):
    """One PDU could not be read; its borders are known, so the session goes on.

    ``answer`` is the command_status to answer a request with. ``partial`` holds what could be read before the
    fault (the other fields have their defaults), or None where even the command is unknown: the reader of a bad
    *response* still learns which request it ends and with which status.
    """

    def __init__(
        self, reason: str, *, command_id: int, status: int, sequence: int, answer: int, partial: Pdu | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.command_id = command_id
        self.status = status
        self.sequence = sequence
        self.answer = answer
        self.partial = partial


class StreamLost(SmppError):
    """The bytes are not SMPP, or no longer: the connection must be closed. ``reason`` is for the operator."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotPermitted(SmppError):
    """This command may not be sent in this state of the session, or by this side (SMPP 3.4 §2.3)."""


class WindowFull(SmppError):
    """As many requests as agreed are waiting for their responses; ask again when one is answered."""
