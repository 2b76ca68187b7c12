"""Answers over Streamable HTTP that their client does not read are not kept for ever.

Measured by hand on loopback: 200 connections with one list of 100 kB each took 20 MB, and gave it
back; 100 such requests on one connection took one answer's worth.
"""

from __future__ import annotations

import asyncio
import re
from typing import ClassVar

import httpx
import pytest

from tests.support.app import headers_of, hosted, message, post
from tests.support.event_streams import unread
from vapi_mcp.hosting.processes.bounded_http import BoundedHeads

LARGE = message("tools/list")
SIZE = 100_000


class Quick(BoundedHeads):
    head_seconds = 0.1
    unread_seconds = 0.3
    lost: ClassVar[asyncio.Queue[int]]
    kept = 0

    def pause_writing(self) -> None:
        """Note how much waits when it is too much."""
        self.kept = max(self.kept, self.transport.get_write_buffer_size())
        super().pause_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that it is gone, and how much waited."""
        super().connection_lost(exc)
        self.lost.put_nowait(self.kept)


def request(token: str) -> bytes:
    built = httpx.Request("POST", "http://127.0.0.1", headers=headers_of(LARGE), json=LARGE)
    fields = "".join(f"{name}: {value}\r\n" for name, value in built.headers.items())
    return f"POST /mcp/{token} HTTP/1.1\r\n{fields}\r\n".encode() + built.content


@pytest.mark.parametrize("requests", [1, 50])
async def test_connection_with_an_answer_that_is_not_read_is_cut(requests: int) -> None:
    Quick.lost = asyncio.Queue()
    async with hosted(http=Quick) as server, asyncio.timeout(5):
        server.running.narrow()
        async with unread(server.url, request(server.token) * requests, b"HTTP/1.1 200"):
            kept = await Quick.lost.get()
    # However many a connection asks for, one is answered at a time.
    assert SIZE / 2 < kept < 2 * SIZE


async def test_client_that_reads_slowly_gets_all_of_its_answers() -> None:
    Quick.lost = asyncio.Queue()
    async with hosted(http=Quick) as server, asyncio.timeout(20):
        server.running.narrow()
        whole = await post(server.mcp_url, LARGE)
        begun = asyncio.get_running_loop().time()
        end = re.escape(whole.content[-20:])
        async with unread(server.url, request(server.token) * 5, end, times=5):
            took = asyncio.get_running_loop().time() - begun
    # It took longer than a client has that does not read, and a byte at a time.
    assert took > Quick.head_seconds + Quick.unread_seconds
