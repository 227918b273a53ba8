"""The table of a session's life: every state with every move, written down a second time, and who may send what."""

from __future__ import annotations

import pytest

from jasminlike.smpp import constants as c
from jasminlike.smpp.states import BINDING, BOUND, Move, State, after, other, permitted

OP, OUT, UB, CL = State.OPEN, State.OUTBOUND, State.UNBINDING, State.CLOSED
ITX, IRX, ITRX = State.BINDING_TX, State.BINDING_RX, State.BINDING_TRX
BTX, BRX, BTRX = State.BOUND_TX, State.BOUND_RX, State.BOUND_TRX

# Rows: the state before. Columns: the moves in the order of MOVES. None: not permitted.
MOVES = [
    Move.BIND_TX,
    Move.BIND_RX,
    Move.BIND_TRX,
    Move.ACCEPTED,
    Move.REFUSED,
    Move.OUTBIND,
    Move.UNBIND,
    Move.UNBOUND,
    Move.LOST,
]
EXPECTED = {
    OP: [ITX, IRX, ITRX, None, None, OUT, UB, None, CL],
    OUT: [None, IRX, ITRX, None, None, None, UB, None, CL],
    ITX: [None, None, None, BTX, OP, None, UB, None, CL],
    IRX: [None, None, None, BRX, OP, None, UB, None, CL],
    ITRX: [None, None, None, BTRX, OP, None, UB, None, CL],
    BTX: [None, None, None, None, None, None, UB, None, CL],
    BRX: [None, None, None, None, None, None, UB, None, CL],
    BTRX: [None, None, None, None, None, None, UB, None, CL],
    UB: [None, None, None, None, None, None, UB, CL, CL],
    CL: [None, None, None, None, None, None, None, None, CL],
}
PAIRS = [(state, move, to) for state, row in EXPECTED.items() for move, to in zip(MOVES, row, strict=True)]


def test_the_walk_covers_every_pair():
    assert {(state, move) for state, move, _ in PAIRS} == {(state, move) for state in State for move in Move}


@pytest.mark.parametrize(("state", "move", "to"), PAIRS)
def test_every_state_with_every_move(state: State, move: Move, to: State | None) -> None:
    assert after(state, move) is to


UP = {c.SUBMIT_SM, c.SUBMIT_MULTI, c.DATA_SM, c.QUERY_SM, c.CANCEL_SM, c.REPLACE_SM}
DOWN = {c.DELIVER_SM, c.DATA_SM, c.ALERT_NOTIFICATION}


@pytest.mark.parametrize("state", State)
def test_messages_go_up_from_a_transmitter_and_down_to_a_receiver(state: State) -> None:
    # SMPP 3.4 table 2-1.
    assert permitted("esme", state) == (UP if state in (BTX, BTRX) else set())
    assert permitted("smsc", state) == (DOWN if state in (BRX, BTRX) else set())


def test_sets_of_states():
    assert {BTX, BRX, BTRX} == BOUND
    assert {ITX, IRX, ITRX} == BINDING


def test_the_other_side():
    assert (other("esme"), other("smsc")) == ("smsc", "esme")
