"""A raw client of legacy HTTP+SSE."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from tests.protocol.hosting import message, post

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
