"""A real socket that answers as a test says, and a client of ours to ask it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from vapi_mcp.accounts.records import Account
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.security.credential import Credential
from vapi_mcp.upstream.client import UpstreamClient

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Handler: TypeAlias = Callable[[bytes, Reader, Writer], Awaitable[None]]

KEY = "sk-very-secret"
GET = UpstreamRequest("GET", "/assistant", deadline=5)


@asynccontextmanager
async def serving(handle: Handler) -> AsyncGenerator[tuple[Account, list[bytes]]]:
    """A server that hands each request's head and body to a handler; it records them."""
    seen: list[bytes] = []

    async def on_connection(reader: Reader, writer: Writer) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (
                        int(line.split(b":")[1])
                        for line in head.lower().split(b"\r\n")
                        if line.startswith(b"content-length")
                    ),
                    0,
                )
                request = head + await reader.readexactly(length)
                seen.append(request)
                await handle(request, reader, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(on_connection, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield Account("a", "a", Credential(KEY), f"http://127.0.0.1:{port}"), seen
    finally:
        server.close()


@asynccontextmanager
async def client(**options: Any) -> AsyncGenerator[UpstreamClient]:
    made = UpstreamClient(max_answer_bytes=1_000_000, **options)
    try:
        yield made
    finally:
        await made.aclose()


def answering(
    body: bytes, *headers: str, status: str = "200 OK", length: int | None = None
) -> Handler:
    async def handle(request: bytes, reader: Reader, writer: Writer) -> None:
        lines = [
            f"HTTP/1.1 {status}",
            f"Content-Length: {len(body) if length is None else length}",
            *headers,
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return handle
