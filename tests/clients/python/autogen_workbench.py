from contextlib import asynccontextmanager

from autogen_ext.tools.mcp import McpWorkbench
from autogen_params import autogen_params


@asynccontextmanager
async def connect(server):
    async with McpWorkbench(autogen_params(server)) as workbench:
        yield len(await workbench.list_tools()), workbench.call_tool
