"""Legacy HTTP+SSE: a stream of answers at `GET /sse/{token}`, messages at `/messages/{token}/`."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

import anyio
from mcp.server.lowlevel import Server
from mcp.server.sse import SseServerTransport
from mcp.shared._stream_protocols import ReadStream
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from vapi_mcp.protocol.bodies import replay
from vapi_mcp.protocol.drain import Drain
from vapi_mcp.protocol.guard import Guard, token_of
from vapi_mcp.protocol.in_flight import CountedRead, CountedWrite, Inbound, InFlight
from vapi_mcp.protocol.refusals import Refusal, method_not_allowed
from vapi_mcp.protocol.stream_refusals import reading_for_stream
from vapi_mcp.protocol.watch import StreamWatch
from vapi_mcp.registry.scope import EVERYTHING


class EventStreams:
    """The open streams of this process, by the token they were opened with.

    A token has a transport of its own while it has streams. So the message path it advertises is
    the token's, and a session of another token is unknown there.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: dict[str, tuple[SseServerTransport, int]] = {}

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

    def _new(self, token: str) -> SseServerTransport:
        return SseServerTransport(f"/messages/{token}/", max_request_body_size=self._limit)


class EventStream:
    """The ASGI app of `GET /sse/{token}`."""

    def __init__(
        self,
        server: Server[Any],
        streams: EventStreams,
        guard: Guard,
        watch: StreamWatch,
        drain: Drain,
    ) -> None:
        self._server = server
        self._streams = streams
        self._guard = guard
        self._watch = watch
        self._drain = drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one stream until its client leaves, its token ends or the process does."""
        try:
            if scope["method"] != "GET":
                raise method_not_allowed("GET")
            grant = await self._guard.admit(scope)
            if grant.narrowing != EVERYTHING or grant.asked_notes:
                # Messages come to another URL, which cannot carry it: better none than too much.
                raise Refusal(400, "a query string is for /mcp/{token} only, not this stream")
            with self._guard.streaming(scope):
                await self._serve(scope, receive, send)
        except Refusal as refusal:
            await refusal(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._streams.transport(token_of(scope)) as transport:
            async with transport.connect_sse(scope, receive, send) as (incoming, outgoing):
                await self._run(scope, incoming, CountedWrite(outgoing, noted := InFlight()), noted)

    async def _run(
        self, scope: Scope, incoming: ReadStream[Inbound], outgoing: CountedWrite, noted: InFlight
    ) -> None:
        options = self._server.create_initialization_options()
        async with anyio.create_task_group() as group:
            group.start_soon(self._close_in_time, scope, incoming, noted)
            counted = CountedRead(incoming, noted, linger=False)
            await self._server.run(counted, outgoing, options)
            group.cancel_scope.cancel()

    async def _close_in_time(
        self, scope: Scope, incoming: ReadStream[Inbound], noted: InFlight
    ) -> None:
        # Closed from within, the server takes it for the client's end; its answers still go out.
        with anyio.CancelScope() as ended, self._watch.over(scope, ended.cancel):
            await self._drain.wait()
            await noted.wait_idle()
        await incoming.aclose()


class EventStreamMessages:
    """The ASGI app of `POST /messages/{token}/?session_id=…`; the answers go to the stream."""

    def __init__(self, streams: EventStreams, guard: Guard) -> None:
        self._streams = streams
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one message for a stream."""
        try:
            await self._deliver(scope, receive, send)
        except Refusal as refusal:
            await refusal(scope, receive, send)
        except ClientDisconnect:
            return

    async def _deliver(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            raise method_not_allowed("POST")
        await self._guard.admit(scope)
        async with reading_for_stream(self._guard, scope, receive) as (body, message):
            transport = self._streams.find(token_of(scope))
            if transport is None:
                raise Refusal(404, "there is no such session", request_id=message.id)
            # The stream may end between the SDK's answer to this request and its delivery.
            with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
                await transport.handle_post_message(scope, replay(body, receive), send)
