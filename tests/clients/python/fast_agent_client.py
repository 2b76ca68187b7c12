from contextlib import asynccontextmanager

from fast_agent.config import MCPServerSettings, MCPSettings, Settings
from fast_agent.mcp.gen_client import gen_client
from fast_agent.mcp_server_registry import ServerRegistry


@asynccontextmanager
async def connect(server):
    command, *arguments = server["command"]
    given = {
        "http": {"transport": "http", "url": server["url"]},
        "sse": {"transport": "sse", "url": server["url"]},
        "stdio": {"transport": "stdio", "command": command, "args": arguments},
    }[server["transport"]]
    made = MCPServerSettings(name="vapi", **given)
    registry = ServerRegistry(Settings(mcp=MCPSettings(servers={"vapi": made})))
    async with gen_client("vapi", registry) as connection:
        client = connection.client
        yield len((await client.list_tools()).tools), client.call_tool
