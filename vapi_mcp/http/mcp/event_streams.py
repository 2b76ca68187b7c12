"""The open legacy event streams of this process."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from uuid import UUID

from mcp.server.sse import SseServerTransport
from starlette.datastructures import QueryParams
from starlette.types import Message, Scope, Send

from vapi_mcp.http.disconnect import unsent_bytes
from vapi_mcp.http.mcp.backlog import BOUNDS, Backlog, Bounds
from vapi_mcp.http.mcp.guard import token_of

_SESSION = re.compile(rb"session_id=([0-9a-f]{32})")
# How an event begins that is a message, and neither the first one nor a ping.
_MESSAGE = b"event: message"


class EventStreams:
    """The open streams of this process, by the token they were opened with.

    A token has a transport of its own while it has streams. So the message path it advertises is
    the token's, and a session of another token is unknown there.

    limit: the most bytes of a message. path: what stands before that path where clients see it.
    """

    def __init__(self, limit: int, path: str = "", bounds: Bounds = BOUNDS) -> None:
        self._path = path
        self._limit = limit
        self._bounds = bounds
        self._open: dict[str, tuple[SseServerTransport, int]] = {}
        self._backlogs: dict[tuple[str, str], Backlog] = {}

    @contextmanager
    def transport(self, token: str) -> Generator[SseServerTransport]:
        """Hold the token's transport while a stream of it is open."""
        transport, count = self._open.get(token) or (self._new(token), 0)
        self._open[token] = (transport, count + 1)
        try:
            yield transport
        finally:
            transport, count = self._open.pop(token)
            if count > 1:
                self._open[token] = (transport, count - 1)

    def find(self, token: str) -> SseServerTransport | None:
        """Return the transport of a token that has open streams."""
        return self._open.get(token, (None, 0))[0]

    @contextmanager
    def outlet(self, scope: Scope, send: Send) -> Generator[Outlet]:
        """Hold what a stream sends through, and what waits for it."""
        backlog = Backlog(self._bounds, unsent=partial(unsent_bytes, scope))
        outlet, token = Outlet(send, backlog), token_of(scope)
        outlet.on_session = lambda session: self._backlogs.update({(token, session): backlog})
        try:
            yield outlet
        finally:
            self._backlogs.pop((token, outlet.session), None)

    def backlog(self, scope: Scope) -> Backlog | None:
        """Return what waits for the stream that a message is for."""
        try:
            session = UUID(hex=QueryParams(scope["query_string"]).get("session_id", ""))
        except ValueError:
            return None
        return self._backlogs.get((token_of(scope), session.hex))

    def _new(self, token: str) -> SseServerTransport:
        path = f"{self._path}/messages/{token}/"
        return SseServerTransport(path, max_request_body_size=self._limit)


class Outlet:
    """A stream's `send`, which notes the session that is announced and each message that is out."""

    def __init__(self, send: Send, backlog: Backlog) -> None:
        self._send = send
        self.backlog = backlog
        self.session = ""
        self.on_session: Callable[[str], None] = lambda _: None

    async def __call__(self, message: Message) -> None:
        """Send a piece of the stream."""
        body = message.get("body", b"")
        if not self.session and (found := _SESSION.search(body)):
            self.session = found[1].decode()
            self.on_session(self.session)
        await self._send(message)
        if body.startswith(_MESSAGE):
            self.backlog.note_sent()
