from contextlib import asynccontextmanager

import mcp
from sessions import opener


@asynccontextmanager
async def connect(server):
    target = server["url"] if server["transport"] == "http" else opener(server)
    async with mcp.Client(target) as client:
        yield len((await client.list_tools()).tools), client.call_tool
