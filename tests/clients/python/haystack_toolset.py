import asyncio
from contextlib import asynccontextmanager

from haystack_integrations.tools.mcp import (
    MCPToolset,
    SSEServerInfo,
    StdioServerInfo,
    StreamableHttpServerInfo,
)


@asynccontextmanager
async def connect(server):
    command, *arguments = server["command"]
    info = {
        "http": lambda: StreamableHttpServerInfo(url=server["url"]),
        "sse": lambda: SSEServerInfo(url=server["url"]),
        "stdio": lambda: StdioServerInfo(command=command, args=arguments),
    }[server["transport"]]()
    toolset = await asyncio.to_thread(MCPToolset, info, eager_connect=True)
    by_name = {tool.name: tool for tool in toolset}

    async def call(name, given):
        return await asyncio.to_thread(by_name[name].invoke, **given)

    yield len(by_name), call
