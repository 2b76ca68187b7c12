import json
from contextlib import asynccontextmanager

import litellm.experimental_mcp_client as bridge
from sessions import opener, session_over


@asynccontextmanager
async def connect(server):
    async with session_over(opener(server)) as session:
        tools = await bridge.load_mcp_tools(session=session, format="openai")

        async def call(name, arguments):
            wanted = {"name": name, "arguments": json.dumps(arguments)}
            made = {"id": "1", "type": "function", "function": wanted}
            return await bridge.call_openai_tool(session=session, openai_tool=made)

        yield len(tools), call
