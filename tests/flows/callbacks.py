"""A client's web server: remembers the calls of the gateway and answers them as it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from tests.flows.process import until

Form = dict[str, str]
Reply = tuple[int, bytes]
ACK: Reply = (200, b"ACK/Jasmin")


class Callbacks:
    """`reply` decides with the call and how many came of it before; without it every call is acknowledged."""

    def __init__(self, reply: Callable[[Form, int], Reply] | None = None) -> None:
        self.calls: list[tuple[str, str, Form]] = []
        self._reply = reply or (lambda _form, _before: ACK)
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._take(urlsplit(self.path).query)

            def do_POST(self) -> None:
                self._take(self.rfile.read(int(self.headers["Content-Length"])).decode("ascii"))

            def _take(self, encoded: str) -> None:
                called = dict(parse_qsl(encoded, keep_blank_values=True, encoding="latin-1"))
                status, body = owner._called(self.command, urlsplit(self.path).path, called)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 512  # the default of 5 has connections wait a second for their SYN to be repeated

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a gateway that was killed

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def __enter__(self) -> Callbacks:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _called(self, method: str, path: str, called: Form) -> Reply:
        with self._lock:
            before = sum(form == called for _, _, form in self.calls)
            self.calls.append((method, path, called))
        return self._reply(called, before)

    def url(self, path: str) -> str:
        """An address of it."""
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def of(self, path: str) -> list[Form]:
        """The calls of a path."""
        return [called for _, where, called in list(self.calls) if where == path]

    def until(self, path: str, count: int = 1, seconds: float = 10.0) -> list[Form]:
        """Waits until so many calls of a path came."""
        until(lambda: len(self.of(path)) >= count, f"{count} calls of {path}", seconds)
        return self.of(path)
