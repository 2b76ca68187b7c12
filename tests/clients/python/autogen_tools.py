from contextlib import asynccontextmanager

from autogen_core import CancellationToken
from autogen_ext.tools.mcp import mcp_server_tools
from autogen_params import autogen_params


@asynccontextmanager
async def connect(server):
    tools = await mcp_server_tools(autogen_params(server))
    by_name = {tool.name: tool for tool in tools}

    async def call(name, arguments):
        tool = by_name[name]
        # A model gets the answer as text.
        return tool.return_value_as_string(await tool.run_json(arguments, CancellationToken()))

    yield len(by_name), call
