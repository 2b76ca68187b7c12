from contextlib import asynccontextmanager

from fastmcp.client.transports import StdioTransport
from pydantic_ai.mcp import MCPToolset


@asynccontextmanager
async def connect(server):
    command = server["command"]
    over_pipe = server["transport"] == "stdio"
    target = StdioTransport(command[0], command[1:]) if over_pipe else server["url"]
    async with MCPToolset(target, init_timeout=30) as toolset:
        yield len(await toolset.list_tools()), toolset.direct_call_tool
