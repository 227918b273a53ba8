"""Many clients that send at once over kept connections, and remember what they were told."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import threading

from tests.flows.gateway import FORM, Gateway, ask, form


class Load:
    """Sends `count` different texts from so many threads. `accepted` has the id of every text that was answered 200."""

    def __init__(self, gateway: Gateway, to: str, count: int, clients: int = 8, **arguments: object) -> None:
        self.accepted: dict[str, str] = {}
        self.refused: list[int] = []
        self._gateway = gateway
        self._to = to
        self._count = count
        self._arguments = arguments
        self._numbers = itertools.count()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]

    def start(self) -> Load:
        """Begins; the threads end when all was sent, or when the gateway is gone."""
        for thread in self._threads:
            thread.start()
        return self

    def wait(self, seconds: float = 40.0) -> Load:
        """Waits for the last answer."""
        for thread in self._threads:
            thread.join(seconds)
            assert not thread.is_alive(), f"{len(self.accepted)} accepted, and then nothing for {seconds} s"
        return self

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._gateway.ports["http"], timeout=20)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            while (number := next(self._numbers)) < self._count:
                text = f"text {number}"
                answer = ask(connection, "POST", "/send", form(to=self._to, content=text, **self._arguments), FORM)
                if answer.status == 200:
                    self.accepted[text] = answer.id
                else:
                    self.refused.append(answer.status)
