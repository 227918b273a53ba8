"""What accounts have left: exact money, charged in one step, durable with the message it pays for.

Amounts are integers in millionths of the currency unit. The purse in memory decides, so two requests at once can
never both spend the last cent; each change is written through the `Ledger` in the same commit as the message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

import msgspec

from jasminlike.errors import NO_MONEY, GatewayError

UNIT = 1_000_000
"""Millionths in one unit of the currency."""


def to_units(text: str) -> int:
    """An amount typed by a person, as millionths; ValueError when it is no number or finer than a millionth."""
    try:
        amount = Decimal(text) * UNIT
    except InvalidOperation as problem:
        raise ValueError(f"{text!r} is not an amount") from problem
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise ValueError(f"{text!r} is finer than a millionth")
    return int(amount)


def as_float(amount: int) -> float:
    """An amount for an answer in JSON, where Jasmin's clients expect a float."""
    return amount / UNIT


@dataclass(slots=True)
class Purse:
    """What one account has left; None = unlimited."""

    balance: int | None = None
    messages: int | None = None


class Bill(msgspec.Struct, frozen=True, gc=False):
    """What a message takes: now, and on the operator's answer."""

    now: int
    on_answer: int
    messages: int


def bill(rate: int, parts: int, early_percent: float | None) -> Bill:
    """The bill of `parts` parts at `rate` millionths each. With an early percentage only that share is due now."""
    whole = rate * parts
    if early_percent is None:
        return Bill(whole, 0, parts)
    each = int((Decimal(rate) * Decimal(str(early_percent)) / 100).to_integral_value(ROUND_HALF_EVEN))
    return Bill(each * parts, whole - each * parts, parts)


class Purses:
    """All purses, in memory. Callers write each change to the ledger in the same turn of the reactor."""

    def __init__(self, rows: Iterable[tuple[str, int | None, int | None]] = ()) -> None:
        self._purses = {uid: Purse(balance, messages) for uid, balance, messages in rows}

    def of(self, uid: str) -> Purse:
        """The purse of an account; a new account's is unlimited."""
        purse = self._purses.get(uid)
        if purse is None:
            purse = self._purses[uid] = Purse()
        return purse

    def forget(self, uid: str) -> None:
        """The account is gone."""
        self._purses.pop(uid, None)

    def charge(self, uid: str, bill: Bill) -> tuple[int, int]:
        """Takes what is due now; returns the change of balance and message count (both ≤ 0) for the ledger.

        Refuses with `NO_MONEY` when the whole price, not only the early share, is not covered.
        """
        purse = self.of(uid)
        if purse.balance is not None and bill.now + bill.on_answer > purse.balance:
            raise GatewayError(NO_MONEY, detail=f"price {bill.now + bill.on_answer} over balance {purse.balance}")
        if purse.messages is not None and bill.messages > purse.messages:
            raise GatewayError(NO_MONEY, detail=f"{bill.messages} parts over count {purse.messages}")
        return self.add(uid, -bill.now, -bill.messages)

    def add(self, uid: str, balance: int, messages: int) -> tuple[int, int]:
        """Adds to limited quotas (unlimited ones stay so); returns what really changed."""
        purse = self.of(uid)
        changed_balance = changed_messages = 0
        if purse.balance is not None and balance:
            purse.balance += balance
            changed_balance = balance
        if purse.messages is not None and messages:
            purse.messages += messages
            changed_messages = messages
        return changed_balance, changed_messages
