import asyncio
from contextlib import asynccontextmanager

from sessions import opener
from strands.tools.mcp import MCPClient


@asynccontextmanager
async def connect(server):
    with MCPClient(lambda: opener(server)) as client:

        async def call(name, arguments):
            return await client.call_tool_async("1", name, arguments)

        tools = await asyncio.to_thread(client.list_tools_sync)
        yield len(tools), call
