"""Legacy HTTP+SSE: a stream of answers at `GET /sse/{token}`, messages at `/messages/{token}/`."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Any

import anyio
from anyio.abc import TaskGroup
from mcp.server.lowlevel import Server
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from vapi_mcp.http.bodies import replay
from vapi_mcp.http.drain import Drain
from vapi_mcp.http.errors import Refusal, method_not_allowed
from vapi_mcp.http.mcp.backlog import Backlog
from vapi_mcp.http.mcp.event_streams import EventStreams
from vapi_mcp.http.mcp.guard import Guard, token_of
from vapi_mcp.http.mcp.queued_write import QueuedWrite
from vapi_mcp.http.mcp.revocation import StreamRevocation
from vapi_mcp.http.mcp.severing import Severable
from vapi_mcp.http.mcp.stream_refusals import reading_for_stream
from vapi_mcp.protocol.in_flight import CountedRead, CountedWrite, Inbound, InFlight
from vapi_mcp.protocol.json_rpc import Message
from vapi_mcp.registry.scope import EVERYTHING

logger = logging.getLogger(__name__)


class EventStream:
    """The ASGI app of `GET /sse/{token}`."""

    def __init__(
        self,
        server: Server[Any],
        streams: EventStreams,
        guard: Guard,
        watch: StreamRevocation,
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
                raise Refusal(400, "this URL takes no query string; only /mcp/{token} does")
            with self._guard.streaming(scope):
                answer = Severable(scope, receive, send, partial(self._watch.over, scope))
                await answer.run(partial(self._stream, answer))
        except Refusal as refusal:
            await refusal(scope, receive, send)

    async def _stream(self, answer: Severable, scope: Scope, receive: Receive, send: Send) -> None:
        with (
            self._streams.transport(token_of(scope)) as transport,
            self._streams.outlet(scope, send) as outlet,
        ):
            async with (
                transport.connect_sse(scope, receive, outlet) as (incoming, outgoing),
                anyio.create_task_group() as group,
            ):
                group.start_soon(self._sever_stalled, answer, outlet.backlog)
                await self._run(incoming, outgoing, outlet.backlog, group)
                group.cancel_scope.cancel()

    async def _run(
        self,
        incoming: ReadStream[Inbound],
        outgoing: WriteStream[SessionMessage],
        backlog: Backlog,
        group: TaskGroup,
    ) -> None:
        queued = QueuedWrite(CountedWrite(outgoing, backlog), backlog)
        group.start_soon(queued.run)
        group.start_soon(self._close_in_drain, incoming, backlog)
        options = self._server.create_initialization_options()
        await self._server.run(CountedRead(incoming, backlog, linger=False), queued, options)

    async def _sever_stalled(self, answer: Severable, backlog: Backlog) -> None:
        seconds = await backlog.wait_stalled()
        logger.warning(
            "an event stream is closed: its client read nothing for %.0f seconds, while %d messages"
            " and %d bytes waited",
            *(seconds, backlog.messages, backlog.unread_bytes),
        )
        answer.sever()

    async def _close_in_drain(self, incoming: ReadStream[Inbound], noted: InFlight) -> None:
        await self._drain.wait()
        await noted.wait_idle()
        # The server takes it for the client's end; its answers still go out.
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
                raise Refusal(
                    404, "there is no such session; open a new event stream", request_id=message.id
                )
            backlog = self._streams.backlog(scope)
            if backlog is not None and not backlog.take(is_request=message.is_request):
                raise _full(backlog, message)
            # The stream may end between the SDK's answer to this request and its delivery.
            with suppress(anyio.ClosedResourceError, anyio.BrokenResourceError):
                await transport.handle_post_message(scope, replay(body, receive), send)


def _full(backlog: Backlog, message: Message) -> Refusal:
    return Refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"{backlog.messages} messages of this event stream have no answer that its client "
        f"read, and {backlog.unread_bytes} bytes of answers wait; read the stream, then send "
        "this message again",
        request_id=message.id,
        headers={"Retry-After": "1"},
    )
