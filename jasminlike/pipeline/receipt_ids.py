"""The forms in which operators write one and the same message id, and which form a connector uses.

An id is answered in `submit_sm_resp` and comes back in the receipt, perhaps in other letters, without its zeros, or
as a decimal number where the answer was hexadecimal. Ids are compared in a canonical form; the other number base is
tried where the connector is set to it, or seems to use it by what was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

_HEX = frozenset("0123456789abcdef")
SURE = 4
"""So many receipts must have been seen before their base is believed."""


def canonical(smsc_id: str) -> str:
    """Lower case, without surrounding space and leading zeros."""
    text = smsc_id.strip().lower()
    return text.lstrip("0") or ("0" if text else "")


def as_hexadecimal(key: str) -> str | None:
    """A decimal id as the hexadecimal one it may stand for."""
    return f"{int(key):x}" if key.isdecimal() and len(key) <= 40 else None


def as_decimal(key: str) -> str | None:
    """A hexadecimal id as the decimal one it may stand for."""
    return str(int(key, 16)) if key and len(key) <= 40 and _HEX.issuperset(key) else None


@dataclass(slots=True)
class IdRule:
    """What is known of a connector's ids. `fixed` is the operator's setting `dlr_msgid`: 0 leaves it to us."""

    fixed: int = 0
    answers_with_letters: int = 0
    receipts: int = 0
    receipts_with_letters: int = 0

    def answered(self, smsc_id: str) -> None:
        """An id came in an answer."""
        if self.answers_with_letters < SURE and not smsc_id.isdecimal() and _HEX.issuperset(smsc_id.lower()):
            self.answers_with_letters += 1

    def candidates(self, smsc_id: str) -> list[str]:
        """The keys under which a receipt's id may be found, the likeliest first."""
        key = canonical(smsc_id)
        self.receipts += 1
        if not key.isdecimal():
            self.receipts_with_letters += 1
        hexadecimal, decimal = as_hexadecimal(key), as_decimal(key)
        order = [key, hexadecimal, decimal]
        if self.name == "decimal of hexadecimal":
            order = [hexadecimal, key, decimal]
        elif self.name == "hexadecimal of decimal":
            order = [decimal, key, hexadecimal]
        return list(dict.fromkeys(each for each in order if each is not None))

    @property
    def name(self) -> str:
        """The rule in force, in words: how a receipt's id is written against the answer's."""
        if self.fixed == 1:
            return "decimal of hexadecimal"
        if self.fixed == 2:
            return "hexadecimal of decimal"
        enough = self.receipts >= SURE
        if enough and self.answers_with_letters and not self.receipts_with_letters:
            return "decimal of hexadecimal"
        if enough and self.receipts_with_letters and not self.answers_with_letters:
            return "hexadecimal of decimal"
        return "as answered"
