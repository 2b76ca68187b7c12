import asyncio
from contextlib import asynccontextmanager

from crewai_tools import MCPServerAdapter
from sync_tools import mcpadapt_parameters


@asynccontextmanager
async def connect(server):
    adapter = await asyncio.to_thread(MCPServerAdapter, mcpadapt_parameters(server))
    by_name = {tool.name: tool for tool in adapter.tools}

    async def call(name, arguments):
        return await asyncio.to_thread(by_name[name].run, **arguments)

    yield len(by_name), call
