import asyncio
from contextlib import asynccontextmanager

from smolagents import MCPClient
from sync_tools import mcpadapt_parameters


@asynccontextmanager
async def connect(server):
    params = mcpadapt_parameters(server)
    client = await asyncio.to_thread(MCPClient, params, structured_output=False)
    by_name = {tool.name: tool for tool in client.get_tools()}

    async def call(name, arguments):
        return await asyncio.to_thread(by_name[name], **arguments)

    yield len(by_name), call
