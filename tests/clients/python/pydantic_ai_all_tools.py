from contextlib import asynccontextmanager

from pydantic_ai import Agent
from pydantic_ai.messages import ToolCallPart
from pydantic_ai.models.test import TestModel
from pydantic_ai_toolset import toolset_of


@asynccontextmanager
async def connect(server):
    async with toolset_of(server, tool_error_behavior="failed") as toolset:
        names = {tool.name for tool in await toolset.list_tools()}
        agent = Agent(TestModel(), toolsets=[toolset], retries=1)
        run = await agent.run("Call every tool.")
        parts = [part for message in run.all_messages() for part in message.parts]
        asked = {part.tool_name for part in parts if isinstance(part, ToolCallPart)}
        answered = {part.tool_name for part in parts if part.part_kind == "tool-return"}
        if asked != names:
            raise RuntimeError(f"not called: {sorted(names - asked)}")
        yield len(answered), toolset.direct_call_tool
