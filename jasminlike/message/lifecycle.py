"""The life of a part: every state, every event, and the one table of what follows from what.

A part goes accepted → (scheduled →) queued → sending → sent, and ends as delivered, undelivered, expired, rejected,
failed, canceled or unknown. Events are facts, and they may be told late, twice or in another order than they happened:
the answer of an operator is recorded in one batch, its receipt in another. So nothing here refuses an event. What is
not in the table leaves the state as it is, by three rules:

- An end stays. Only `unknown` gives way, to an operator's receipt that knows better.
- What the operator took can no longer be refused, retried, expired or canceled by us: from `sent` only receipts lead
  on, or their absence.
- A state is never undone by news of an earlier one, except `sending`, which goes back to `queued` for another attempt.

A part whose client and operator need no receipt remains `sent` for good; whether one is to come is not this table's
to know (`aggregate` is told).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

ACCEPTED = "accepted"
SCHEDULED = "scheduled"
QUEUED = "queued"
SENDING = "sending"
SENT = "sent"
DELIVERED = "delivered"
UNDELIVERED = "undelivered"
EXPIRED = "expired"
REJECTED = "rejected"
FAILED = "failed"
CANCELED = "canceled"
UNKNOWN = "unknown"

PROGRESS: tuple[str, ...] = (ACCEPTED, SCHEDULED, QUEUED, SENDING, SENT)
"""The states in which something is still to come, from the least advanced on."""
ENDS: tuple[str, ...] = (FAILED, REJECTED, UNDELIVERED, EXPIRED, CANCELED, UNKNOWN, DELIVERED)
"""The final states. Where the parts of a message ended differently, the first of these that occurs is the message's:
a text that lacks a part was not delivered, and what a person can mend (our fault, the operator's refusal) says more
than what lies with the handset or the client."""
STATES: tuple[str, ...] = PROGRESS + ENDS

RECEIPT = "receipt "
"""A receipt's event is this and its state, one of the seven-letter words of SMPP 3.4 Appendix B."""

_WITH_US = (ACCEPTED, SCHEDULED, QUEUED, SENDING)
_KNOWS_NO_MORE = (*PROGRESS, UNKNOWN)


class Rule(NamedTuple):
    """From these states, by this event, to that state."""

    event: str
    before: tuple[str, ...]
    after: str
    why: str


RULES: tuple[Rule, ...] = (
    Rule("scheduled", (ACCEPTED,), SCHEDULED, "it waits here for its time"),
    Rule("queued", (ACCEPTED, SCHEDULED), QUEUED, "it waits for its connector"),
    Rule("handed_out", (ACCEPTED, SCHEDULED, QUEUED), SENDING, "a connector writes it to the wire"),
    Rule(
        "retry", _WITH_US, QUEUED, "the operator refused for now, or the link went away: there will be another attempt"
    ),
    Rule("answered_ok", _WITH_US, SENT, "the operator took it, a receipt is to come"),
    Rule("answered_last", _WITH_US, SENT, "the operator took it, and no receipt will come"),
    Rule("refused_final", _WITH_US, REJECTED, "the operator refused it for good, or as often as may be tried"),
    Rule(
        "in_doubt_failed", _WITH_US, UNKNOWN, "the operator never answered: it may have been sent, so it did not fail"
    ),
    Rule("removed", _WITH_US, FAILED, "its connector or its queue was removed, or it cannot be written to the wire"),
    Rule("expired_here", _WITH_US, EXPIRED, "its validity ended while it waited here"),
    Rule("canceled_here", _WITH_US, CANCELED, "it was taken back before the operator took it"),
    Rule("receipt_timeout", (SENT,), UNKNOWN, "no receipt came in time"),
    Rule("receipt DELIVRD", _KNOWS_NO_MORE, DELIVERED, "the handset has it"),
    Rule("receipt UNDELIV", _KNOWS_NO_MORE, UNDELIVERED, "the operator gave up"),
    Rule("receipt EXPIRED", _KNOWS_NO_MORE, EXPIRED, "its validity ended at the operator"),
    Rule("receipt REJECTD", _KNOWS_NO_MORE, REJECTED, "the operator, or the network behind it, refused it"),
    Rule(
        "receipt DELETED",
        _KNOWS_NO_MORE,
        UNDELIVERED,
        "the operator deleted it; what we cancel ourselves is never sent",
    ),
    Rule("receipt ACCEPTD", _WITH_US, SENT, "the operator has it; a later receipt says how it ended"),
    Rule("receipt ENROUTE", _WITH_US, SENT, "as above"),
    Rule("receipt UNKNOWN", _WITH_US, SENT, "the operator does not know yet: a later receipt may, or none will come"),
)

EVENTS: tuple[str, ...] = tuple(rule.event for rule in RULES)

TABLE: dict[str, dict[str, str]] = {
    event: {state: next((r.after for r in RULES if r.event == event and state in r.before), state) for state in STATES}
    for event in EVENTS
}
"""event → state before → state after, for every pair."""

_ENDS = frozenset(ENDS)
_rank = {state: place for place, state in enumerate((*PROGRESS, *ENDS))}


def step(state: str, event: str) -> str:
    """The state after an event.

    A receipt with a state that no specification knows counts as `receipt UNKNOWN`: the operator has the message.
    ValueError for a state or event that this table does not know: that is a mistake of the caller.
    """
    row = TABLE.get(event)
    if row is None:
        if not event.startswith(RECEIPT):
            raise ValueError(f"no such event in the life of a part: {event}")
        row = TABLE["receipt UNKNOWN"]
    after = row.get(state)
    if after is None:
        raise ValueError(f"no such state in the life of a part: {state}")
    return after


def is_final(state: str) -> bool:
    """Whether a part in this state has ended. `sent` is not final: see `aggregate` for parts without receipts."""
    return state in _ENDS


def aggregate(states: Iterable[str], total: int, sent_ends: bool = False) -> tuple[str, bool]:
    """What the parts of a message amount to: (state, final).

    `states` are those of the parts heard of; the others of `total` wait in their queue. As long as a part is open the
    message is as far as its least advanced open part. When all have ended it is the first of `ENDS` that occurs. With
    `sent_ends` no receipts are to come, and `sent` is an end too: better than any fault, less than delivered.
    """
    known = list(states)
    known += [QUEUED] * (total - len(known))
    still_open = [state for state in known if state not in _ENDS and not (sent_ends and state == SENT)]
    if still_open or not known:
        return min(still_open, key=_rank.__getitem__, default=ACCEPTED), False
    return min(known, key=_severity), True


def _severity(state: str) -> float:
    return _rank[DELIVERED] - 0.5 if state == SENT else _rank[state]
