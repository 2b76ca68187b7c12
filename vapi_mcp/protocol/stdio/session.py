"""The SDK's sessions over standard streams, in the era the client opens with."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Protocol, cast

from anyio import AsyncFile
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared._stream_protocols import WriteStream
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCResponse

from vapi_mcp.protocol.in_flight import ClosingStream, CountedRead, CountedWrite, InFlight
from vapi_mcp.protocol.json_rpc import MessageId
from vapi_mcp.protocol.stdio.output import Output
from vapi_mcp.protocol.stdio.streams import Lines


class IsWanted(Protocol):
    """Returns whether an answer goes out."""

    def __call__(self, id_: MessageId, *, is_result: bool) -> bool:
        """Return it."""
        ...


async def serve_lines(
    server: Server[Any], lines: Lines, output: Output, is_wanted: IsWanted
) -> None:
    """Serve one client until its input ends and everything it asked is answered.

    is_wanted: is called for each answer.
    """
    # The SDK binds a pipe to the era of its first request. Clients that ask what a server speaks
    # and then shake hands would be refused, so leading discoveries are sessions of their own.
    async for line, message in lines:
        if not (message.is_request and message.method == "server/discover"):
            await _session(server, _following(line, lines), output, is_wanted)
            return
        await _session(server, _following(line), output, is_wanted)


async def _following(first: bytes, rest: Lines | None = None) -> AsyncGenerator[str]:
    yield first.decode()
    if rest:
        async for line, _ in rest:
            yield line.decode()


async def _session(
    server: Server[Any], lines: AsyncGenerator[str], output: Output, is_wanted: IsWanted
) -> None:
    # The SDK only iterates the one and only writes and flushes the other.
    transport = stdio_server(cast("AsyncFile[str]", lines), cast("AsyncFile[str]", output))
    noted = InFlight()
    async with transport as (incoming, outgoing):
        await server.run(
            CountedRead(incoming, noted, linger=True),
            CountedWrite(_WantedAnswers(outgoing, is_wanted), noted),
            server.create_initialization_options(),
        )


class _WantedAnswers(ClosingStream):
    """A write stream that drops answers which nobody waits for."""

    def __init__(self, inner: WriteStream[SessionMessage], is_wanted: IsWanted) -> None:
        self._inner = inner
        self._is_wanted = is_wanted

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message, unless it is an answer that is not wanted."""
        message = item.message
        if not isinstance(message, JSONRPCResponse | JSONRPCError) or message.id is None:
            await self._inner.send(item)
            return
        if self._is_wanted(message.id, is_result=isinstance(message, JSONRPCResponse)):
            await self._inner.send(item)

    async def aclose(self) -> None:
        """Close the stream."""
        await self._inner.aclose()
