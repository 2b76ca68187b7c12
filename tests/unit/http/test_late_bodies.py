"""Answers that come before their request's body, on bare sockets."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.app import Hosted, hosted
from vapi_mcp.http.middleware.late_bodies import LateBodies

JSON = "Content-Type: application/json"
HOST = "Host: localhost"
SIZE = 6 * 1024 * 1024


async def open_request(
    server: Hosted, path: str, *fields: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send the head of a request with a body of `SIZE` bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.running.port)
    start = f"POST {path.format(token=server.token)} HTTP/1.1"
    head = [start, *fields, f"Content-Length: {SIZE}", "", ""]
    writer.write("\r\n".join(head).encode())
    await writer.drain()
    return reader, writer


@pytest.mark.parametrize(
    ("status", "path", "fields"),
    [
        (401, "/mcp/unknown", (HOST, JSON)),
        (401, "/messages/unknown/", (HOST, JSON)),
        (401, "/integrated-account", (HOST, JSON)),
        (404, "/nothing", (HOST, JSON, "Connection: close")),
        (405, "/sse/{token}", (HOST, JSON)),
        (415, "/mcp/{token}", (HOST, "Content-Type: text/plain")),
        (421, "/mcp/{token}", ("Host: elsewhere.example", JSON)),
        (403, "/mcp/{token}", (HOST, JSON, "Origin: https://elsewhere.example")),
        (413, "/mcp/{token}", (HOST, JSON)),
    ],
)
async def test_client_that_sends_all_before_it_reads_hears_why_it_was_refused(
    status: int, path: str, fields: tuple[str, ...]
) -> None:
    async with hosted(max_request_bytes=100_000) as server:
        reader, writer = await open_request(server, path, *fields)
        for _ in range(6):
            writer.write(b" " * (SIZE // 6))
            await writer.drain()
        answer = await reader.readuntil(b"\r\n")
        writer.close()
        await writer.wait_closed()
    assert int(answer.split()[1]) == status


async def test_client_that_sends_no_more_has_its_answer_at_once_and_is_let_go_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(LateBodies, "seconds", 0.05)
    async with hosted() as server, asyncio.timeout(5):
        reader, writer = await open_request(server, "/mcp/unknown", HOST, JSON)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 401")
    assert body.endswith(b"}}")


async def test_body_without_end_is_not_listened_to_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vapi_mcp.http.middleware.late_bodies._MOST_BYTES", 100_000)
    monkeypatch.setattr(LateBodies, "seconds", 60)
    async with hosted() as server, asyncio.timeout(5):
        reader, writer = await open_request(server, "/mcp/unknown", HOST, JSON)
        writer.write(b" " * 200_000)
        answer = await reader.readuntil(b"\r\n")
        # Closed by the server: a reset, or the end of what it said.
        await asyncio.gather(reader.read(), return_exceptions=True)
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    assert answer.startswith(b"HTTP/1.1 401")


async def test_client_that_waits_for_leave_to_send_is_not_asked_to() -> None:
    async with hosted() as server, asyncio.timeout(5):
        reader, writer = await open_request(
            server, "/mcp/unknown", HOST, JSON, "Expect: 100-continue"
        )
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"100 Continue" not in answer
