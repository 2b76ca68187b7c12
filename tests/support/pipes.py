"""A local server at one end of two pipes, and its client at the other."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from mcp.server import Server as McpServer

from tests.support.registry import registry
from vapi_mcp.accounts.rate_limits import Limits
from vapi_mcp.accounts.records import Grant
from vapi_mcp.audit.writer import AuditWriter
from vapi_mcp.hosting.local_calls import LocalCalls
from vapi_mcp.hosting.local_server import server_over
from vapi_mcp.invocation.belonging.upstream import BelongingUpstream
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.writes.pipeline import WritePipeline
from vapi_mcp.protocol.apps.view_data import ViewData
from vapi_mcp.protocol.audit import AuditTrail
from vapi_mcp.protocol.client_identity import ClientNames
from vapi_mcp.protocol.stdio.lane import Lane
from vapi_mcp.protocol.stdio.serving import run_stdio
from vapi_mcp.protocol.stdio.traffic import Fast
from vapi_mcp.security.signing import Signer
from vapi_mcp.store.memory.memory_store import MemoryStore

Line = dict[str, Any]


class Pipe:
    """The client's ends of the server's standard streams."""

    def __init__(self, write_end: int, read_end: int) -> None:
        self._to_server = os.fdopen(write_end, "wb", buffering=0)
        self._from_server = os.fdopen(read_end, "rb")

    def send(self, *requests: Line | bytes) -> None:
        lines = (each if isinstance(each, bytes) else orjson.dumps(each) for each in requests)
        self._to_server.write(b"".join(line + b"\n" for line in lines))

    async def answer(self) -> Line:
        """Return the next line; empty at the end."""
        line = await asyncio.to_thread(self._from_server.readline)
        return orjson.loads(line) if line else {}

    async def rest(self) -> list[bytes]:
        """Return all lines until the end."""
        return (await asyncio.to_thread(self._from_server.read)).splitlines()

    def leave(self) -> None:
        self._to_server.close()

    def close(self) -> None:
        self._to_server.close()
        self._from_server.close()


class LocalHouse:
    """A local server over a store in memory.

    around: middleware that a test puts around it. loads: how often the SDK's server was needed.
    """

    def __init__(
        self,
        upstream: Upstream,
        grant: Grant,
        *,
        is_fast: bool = True,
        around: Sequence[Callable[..., Any]] = (),
    ) -> None:
        self.store = MemoryStore()
        self.upstream = upstream
        self.grant = grant
        self.loads = 0
        self._around = around
        self._is_fast = is_fast
        tools = registry()
        trail = AuditTrail(AuditWriter(self.store), tools)
        kept = BelongingUpstream(upstream, tools.tools.values(), self._records)
        invoker = Invoker(kept, tools, WritePipeline(tools, self._records))
        self.calls = LocalCalls(grant, tools, invoker, Limits(), trail, ViewData(tools, kept))

    async def _records(self) -> MemoryStore:
        return self.store

    def _server(self, recorded: Any) -> McpServer[Any]:
        self.loads += 1
        names = ClientNames(Signer(self.grant.account.credential, "client"))
        server = server_over(self.calls, names, recorded)
        server.middleware[:0] = self._around
        return server

    async def run(self, **streams: Any) -> None:
        """Serve one client."""
        fast = Fast(Lane(registry(), self.grant), self.calls.pipe) if self._is_fast else None
        await run_stdio(self._server, fast, **streams)

    @asynccontextmanager
    async def piped(self) -> AsyncGenerator[Pipe]:
        """Serve a client over two pipes; it has ended on exit, because its client left."""
        server_in, client_out = os.pipe()
        client_in, server_out = os.pipe()
        pipe = Pipe(client_out, client_in)
        with os.fdopen(server_in, "rb") as stdin, os.fdopen(server_out, "wb") as stdout:
            async with asyncio.timeout(60):
                task = asyncio.create_task(self.run(stdin=stdin, stdout=stdout))
                try:
                    yield pipe
                finally:
                    pipe.leave()
                    await task
                    pipe.close()

    async def output(self, *lines: Line | bytes) -> list[bytes]:
        """Return all that a client reads that sends these lines and leaves."""
        server_in, client_out = os.pipe()
        client_in, server_out = os.pipe()
        pipe = Pipe(client_out, client_in)
        reading = asyncio.create_task(pipe.rest())
        writing = asyncio.create_task(asyncio.to_thread(_send_and_leave, pipe, lines))
        with os.fdopen(server_in, "rb") as stdin, os.fdopen(server_out, "wb") as stdout:
            async with asyncio.timeout(60):
                await self.run(stdin=stdin, stdout=stdout)
        await writing
        answers = await reading
        pipe.close()
        return answers


def _send_and_leave(pipe: Pipe, lines: Sequence[Line | bytes]) -> None:
    pipe.send(*lines)
    pipe.leave()
