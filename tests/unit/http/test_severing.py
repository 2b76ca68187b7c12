"""A grant that ends takes its open streams along, also those whose client reads nothing."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.support.app import Hosted, headers_of, hosted, message, modern
from tests.support.event_streams import LIST, open_stream, unread, unread_stream
from tests.support.upstream import FakeUpstream, LiveUpstream
from tests.unit.http.test_streaming import CALL, event
from vapi_mcp.hosting.processes.bounded_http import BoundedHeads

# A hundred kilobytes: a few of them are more than the buffers of a connection take.
LARGE = message("tools/list")
SECONDS = 2


async def ends(server: Hosted) -> None:
    """Delete the server and wait until nothing is answered any more."""
    server.store.remove("server-0")
    async with asyncio.timeout(SECONDS):
        await server.running.idle()


async def test_stream_with_unread_answers_ends_with_its_server() -> None:
    async with hosted(http=BoundedHeads) as server:
        server.running.narrow()
        async with unread_stream(server.url, server.token) as stream:
            for number in range(8):
                await stream.post({**LARGE, "id": number})
            await ends(server)


@pytest.mark.parametrize("build", [message, modern])
async def test_streamed_answer_that_is_not_read_ends_with_its_server(build: Any) -> None:
    upstream, body = LiveUpstream(), build("tools/call", CALL)
    upstream.say(*[event("x" * 2**16)] * 64)
    head = httpx.Request("POST", "http://127.0.0.1", headers=headers_of(body), json=body)
    fields = "".join(f"{name}: {value}\r\n" for name, value in head.headers.items())
    async with hosted(upstream=upstream, http=BoundedHeads) as server:
        server.running.narrow()
        line = f"POST /mcp/{server.token} HTTP/1.1\r\n"
        request = f"{line}{fields}\r\n".encode() + head.content
        async with unread(server.url, request, b"event-stream"):
            await ends(server)
            async with asyncio.timeout(SECONDS):
                await upstream.cancelled.wait()


async def test_call_in_flight_is_cancelled_when_its_server_ends() -> None:
    upstream = FakeUpstream(hold=True)
    async with (
        hosted(upstream=upstream) as server,
        open_stream(server.url, server.token) as stream,
    ):
        await stream.start()
        await stream.post(LIST)
        await upstream.entered.wait()
        server.store.remove("server-0")
        async with asyncio.timeout(SECONDS):
            await upstream.cancelled.wait()
            assert await stream.next_event() is None


@pytest.mark.parametrize("http", ["httptools", "h11", BoundedHeads])
async def test_end_of_a_stream_that_was_read_is_a_proper_one(
    http: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        hosted(http=http) as server,
        open_stream(server.url, server.token) as stream,
    ):
        await stream.start()
        server.store.remove("server-0")
        async with asyncio.timeout(SECONDS):
            assert await stream.next_event() is None
    assert "ASGI" not in caplog.text
