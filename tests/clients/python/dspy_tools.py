from contextlib import asynccontextmanager

import dspy
from sessions import opener, session_over


@asynccontextmanager
async def connect(server):
    async with session_over(opener(server)) as session:
        listed = (await session.list_tools()).tools
        by_name = {tool.name: dspy.Tool.from_mcp_tool(session, tool) for tool in listed}

        async def call(name, arguments):
            return await by_name[name].acall(**arguments)

        yield len(by_name), call
