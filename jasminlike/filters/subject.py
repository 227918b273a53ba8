"""What filters look at: one message on its way through the routing or interception table.

Built once per message, so it does no work of its own: the text is decoded only if a filter reads it, and the local
time is worked out only if a filter asks for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from jasminlike.accounts.model import User

ReadText = Callable[[bytes, int, int], str]
"""(payload, data_coding, esm_class) -> the text in it. It replaces what it cannot read and never raises."""


def utf8(payload: bytes, data_coding: int, esm_class: int) -> str:
    """The octets read as UTF-8 whatever their coding, with U+FFFD for what is not: the ancestor's reading."""
    return payload.decode("utf-8", "replace")


class Subject:
    """A message as filters see it.

    `user` is who sends it (None on the way in), `connector` the cid it came from (None on the way out). Addresses are
    text, "" when the message has none. `now` is in seconds since 1970.
    """

    __slots__ = (
        "_local", "_text", "connector", "data_coding", "destination", "esm_class", "now", "payload", "read_text",
        "source", "tags", "user",
    )  # fmt: skip

    def __init__(
        self,
        user: User | None = None,
        connector: str | None = None,
        source: str = "",
        destination: str = "",
        payload: bytes = b"",
        *,
        data_coding: int = 0,
        esm_class: int = 0,
        tags: Collection[str] = (),
        now: float = 0.0,
        read_text: ReadText = utf8,
    ) -> None:
        self.user = user
        self.connector = connector
        self.source = source
        self.destination = destination
        self.payload = payload
        self.data_coding = data_coding
        self.esm_class = esm_class
        self.tags = tags
        self.now = now
        self.read_text = read_text
        self._text: str | None = None
        self._local: time.struct_time | None = None

    @property
    def text(self) -> str:
        """The text of the message, decoded when first asked for."""
        if self._text is None:
            self._text = self.read_text(self.payload, self.data_coding, self.esm_class)
        return self._text

    @property
    def local(self) -> time.struct_time:
        """`now` in the server's local time."""
        if self._local is None:
            self._local = time.localtime(self.now)
        return self._local
