"""The site of `twisted.web` that answers every path of the HTTP port.

It may listen by itself; the gateway puts `front.Front` before it, which answers /send more cheaply and in the same
words. Here are the limits that `twisted.web` lacks: the size of bodies, and the time a request may take to arrive.
"""

# mypy: allow-untyped-calls

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.web.pages import notFound
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from http_api.endpoint import Endpoint
from http_api.resource import EndpointResource
from jasminlike.interfaces import Clock

SERVER = b"jasminlike"

PATIENCE = 16
"""A body too large is read and thrown away up to this many times the limit, so that its client reads why."""


class Watch:
    """The guard of one connection at the site: a request must be whole within `timeout` seconds of its first octet."""

    def __init__(self, now: Callable[[], float], timeout: float, transport: Any) -> None:
        self._now = now
        self._timeout = timeout
        self._transport = transport
        self._since: float | None = None
        self._under_way: list[Any] = []

    def received(self) -> None:
        """Octets came; they are the first of a request unless one is being read."""
        if self._since is None:
            self._since = self._now()

    def whole(self, request: Any) -> None:
        """A request is whole and being answered."""
        self._since = None
        self._under_way.append(request)

    def ended(self, request: Any) -> None:
        """It is answered, or its client is gone."""
        if request in self._under_way:
            self._under_way.remove(request)
        if self._since is not None:
            self._since = self._now()

    def look(self, now: float) -> None:
        """Ends a connection whose request does not get whole."""
        if self._since is not None and not self._under_way and now - self._since > self._timeout:
            self._since = None
            self._transport.abortConnection()

    def stop(self) -> None:
        """The answers under way are the last."""
        if self._under_way:
            for request in self._under_way:
                request.channel.persistent = 0
        else:
            self._transport.loseConnection()


class ApiRequest(Request):
    """A request whose body is limited."""

    def __init__(self, max_body: int, watch: Watch | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_body = max_body
        self.too_large = False
        self._watch = watch
        self._octets = 0

    def gotLength(self, length: int | None) -> None:
        """A body announced far too large closes the connection; one too large is not kept."""
        self.too_large = length is not None and length > self.max_body
        if length is not None and length > PATIENCE * self.max_body:
            self._give_up()
        super().gotLength(0 if self.too_large else length)

    def handleContentChunk(self, data: bytes) -> None:
        """Keeps a piece of the body, unless it is too large."""
        self._octets += len(data)
        if self._octets > self.max_body:
            self.too_large = True
            if self._octets > PATIENCE * self.max_body:
                self._give_up()
            return
        super().handleContentChunk(data)

    def _give_up(self) -> None:
        transport: Any = self.channel.transport
        transport.abortConnection()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The request is whole."""
        if self._watch is not None:
            self._watch.whole(self)
        super().requestReceived(command, path, version)

    def render(self, resrc: Any) -> None:
        """Answers under our name."""
        self.responseHeaders.setRawHeaders(b"Server", [SERVER])
        super().render(resrc)

    def finish(self) -> None:
        """The answer is written."""
        if self._watch is not None:
            self._watch.ended(self)
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        """The client is gone."""
        if self._watch is not None:
            self._watch.ended(self)
        super().connectionLost(reason)


class _Root(Resource):
    """Holds the paths; any other is answered as Jasmin does, with a page."""

    def getChild(self, path: bytes, request: Any) -> Any:
        """The page that says so."""
        return notFound()


class ApiSite(Site):
    """The paths given, each answered by an endpoint; `others` adds resources that are no endpoints."""

    noisy = False
    displayTracebacks = False

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        reactor: Clock,
        max_body: int = 1 << 20,
        idle_timeout: float = 75.0,
        access: Callable[[str, str, str, int, int], None] | None = None,
        others: Mapping[str, Resource] | None = None,
    ) -> None:
        root: Any = _Root()
        for path, endpoint in endpoints.items():
            root.putChild(path.encode("ascii"), EndpointResource(endpoint))
        for path, resource in (others or {}).items():
            root.putChild(path.encode("ascii"), resource)
        self._max_body = max_body
        self._access = access
        super().__init__(
            root,
            functools.partial(ApiRequest, max_body, None),
            parsePOSTFormSubmission=False,
            timeout=idle_timeout,
            reactor=reactor,
        )

    def channel(self, watch: Watch, peer: IAddress) -> Any:
        """A channel for a connection that was begun elsewhere; `watch` guards it."""
        channel: Any = self.buildProtocol(peer)
        channel.requestFactory = functools.partial(ApiRequest, self._max_body, watch)
        channel.watch = watch
        return channel

    def startFactory(self) -> None:
        """Nothing: the access log is not Twisted's, which would write passwords."""

    def stopFactory(self) -> None:
        """Nothing."""

    def log(self, request: Any) -> None:
        """Tells the access log, without the arguments."""
        if self._access is not None:
            path = request.uri.partition(b"?")[0].decode("ascii", "backslashreplace")
            peer = getattr(request.getClientAddress(), "host", "")
            self._access(peer, request.method.decode("ascii", "replace"), path, request.code, request.sentLength)
