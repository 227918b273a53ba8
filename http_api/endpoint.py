"""What all endpoints have in common, whatever carries them: arguments in, a finished reply out, errors by the table."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from twisted.logger import Logger

from http_api import args as arguments
from http_api.args import Args, Declaration, UnknownBody
from http_api.replies import Reply, refusal_of
from jasminlike.errors import GatewayError
from jasminlike.stats import Stats


class Ask(NamedTuple):
    """A request, rid of its transport. `query` is what follows `?`; `peer` is the address it came from."""

    query: bytes
    content_type: bytes
    body: bytes
    peer: str


class Endpoint:
    """One path of the API. `answer` never raises: what is unforeseen is logged and answered as an unknown error."""

    declaration: Declaration
    methods: tuple[bytes, ...] = (b"GET", b"POST")
    _log = Logger()

    def __init__(self, stats: Stats, now: Callable[[], float] = time.time) -> None:
        self._stats = stats
        self._now = now

    async def answer(self, ask: Ask) -> Reply:
        """The reply to a request, when there is one."""
        http = self._stats.http
        http.request_count += 1
        now = http.last_request_at = self._now()
        try:
            args = arguments.read(ask.query, ask.content_type, ask.body)
            self.declaration.check(args)
            return await self.serve(args, ask.peer, now)
        except UnknownBody as error:
            return self.refuse(415, error.public)
        except GatewayError as error:
            status, text, counter = refusal_of(error)
            if counter:
                setattr(http, counter, getattr(http, counter) + 1)
            if status == 500:
                self._log.error("{endpoint}: {error} {detail}", endpoint=self.name, error=error, detail=error.detail)
            return self.refuse(status, text)
        except Exception as error:
            # The text may hold what the client sent, so the name of the error has to do.
            self._log.failure("{endpoint}: a request could not be answered", endpoint=self.name)
            http.server_error_count += 1
            return self.refuse(500, f"Unknown error: {type(error).__name__}")

    @property
    def name(self) -> str:
        """The endpoint's name, for logs."""
        return type(self).__name__

    async def serve(self, args: Args, peer: str, now: float) -> Reply:
        """The reply to checked arguments; raises `GatewayError` for refusals."""
        raise NotImplementedError

    def refuse(self, status: int, text: str) -> Reply:
        """An error, as this endpoint words it."""
        raise NotImplementedError
