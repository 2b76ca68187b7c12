"""Clients that take their answers a byte at a time: others do not wait, and little is kept."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import ClassVar

import httpx

from tests.support.app import headers_of, hosted, message, post
from tests.support.event_streams import unread
from vapi_mcp.hosting.processes.bounded_http import BoundedHeads

READERS, CALLS = 50, 100
LARGE = message("tools/list")


class Watching(BoundedHeads):
    """Connections as they are served, which say how much waits in them."""

    opened: ClassVar[list[Watching]] = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - a narrower transport
        super().connection_made(transport)
        self.opened.append(self)

    @classmethod
    def waiting(cls) -> int:
        """Return how many bytes wait for their readers."""
        return sum(each.transport.get_write_buffer_size() for each in cls.opened)


async def test_slow_readers_delay_nobody_and_at_most_their_answers_are_kept() -> None:
    Watching.opened.clear()
    async with hosted(http=Watching) as server, AsyncExitStack() as stack, asyncio.timeout(60):
        server.running.narrow()
        whole = await post(server.mcp_url, LARGE)
        for _ in range(READERS):
            # Each has more answers to come than it reads.
            requests = _request(server.mcp_url) * 5
            await stack.enter_async_context(unread(server.url, requests, b"HTTP/1.1 200"))
        answers = [await post(server.mcp_url, LARGE) for _ in range(CALLS)]
        kept = Watching.waiting()
    assert {answer.content for answer in answers} == {whole.content}
    assert 0 < kept < READERS * 1.5 * len(whole.content)


def _request(url: str) -> bytes:
    built = httpx.Request("POST", url, headers=headers_of(LARGE), json=LARGE)
    fields = "".join(f"{name}: {value}\r\n" for name, value in built.headers.items())
    return f"POST {built.url.path} HTTP/1.1\r\n{fields}\r\n".encode() + built.content
