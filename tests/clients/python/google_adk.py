from contextlib import asynccontextmanager
from unittest.mock import MagicMock

from google.adk.tools.mcp_tool.mcp_session_manager import (
    SseConnectionParams,
    StdioConnectionParams,
    StreamableHTTPConnectionParams,
)
from google.adk.tools.mcp_tool.mcp_toolset import McpToolset
from mcp import StdioServerParameters


@asynccontextmanager
async def connect(server):
    made = {"http": StreamableHTTPConnectionParams, "sse": SseConnectionParams}
    if server["transport"] == "stdio":
        command, *arguments = server["command"]
        given = StdioServerParameters(command=command, args=arguments)
        params = StdioConnectionParams(server_params=given, timeout=30)
    else:
        params = made[server["transport"]](url=server["url"], timeout=30)
    toolset = McpToolset(connection_params=params)
    tools = await toolset.get_tools()
    by_name = {tool.name: tool for tool in tools}

    async def call(name, arguments):
        # A run of an agent stands behind it, which our calls do not need.
        return await by_name[name].run_async(args=arguments, tool_context=MagicMock())

    yield len(tools), call
    await toolset.close()
