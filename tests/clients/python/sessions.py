"""Opens what the official package calls a transport, in either of its generations."""

from contextlib import asynccontextmanager

from mcp import ClientSession, StdioServerParameters
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client


def opener(server):
    """Return the transport, not yet open, that leads to our server."""
    if server["transport"] == "http":
        return streamable_http_client(server["url"])
    if server["transport"] == "sse":
        return sse_client(server["url"])
    return stdio_client(parameters(server["command"]))


def parameters(command):
    return StdioServerParameters(command=command[0], args=command[1:])


@asynccontextmanager
async def session_over(transport):
    """Yield an initialized session."""
    async with transport as streams, ClientSession(streams[0], streams[1]) as session:
        await session.initialize()
        yield session
