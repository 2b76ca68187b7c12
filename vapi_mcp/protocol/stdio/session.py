"""The SDK's sessions over standard streams, in the era the client opens with."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, cast

from anyio import AsyncFile
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared._stream_protocols import WriteStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCResponse

from vapi_mcp.protocol.in_flight import ClosingStream, CountedRead, CountedWrite, InFlight
from vapi_mcp.protocol.json_rpc import MessageId
from vapi_mcp.protocol.stdio.streams import Lines, Output


async def serve_lines(
    server: Server[Any], lines: Lines, output: Output, answered: set[MessageId]
) -> None:
    """Serve one client until its input ends and everything it asked is answered.

    answered: requests that have their answers; the server handles them, and its answers stay here.
    """
    # The SDK binds a pipe to the era of its first request. Clients that ask what a server speaks
    # and then shake hands would be refused, so leading discoveries are sessions of their own.
    async for line, message in lines:
        if not (message.is_request and message.method == "server/discover"):
            await _session(server, _following(line, lines), output, answered)
            return
        await _session(server, _following(line), output, answered)


async def _following(first: str, rest: Lines | None = None) -> AsyncGenerator[str]:
    yield first
    if rest:
        async for line, _ in rest:
            yield line


async def _session(
    server: Server[Any], lines: AsyncGenerator[str], output: Output, answered: set[MessageId]
) -> None:
    # The SDK only iterates the one and only writes and flushes the other.
    transport = stdio_server(cast("AsyncFile[str]", lines), cast("AsyncFile[str]", output))
    noted = InFlight()
    async with transport as (incoming, outgoing):
        await server.run(
            CountedRead(incoming, noted, linger=True),
            CountedWrite(_FirstAnswers(outgoing, answered), noted),
            server.create_initialization_options(),
        )


class _FirstAnswers(ClosingStream):
    """A write stream that drops the second answer to a request."""

    def __init__(self, inner: WriteStream[SessionMessage], answered: set[MessageId]) -> None:
        self._inner = inner
        self._answered = answered

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message, unless it answers what was answered."""
        message = item.message
        if isinstance(message, JSONRPCResponse | JSONRPCError) and message.id in self._answered:
            self._answered.discard(message.id)
            return
        await self._inner.send(item)

    async def aclose(self) -> None:
        """Close the stream."""
        await self._inner.aclose()
