"""Raw clients of legacy HTTP+SSE: one that reads, and one that does not."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from tests.support.app import message, post

LIST = message("tools/call", {"name": "list_all_vapi_assistants"})
INITIALIZE = message(
    "initialize",
    {
        "protocolVersion": "2024-11-05",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
    id="hello",
)


READY = {"jsonrpc": "2.0", "method": "notifications/initialized", "params": {}}


class Stream:
    """An open event stream, the path it wants messages at, and the server they are sent to."""

    def __init__(self, url: str, lines: AsyncIterator[str]) -> None:
        self.url = url
        self.path = ""
        self._lines = lines

    async def next_event(self) -> str | None:
        """Return the data of the next event, or None at the end."""
        async for line in self._lines:
            if line.startswith("data: "):
                return line.removeprefix("data: ")
        return None

    async def post(self, request: Mapping[str, object]) -> httpx.Response:
        return await post(self.url + self.path, request)

    async def ask(self, request: Mapping[str, object]) -> dict[str, Any]:
        """Send a request and return what the stream says next."""
        answer = await self.post(request)
        assert (answer.status_code, answer.text) == (202, "Accepted")
        return orjson.loads(await self.next_event() or "")

    async def start(self) -> None:
        assert (await self.ask(INITIALIZE))["id"] == "hello"
        assert (await self.post(READY)).status_code == 202


@asynccontextmanager
async def open_stream(url: str, token: str, *, seconds: float = 5) -> AsyncGenerator[Stream]:
    """Open the stream of a token; it must have done its work in so many seconds."""
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(trust_env=False) as client,
        client.stream("GET", f"{url}/sse/{token}") as response,
    ):
        assert response.status_code == 200
        stream = Stream(url, response.aiter_lines())
        stream.path = await stream.next_event() or ""
        yield stream


@asynccontextmanager
async def unread(url: str, request: bytes, until: bytes, times: int = 1) -> AsyncGenerator[bytes]:
    """Send a request and read its answer up to some words, which are yielded, and no further.

    times: how often the words have to come.
    """
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host, _, port = url.removeprefix("http://").partition(":")
        await loop.sock_connect(sock, (host, int(port)))
        await loop.sock_sendall(sock, request)
        words = b""
        for _ in range(times):
            words = await _read_until(sock, until)
        yield words


async def _read_until(sock: socket.socket, until: bytes) -> bytes:
    received = b""
    while not (found := re.search(until, received[-256:])):
        received += await asyncio.get_running_loop().sock_recv(sock, 1)
    return found[0]


@asynccontextmanager
async def unread_stream(url: str, token: str) -> AsyncGenerator[Stream]:
    """Open a session whose stream is read up to the path for its messages, and no further."""
    request = f"GET /sse/{token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    async with unread(url, request, rb"/messages/\S+(?=\r)") as path:
        stream = Stream(url, _no_lines())
        stream.path = path.decode()
        for opening in (INITIALIZE, READY):
            assert (await stream.post(opening)).status_code == 202
        yield stream


async def _no_lines() -> AsyncGenerator[str]:
    return
    yield
