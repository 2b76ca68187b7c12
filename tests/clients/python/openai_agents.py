import json
from contextlib import asynccontextmanager

from agents.mcp import MCPServerSse, MCPServerStdio, MCPServerStreamableHttp, MCPUtil
from agents.run_context import RunContextWrapper


@asynccontextmanager
async def connect(server):
    command = server["command"]
    made, params = {
        "http": (MCPServerStreamableHttp, {"url": server["url"]}),
        "sse": (MCPServerSse, {"url": server["url"]}),
        "stdio": (MCPServerStdio, {"command": command[0], "args": command[1:]}),
    }[server["transport"]]
    async with made(params=params, client_session_timeout_seconds=30) as opened:
        tools = {tool.name: tool for tool in await opened.list_tools()}

        async def call(name, arguments):
            given = json.dumps(arguments)
            answer = await MCPUtil.invoke_mcp_tool(
                opened, tools[name], RunContextWrapper(None), given
            )
            # A model gets everything as text.
            return json.dumps(answer)

        yield len(tools), call
