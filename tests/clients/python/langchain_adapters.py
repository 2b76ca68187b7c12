from contextlib import asynccontextmanager

from langchain_mcp_adapters.client import MultiServerMCPClient


@asynccontextmanager
async def connect(server):
    command = server["command"]
    given = {
        "http": {"transport": "streamable_http", "url": server["url"]},
        "sse": {"transport": "sse", "url": server["url"]},
        "stdio": {"transport": "stdio", "command": command[0], "args": command[1:]},
    }[server["transport"]]
    tools = await MultiServerMCPClient({"vapi": given}).get_tools()
    by_name = {tool.name: tool for tool in tools}

    async def call(name, arguments):
        return await by_name[name].ainvoke(arguments)

    yield len(tools), call
