from contextlib import asynccontextmanager

from crewai.mcp.client import MCPClient
from crewai.mcp.transports.http import HTTPTransport
from crewai.mcp.transports.sse import SSETransport
from crewai.mcp.transports.stdio import StdioTransport


@asynccontextmanager
async def connect(server):
    command, *arguments = server["command"]
    transport = {
        "http": lambda: HTTPTransport(server["url"]),
        "sse": lambda: SSETransport(server["url"]),
        "stdio": lambda: StdioTransport(command, arguments),
    }[server["transport"]]()
    async with MCPClient(transport) as client:
        yield len(await client.list_tools()), client.call_tool
