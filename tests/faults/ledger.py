"""The ledger of a test: what was accepted, what an operator got, and how it all ended."""

from __future__ import annotations

from collections import Counter

from jasminlike.smpp.pdu import SubmitSm
from tests.flows.gateway import Gateway
from tests.flows.process import until
from tests.flows.wire import Gone, Wire, answer, receipt


def until_delivered(gateway: Gateway, ids: list[str], seconds: float = 20.0) -> None:
    """Waits until each message is told to be delivered."""
    waiting = list(ids)

    def look() -> bool:
        while waiting and gateway.state(waiting[-1]) == "delivered":
            waiting.pop()
        return not waiting

    until(look, f"all of {len(ids)} are delivered, also {waiting[-1:]}", seconds)


def sent_twice(gateway: Gateway, accepted: dict[str, str], came: list[str], window: int) -> list[str]:
    """Nothing is lost, and what came twice was in one window and is flagged: those texts. `accepted`: text -> id."""
    counts = Counter(came)
    assert set(accepted) == set(counts), "what was accepted is what the operator got"
    twice = [text for text, count in counts.items() if count > 1]
    assert max(counts.values()) <= 2
    assert len(twice) <= window
    for text in twice:
        assert gateway.status(accepted[text])["parts"][0]["redelivered"] is True, text
    return twice


def text(pdu: SubmitSm) -> str:
    """The text of a message."""
    return bytes(pdu.short_message).decode()


def serve(session: Wire, count: int, prefix: str = "id", receipts: bool = True) -> list[str]:
    """Answers so many messages of a session, with their receipts behind; their texts."""
    came: list[str] = []
    while len(came) < count:
        pdu = session.next()
        if not isinstance(pdu, SubmitSm):
            continue
        id = f"{prefix}{len(came):06d}"
        came.append(text(pdu))
        session.send(answer(pdu, id), *([receipt(id, pdu)] if receipts else []))
    return came


def drain(session: Wire, seconds: float = 0.3) -> list[str]:
    """The texts of the messages that come on until there is silence; they are not answered."""
    came: list[str] = []
    try:
        while True:
            pdu = session.next(seconds)
            if isinstance(pdu, SubmitSm):
                came.append(text(pdu))
    except (TimeoutError, Gone):
        return came
