"""Legacy SSE over several workers: the way of a message to the worker with its stream."""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vapi_mcp.hosting.processes.worker_ipc import NAME_LENGTH, WorkerPeers
from vapi_mcp.http.errors import Refusal
from vapi_mcp.http.mcp.guard import Guard
from vapi_mcp.http.mcp.stream_refusals import reading_for_stream

# The SDK's session id, and behind it the name of the worker that has the stream.
_SESSION = re.compile(
    rb"(session_id=[0-9a-f]{32})([0-9a-f]{%d})?(?![0-9a-f])" % NAME_LENGTH,
)


class NamedStream:
    """An event stream whose session id, as the client hears it, names this worker."""

    def __init__(self, stream: ASGIApp, peers: WorkerPeers) -> None:
        self._stream = stream
        self._named = rb"\g<1>" + peers.name.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream."""
        is_told = False

        async def telling(message: Message) -> None:
            nonlocal is_told
            if message.get("body") and not is_told:
                # A stream's first event is the one that tells where messages go.
                is_told = True
                message = {**message, "body": _SESSION.sub(self._named, message["body"])}
            await send(message)

        await self._stream(scope, receive, telling)


class ForwardedMessages:
    """Takes messages for the streams of all workers; those of others are forwarded.

    The token and the body are checked here first, and by whoever has the stream again.
    """

    def __init__(self, messages: ASGIApp, peers: WorkerPeers, guard: Guard) -> None:
        self._messages = messages
        self._peers = peers
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one message."""
        found = _SESSION.search(scope["query_string"])
        name = (found[2] or b"").decode() if found else ""
        as_known = {**scope, "query_string": _SESSION.sub(rb"\1", scope["query_string"])}
        if name in ("", self._peers.name) or scope["method"] != "POST":
            return await self._messages(as_known, receive, send)
        try:
            return await self._forward(name, as_known, receive, send)
        except Refusal as refusal:
            return await refusal(scope, receive, send)
        except ClientDisconnect:
            return None

    async def _forward(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        await self._guard.admit(scope)
        async with reading_for_stream(self._guard, scope, receive) as (body, message):
            answer = await self._peers.ask(name, scope, body)
        if answer is None:
            raise Refusal(
                HTTPStatus.NOT_FOUND,
                "there is no such session; open a new event stream",
                request_id=message.id,
            )
        await answer(scope, receive, send)
