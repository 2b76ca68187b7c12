"""Starts bridges, and connects to what they serve with the official package."""

import asyncio
import socket
from contextlib import asynccontextmanager

from sessions import opener, session_over


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def serving(port, *command):
    """Run a program that serves on a port; yield when it does."""
    started = await asyncio.create_subprocess_exec(*command, stdout=2)
    try:
        for _ in range(900):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.2)
            else:
                writer.close()
                break
        yield
    finally:
        started.terminate()


@asynccontextmanager
async def connected(server):
    async with session_over(opener(server)) as session:
        yield len((await session.list_tools()).tools), session.call_tool
