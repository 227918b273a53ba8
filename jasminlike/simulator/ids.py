"""Message ids as SMSCs write them: a number behind each, one form for the answer and perhaps another for the receipt.

A well-known trap of SMPP: many SMSCs answer with hexadecimal digits and write decimal ones in the receipt, or the other
way round, with leading zeros in one place and without in the other (SMPP 3.4 §5.2.23 leaves the form to the vendor).
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from uuid import UUID

FORMS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimal-zeros": "{:020d}".format,
    "hex": "{:x}".format,
    "hex-upper": "{:X}".format,
    "hex-zeros": "{:016x}".format,
    "hex-upper-zeros": "{:016X}".format,
    "uuid": lambda number: str(UUID(bytes=blake2b(number.to_bytes(16, "big"), digest_size=16).digest(), version=4)),
}
"""Name of a form -> how a number is written in it."""


class Ids:
    """Numbers that are given out one after another, and their two forms.

    ``receipt`` may be "same". Both forms may be changed while it is in use: :meth:`change`.
    """

    def __init__(self, start: int, answer: str = "decimal", receipt: str = "same") -> None:
        self._next = start
        self.change(answer, receipt)

    def change(self, answer: str, receipt: str) -> None:
        """Other forms from now on, also for the receipts of messages that were answered in the old one."""
        self.answer = FORMS[answer]
        self.receipt = FORMS[answer if receipt == "same" else receipt]

    def next(self) -> int:
        """The next number."""
        number = self._next
        self._next = number + 1
        return number
