"""The life of a session: every state, every move, and which command is permitted when (SMPP 3.4 §2.2, §2.3).

Two house rules. All that changes a session's state is in ``TRANSITIONS``; a move that is missing there is not permitted
and changes nothing. And this file does not know which side we are: both sides walk the same table, one by sending what
the other receives.

Beyond the specification two things are tolerated, because refusing them helps nobody: an unbind before any bind, and a
second unbind that crosses the first on the wire.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal

from jasminlike.smpp import constants as c

Role = Literal["esme", "smsc"]


class State(Enum):
    """``BINDING_*``: a bind is under way; ``OUTBOUND``: an outbind was sent; ``UNBINDING``: an unbind was."""

    OPEN = "open"
    OUTBOUND = "outbound"
    BINDING_TX = "binding_tx"
    BINDING_RX = "binding_rx"
    BINDING_TRX = "binding_trx"
    BOUND_TX = "bound_tx"
    BOUND_RX = "bound_rx"
    BOUND_TRX = "bound_trx"
    UNBINDING = "unbinding"
    CLOSED = "closed"


class Move(Enum):
    """What can happen to a session: a PDU that passed, in whichever direction, or the loss of the link."""

    BIND_TX = "bind_transmitter"
    BIND_RX = "bind_receiver"
    BIND_TRX = "bind_transceiver"
    ACCEPTED = "bind accepted"
    REFUSED = "bind refused"
    OUTBIND = "outbind"
    UNBIND = "unbind"
    UNBOUND = "unbind_resp"
    LOST = "link lost"


def _binding(bound: State) -> dict[Move, State]:
    return {
        Move.ACCEPTED: bound,
        Move.REFUSED: State.OPEN,
        Move.UNBIND: State.UNBINDING,
        Move.LOST: State.CLOSED,
    }


_BOUND: Final = {Move.UNBIND: State.UNBINDING, Move.LOST: State.CLOSED}

TRANSITIONS: Final[dict[State, dict[Move, State]]] = {
    State.OPEN: {
        Move.BIND_TX: State.BINDING_TX,
        Move.BIND_RX: State.BINDING_RX,
        Move.BIND_TRX: State.BINDING_TRX,
        Move.OUTBIND: State.OUTBOUND,
        Move.UNBIND: State.UNBINDING,
        Move.LOST: State.CLOSED,
    },
    State.OUTBOUND: {
        Move.BIND_RX: State.BINDING_RX,
        Move.BIND_TRX: State.BINDING_TRX,
        Move.UNBIND: State.UNBINDING,
        Move.LOST: State.CLOSED,
    },
    State.BINDING_TX: _binding(State.BOUND_TX),
    State.BINDING_RX: _binding(State.BOUND_RX),
    State.BINDING_TRX: _binding(State.BOUND_TRX),
    State.BOUND_TX: _BOUND,
    State.BOUND_RX: _BOUND,
    State.BOUND_TRX: _BOUND,
    State.UNBINDING: {Move.UNBIND: State.UNBINDING, Move.UNBOUND: State.CLOSED, Move.LOST: State.CLOSED},
    State.CLOSED: {Move.LOST: State.CLOSED},
}

BOUND: Final = frozenset({State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX})
BINDING: Final = frozenset({State.BINDING_TX, State.BINDING_RX, State.BINDING_TRX})

BIND_MOVES: Final = {
    c.BIND_TRANSMITTER: Move.BIND_TX,
    c.BIND_RECEIVER: Move.BIND_RX,
    c.BIND_TRANSCEIVER: Move.BIND_TRX,
}


def after(state: State, move: Move) -> State | None:
    """The state that follows, or None when the move is not permitted in this state."""
    return TRANSITIONS[state].get(move)


_UP: Final = frozenset({State.BOUND_TX, State.BOUND_TRX})
_DOWN: Final = frozenset({State.BOUND_RX, State.BOUND_TRX})

# Command -> the states in which this side may send it (§2.3). Binds, unbind, outbind are moves and are in the table
# above; enquire_link and generic_nack are permitted to both sides as long as there is a connection.
PERMITTED: Final[dict[Role, dict[int, frozenset[State]]]] = {
    "esme": {
        c.SUBMIT_SM: _UP,
        c.SUBMIT_MULTI: _UP,
        c.DATA_SM: _UP,
        c.QUERY_SM: _UP,
        c.CANCEL_SM: _UP,
        c.REPLACE_SM: _UP,
    },
    "smsc": {
        c.DELIVER_SM: _DOWN,
        c.DATA_SM: _DOWN,
        c.ALERT_NOTIFICATION: _DOWN,
    },
}


def permitted(sender: Role, state: State) -> frozenset[int]:
    """The commands that ``sender`` may send as requests in ``state``, link control aside."""
    return frozenset(command for command, states in PERMITTED[sender].items() if state in states)


def other(role: Role) -> Role:
    """The far end's role."""
    return "smsc" if role == "esme" else "esme"
