"""Hundreds of event streams on which nothing happens: bounded by server, and in nobody's way."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from contextlib import ExitStack

from tests.support.app import Hosted, hosted, message, post

SERVERS, STREAMS = 25, 20


async def test_500_idle_streams_hold_up_nobody_and_one_more_of_a_server_is_refused() -> None:
    async with hosted() as server, asyncio.timeout(60):
        tokens = [server.add_server() for _ in range(SERVERS)]
        with ExitStack() as stack:
            opened = [await _opened(server, token, stack) for token in tokens * STREAMS]
            beyond = [await _opened(server, token, stack) for token in tokens]
            others = [await post(server.mcp_url, message("tools/list")) for _ in range(20)]
            alive = await post(f"{server.url}/mcp/{tokens[0]}", message("tools/list"))
        # Closed by their clients, they make room again.
        with ExitStack() as stack:
            while b"200 OK" not in (again := await _opened(server, tokens[0], stack)):
                pass
    assert Counter(head.split(b"\r\n")[0] for head in opened) == {b"HTTP/1.1 200 OK": 500}
    assert all(head.startswith(b"HTTP/1.1 429 ") for head in beyond)
    assert all(b"\r\nretry-after: 1\r\n" in head for head in beyond)
    assert {answer.status_code for answer in (*others, alive)} == {200}
    assert again.startswith(b"HTTP/1.1 200 OK")


async def _opened(server: Hosted, token: str, stack: ExitStack) -> bytes:
    """Ask for a stream, which stays open as long as the stack; return the head of the answer."""
    loop = asyncio.get_running_loop()
    connection = stack.enter_context(socket.socket())
    connection.setblocking(False)
    await loop.sock_connect(connection, ("127.0.0.1", server.running.port))
    request = f"GET /sse/{token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    await loop.sock_sendall(connection, request)
    head = b""
    while b"\r\n\r\n" not in head:
        head += await loop.sock_recv(connection, 4096)
    return head
