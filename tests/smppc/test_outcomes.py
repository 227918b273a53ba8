"""What an operator's answer means, by the connector's table."""

from __future__ import annotations

import pytest

from jasminlike.pipeline.verdict import Action, Verdict
from jasminlike.smpp import statuses as s
from jasminlike.smppc.outcomes import FINAL, SESSION_RETRY, TRIES_IN_DOUBT, Outcomes
from jasminlike.smppc.settings import ConnectorSettings, RetryRule


def test_what_passes_by_default():
    outcomes = Outcomes(ConnectorSettings(cid="one"))
    assert outcomes.of(s.ESME_RSYSERR) == ("ESME_RSYSERR", Verdict(Action.RETRY, 2, 30))
    assert outcomes.of(s.ESME_RTHROTTLED) == ("ESME_RTHROTTLED", Verdict(Action.PAUSE, 20, 30))
    assert outcomes.of(s.ESME_RMSGQFUL)[1].action is Action.PAUSE
    assert outcomes.of(s.ESME_RINVBNDSTS) == ("ESME_RINVBNDSTS", SESSION_RETRY)
    assert outcomes.of(s.ESME_RINVDSTADR) == ("ESME_RINVDSTADR", FINAL)
    assert outcomes.of(0x0400) == ("0x00000400", FINAL)


def test_the_connectors_own_table():
    rules = (RetryRule("ESME_RINVBNDSTS", 3, 1.0), RetryRule("0x00000400", 4, 2.0))
    outcomes = Outcomes(ConnectorSettings(cid="one", retry=rules))
    assert outcomes.of(s.ESME_RINVBNDSTS)[1] == Verdict(Action.RETRY, 3, 1.0)
    assert outcomes.of(0x0400)[1] == Verdict(Action.RETRY, 4, 2.0)
    assert outcomes.of(s.ESME_RTHROTTLED)[1] == FINAL


@pytest.mark.parametrize(
    ("setting", "verdict"),
    [("retry", Verdict(Action.RETRY, TRIES_IN_DOUBT)), ("hold", Verdict(Action.HOLD)), ("fail", FINAL)],
)
def test_silence(setting, verdict):
    assert Outcomes(ConnectorSettings(cid="one", in_doubt=setting)).in_doubt == verdict
