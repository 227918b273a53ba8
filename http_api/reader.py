"""Reads HTTP/1.1 requests from octets, without a socket: octets in, whole requests out, strictly by RFC 9112.

`RequestReader.next` has four answers: a `Request`; `None`, more octets are needed; `FOREIGN`, the request is none of
ours and everything from its first octet on is in `rest` for somebody else; or it raises `BadRequest`, after which the
stream is lost.

Heads are cut off at their empty line and given to llhttp (`httptools`) one at a time. So it is always known where a
request begins, which llhttp by itself does not tell, and a request can be handed over after others were answered here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import httptools

FOREIGN: Final = "foreign"
_OURS: Final = "ours"

LONGEST_HEAD: Final = 16_384
_LONGEST_CHUNK_LINE: Final = 1_024


class BadRequest(Exception):
    """The stream cannot be read on; `status` and `text` are what the client is told."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(slots=True)
class Request:
    """A whole request. `old`: HTTP/1.0, where keeping the connection must be said in so many words."""

    method: bytes
    url: bytes
    content_type: bytes
    body: bytes
    keep_alive: bool
    old: bool


class RequestReader:
    """Reads the requests whose heads start with one of `ours`; others are `FOREIGN`, as are those with a body after an
    offer to change the protocol, which llhttp does not read."""

    def __init__(self, ours: tuple[bytes, ...], max_body: int) -> None:
        self._ours = ours
        self._max_body = max_body
        self.continue_expected = False
        """Set when a head asks for "100 Continue"; whoever says it, clears it."""
        self._parser = httptools.HttpRequestParser(self)
        self._data = b""
        self._at = 0
        self._reset()

    def _reset(self) -> None:
        self._in_body = False
        self._complete = False
        self._upgrade = False
        self._keep_alive = False
        self._version = ""
        self._method = b""
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._pieces: list[bytes] = []
        self._size = 0
        self._left = 0
        self._trailers = 0

    @property
    def rest(self) -> bytes:
        """What is not read yet."""
        return self._data[self._at :]

    @property
    def partial(self) -> bool:
        """Whether a request has begun and is not whole."""
        return self._in_body or self._at < len(self._data)

    def receive(self, octets: bytes) -> None:
        """Takes what came from the network."""
        if self._at == len(self._data):
            self._data = octets
        else:
            self._data = self._data[self._at :] + octets
        self._at = 0

    def next(self) -> Request | str | None:
        """The next request, see the head of the module."""
        if not self._in_body:
            found = self._read_head()
            if found is not _OURS:
                return found
        if self._complete or self._read_body():
            return self._finish()
        return None

    def _read_head(self) -> str | None:
        data, start = self._data, self._at
        while data[start : start + 1] in (b"\r", b"\n"):
            start = self._at = start + 1  # empty lines before a request, RFC 9112 §2.2
        end = data.find(b"\r\n\r\n", start) + 4
        if not 3 < end <= start + LONGEST_HEAD:
            self._wait_for_head(data[start : start + 1], len(data) - start, end > 3)
            return None
        head = data[start:end]
        if not head.startswith(self._ours):
            return FOREIGN
        self._feed(head)
        if self._upgrade and (b"content-length" in self._headers or b"transfer-encoding" in self._headers):
            self._reset()
            return FOREIGN
        self._at = end
        self._method = head[: head.index(b" ")]
        if self._version not in ("1.1", "1.0"):
            raise BadRequest(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
        if not self._complete:
            self._in_body = True
            self._begin_body()
        return _OURS

    def _wait_for_head(self, first: bytes, length: int, ended: bool) -> None:
        if first and not first.isalpha():
            raise BadRequest(400, "This is not HTTP.")
        if ended or length > LONGEST_HEAD:
            raise BadRequest(431, f"The request's head is larger than {LONGEST_HEAD} octets.")

    def _begin_body(self) -> None:
        length = self._headers.get(b"content-length")
        if length is not None:
            self._left = int(length)
            self._refuse_if_large(self._left)
        expected = self._headers.get(b"expect")
        if expected is not None:
            if expected.lower() != b"100-continue":
                raise BadRequest(417, "Only 100-continue can be expected.")
            self.continue_expected = self._at == len(self._data)

    def _read_body(self) -> bool:
        if b"content-length" in self._headers:
            self._take_data()
            return self._complete
        while not self._complete:
            if not (self._take_data() if self._left else self._take_line()):
                return False
        return True

    def _take_data(self) -> bool:
        """Takes data, at most up to its end; says whether the end was reached."""
        piece = self._data[self._at : self._at + self._left]
        if piece:
            self._at += len(piece)
            self._left -= len(piece)
            self._feed(piece)
        return not self._left

    def _take_line(self) -> bool:
        """Takes a line with a chunk's size, or a trailer; says whether there was a whole one."""
        end = self._data.find(b"\r\n", self._at) + 2
        if end < 2:
            if len(self._data) - self._at > _LONGEST_CHUNK_LINE:
                raise BadRequest(400, "A line between chunks is too long.")
            return False
        line, self._at = self._data[self._at : end], end
        self._feed(line)  # llhttp is strict about the digits, so int() may be lenient
        if self._trailers:
            self._trailers += len(line)
            if self._trailers > LONGEST_HEAD:
                raise BadRequest(431, "The trailers are too large.")
            return True
        size = int(line.partition(b";")[0], 16)
        if size:
            self._refuse_if_large(self._size + size)
            self._left = size + 2
        else:
            self._trailers = len(line)
        return True

    def _refuse_if_large(self, size: int) -> None:
        if size > self._max_body:
            raise BadRequest(413, f"The body is larger than {self._max_body} octets.")

    def _feed(self, octets: bytes) -> None:
        try:
            self._parser.feed_data(octets)
        except httptools.HttpParserUpgrade:
            # An offer to change the protocol (h2c, websocket) that is not taken up: RFC 9110 §7.8.
            self._complete = self._upgrade = True
            self._parser = httptools.HttpRequestParser(self)
        except (httptools.HttpParserError, httptools.HttpParserCallbackError) as problem:
            raise BadRequest(400, "The request is not valid HTTP.") from problem

    def _finish(self) -> Request:
        request = Request(
            self._method,
            self._url,
            self._headers.get(b"content-type", b""),
            b"".join(self._pieces),
            self._keep_alive,
            self._version == "1.0",
        )
        self._reset()
        return request

    # What llhttp calls.

    def on_url(self, url: bytes) -> None:
        """The target of the request."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer, which is not wanted."""
        if not self._in_body:
            self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._keep_alive = bool(self._parser.should_keep_alive())
        self._version = self._parser.get_http_version()

    def on_body(self, octets: bytes) -> None:
        """A piece of the body."""
        self._pieces.append(octets)
        self._size += len(octets)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._complete = True
