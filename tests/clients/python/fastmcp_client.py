from contextlib import asynccontextmanager

from fastmcp import Client
from fastmcp.client.transports import StdioTransport


@asynccontextmanager
async def connect(server):
    command = server["command"]
    over_pipe = server["transport"] == "stdio"
    async with Client(
        StdioTransport(command[0], command[1:]) if over_pipe else server["url"]
    ) as client:
        yield len(await client.list_tools()), client.call_tool
