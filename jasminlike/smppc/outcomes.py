"""What an operator's answer means for a part, by the connector's own table of retries.

Statuses that say "too fast" or "I am full" pause the connector and keep the order of its queue; those of the table are
tried again; what says that the session itself is wrong is tried again when it is right; every other one is final.
"""

from __future__ import annotations

from jasminlike.pipeline.verdict import Action, Verdict
from jasminlike.smpp import statuses
from jasminlike.smppc.policy import RetryRule
from jasminlike.smppc.settings import ConnectorSettings

SESSION_FAULTS = frozenset({"ESME_RINVBNDSTS"})
SESSION_RETRY = Verdict(Action.RETRY, 10, 5.0)
FINAL = Verdict(Action.FAIL)
TRIES_IN_DOUBT = 5


def _verdict(rule: RetryRule) -> Verdict:
    """A fail-over is at once and a failure final: count and delay are for the others."""
    action = rule.done
    if action in ("retry", "pause"):
        return Verdict(Action(action), rule.count, rule.delay)
    return Verdict(Action(action))


class Outcomes:
    """The verdicts of one connector."""

    def __init__(self, settings: ConnectorSettings) -> None:
        self._table = {rule.status: _verdict(rule) for rule in settings.retry}
        for status in SESSION_FAULTS:
            self._table.setdefault(status, SESSION_RETRY)
        self.in_doubt = {
            "retry": Verdict(Action.RETRY, TRIES_IN_DOUBT),
            "hold": Verdict(Action.HOLD),
            "fail": FINAL,
        }[settings.in_doubt]

    def of(self, status: int) -> tuple[str, Verdict]:
        """The name of a command_status that is not ESME_ROK, and what follows from it."""
        name = statuses.name(status)
        return name, self._table.get(name, FINAL)
