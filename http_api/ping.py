"""/ping and /: is anybody there, and which release."""

from __future__ import annotations

from http_api.endpoint import Ask, Endpoint
from http_api.replies import HTML, Reply, text_error
from jasminlike.stats import Stats


class Fixed(Endpoint):
    """The same answer to everybody; arguments do not matter and nothing is counted."""

    methods = (b"GET",)

    def __init__(self, body: bytes, stats: Stats) -> None:
        super().__init__(stats)
        self._reply = Reply(200, body, HTML)

    async def answer(self, ask: Ask) -> Reply:
        """The reply."""
        return self._reply

    def refuse(self, status: int, text: str) -> Reply:
        """Words."""
        return text_error(status, text)


def ping(stats: Stats) -> Fixed:
    """What monitors of Jasmin look for."""
    return Fixed(b"Jasmin/PONG", stats)


def release(version: str, stats: Stats) -> Fixed:
    """The release of the gateway, for /."""
    return Fixed(version.encode("ascii"), stats)
