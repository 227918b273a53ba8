"""What a handler decides about a delivery. A handler returns a fate; only the broker settles it."""

from __future__ import annotations

from collections.abc import Awaitable

import msgspec


class Done(msgspec.Struct, frozen=True):
    """The work is finished: forget the delivery, but not before its effects, the writes `after`, are stored.

    `moved` says that the writes are all that is left of it (it went to another queue): when they cannot be stored, it
    is delivered again. Otherwise the work is not done twice for the sake of a note of it.
    """

    after: tuple[Awaitable[None], ...] = ()
    moved: bool = False


class Retry(msgspec.Struct, frozen=True, gc=False):
    """Not now: deliver again in `after` seconds, counted as another attempt.

    `front` keeps the delivery's place: nothing of the same topic and priority published after it is delivered
    before it. Without it, others go on meanwhile. `in_doubt` says that the attempt may have reached its goal: the
    next delivery is flagged as redelivered.
    """

    after: float
    front: bool = False
    in_doubt: bool = False


class Release(msgspec.Struct, frozen=True, gc=False):
    """It was never tried (the link went away before): deliver again as soon as there is room, not an attempt."""


class Park(msgspec.Struct, frozen=True, gc=False):
    """Nobody can settle it now: keep it aside, with the reason's code, until a person replays or drops it."""

    reason: str


Fate = Done | Retry | Release | Park

DONE = Done()
RELEASE = Release()
