"""An endpoint as a resource of `twisted.web`."""

# mypy: allow-untyped-calls

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from http_api.endpoint import Ask, Endpoint
from http_api.replies import Reply, phrase


class EndpointResource(Resource):
    """Answers the endpoint's methods, and HEAD where it answers GET."""

    isLeaf = True

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self._endpoint = endpoint

    def render(self, request: Any) -> int:
        """Asks the endpoint; the answer may come later, or find that the client is gone."""
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)

        def reply_to_client(reply: Reply) -> None:
            if not gone:
                respond(request, reply)

        method = b"GET" if request.method == b"HEAD" else request.method
        if method not in self._endpoint.methods:
            reply_to_client(wrong_method(self._endpoint, request.method))
            return NOT_DONE_YET
        if request.too_large:
            request.channel.persistent = 0
            reply_to_client(self._endpoint.refuse(413, f"The body is larger than {request.max_body} octets."))
            return NOT_DONE_YET
        Deferred.fromCoroutine(self._endpoint.answer(ask_of(request))).addCallback(reply_to_client)
        return NOT_DONE_YET


def wrong_method(endpoint: Endpoint, method: bytes) -> Reply:
    """405, and 501 for methods that no path here knows, as Jasmin's clients see it."""
    status = 405 if method in (b"GET", b"HEAD", b"POST") else 501
    reply = endpoint.refuse(status, f"The method [{method.decode('latin-1')}] is not allowed.")
    return replace(reply, headers=((b"Allow", b", ".join(endpoint.methods)),))


def ask_of(request: Any) -> Ask:
    """What a request asks. Bodies belong to POST alone."""
    query = request.uri.partition(b"?")[2].partition(b"#")[0]
    peer = getattr(request.getClientAddress(), "host", "")
    if request.method != b"POST":
        return Ask(query, b"", b"", peer)
    return Ask(query, request.getHeader(b"content-type") or b"", request.content.read(), peer)


def respond(request: Any, reply: Reply) -> None:
    """Writes a reply and ends the request."""
    request.setResponseCode(reply.status, phrase(reply.status).encode("ascii"))
    headers = request.responseHeaders
    headers.setRawHeaders(b"Content-Type", [reply.content_type])
    headers.setRawHeaders(b"Content-Length", [b"%d" % len(reply.body)])
    for name, value in reply.headers:
        headers.addRawHeader(name, value)
    request.write(reply.body)
    request.finish()
