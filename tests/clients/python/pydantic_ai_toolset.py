from contextlib import asynccontextmanager

from fastmcp.client.transports import StdioTransport
from pydantic_ai.mcp import MCPToolset


def toolset_of(server, **options):
    command = server["command"]
    over_pipe = server["transport"] == "stdio"
    target = StdioTransport(command[0], command[1:]) if over_pipe else server["url"]
    return MCPToolset(target, init_timeout=30, **options)


@asynccontextmanager
async def connect(server):
    async with toolset_of(server) as toolset:
        yield len(await toolset.list_tools()), toolset.direct_call_tool
