from contextlib import asynccontextmanager

from agent_framework import MCPStdioTool, MCPStreamableHTTPTool


@asynccontextmanager
async def connect(server):
    command, *arguments = server["command"]
    made = {
        "http": lambda: MCPStreamableHTTPTool(name="vapi", url=server["url"], load_prompts=False),
        "stdio": lambda: MCPStdioTool(
            name="vapi", command=command, args=arguments, load_prompts=False
        ),
    }[server["transport"]]
    async with made() as tool:

        async def call(name, given):
            answer = await tool.call_tool(name, **given)
            if isinstance(answer, str):
                return answer
            return [part.to_dict() for part in answer]

        yield len(tool.functions), call
