from contextlib import asynccontextmanager

from mcp_use import MCPClient
from mcp_use_config import mcp_use_config


@asynccontextmanager
async def connect(server):
    client = MCPClient.from_dict(mcp_use_config(server))
    session = await client.create_session("vapi")
    yield len(await session.list_tools()), session.call_tool
    await client.close_all_sessions()
