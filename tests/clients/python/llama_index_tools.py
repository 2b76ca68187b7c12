from contextlib import asynccontextmanager

from llama_index.tools.mcp import BasicMCPClient, McpToolSpec


@asynccontextmanager
async def connect(server):
    command = server["command"]
    over_pipe = server["transport"] == "stdio"
    client = BasicMCPClient(command[0], command[1:]) if over_pipe else BasicMCPClient(server["url"])
    tools = await McpToolSpec(client=client).to_tool_list_async()
    by_name = {tool.metadata.name: tool for tool in tools}

    async def call(name, arguments):
        # A model gets the content.
        return (await by_name[name].acall(**arguments)).content

    yield len(tools), call
