from contextlib import asynccontextmanager

from mcp_use import MCPClient
from mcp_use.agents.adapters.langchain_adapter import LangChainAdapter
from mcp_use_config import mcp_use_config


@asynccontextmanager
async def connect(server):
    client = MCPClient.from_dict(mcp_use_config(server))
    await client.create_session("vapi")
    adapter = LangChainAdapter()
    await adapter.create_all(client)
    by_name = {tool.name: tool for tool in adapter.tools}

    async def call(name, arguments):
        return await by_name[name].ainvoke(arguments)

    yield len(by_name), call
    await client.close_all_sessions()
