"""The life of a connector's uplink: every state, every event, and what follows. Only this table changes the state.

`waiting` is the time between two attempts; `stopping` the time in which what is in flight may still be answered.
"""

from __future__ import annotations

STOPPED = "stopped"
CONNECTING = "connecting"
BINDING = "binding"
BOUND = "bound"
WAITING = "waiting"
STOPPING = "stopping"

STATES = (STOPPED, CONNECTING, BINDING, BOUND, WAITING, STOPPING)
EVENTS = ("start", "connected", "connect_failed", "accepted", "refused", "lost", "due", "stop")

TABLE: dict[tuple[str, str], str] = {
    (STOPPED, "start"): CONNECTING,
    (CONNECTING, "connected"): BINDING,
    (CONNECTING, "connect_failed"): WAITING,
    (CONNECTING, "stop"): STOPPING,
    (BINDING, "accepted"): BOUND,
    (BINDING, "refused"): WAITING,
    (BINDING, "lost"): WAITING,
    (BINDING, "stop"): STOPPING,
    (BOUND, "lost"): WAITING,
    (BOUND, "stop"): STOPPING,
    (WAITING, "due"): CONNECTING,
    (WAITING, "lost"): WAITING,
    (WAITING, "stop"): STOPPED,
    (STOPPING, "lost"): STOPPED,
    (STOPPING, "connect_failed"): STOPPED,
    (STOPPING, "connected"): STOPPING,
    (STOPPING, "accepted"): STOPPING,
    (STOPPING, "refused"): STOPPING,
}
"""(state, event) → state. What is not here leaves the state as it is."""


def after(state: str, event: str) -> str:
    """The state that follows; ValueError for a state or event that there is none of."""
    if state not in STATES or event not in EVENTS:
        raise ValueError(f"no such state or event in the life of an uplink: {state}, {event}")
    return TABLE.get((state, event), state)
