from contextlib import asynccontextmanager

from semantic_kernel.connectors.mcp import MCPSsePlugin, MCPStdioPlugin, MCPStreamableHttpPlugin


@asynccontextmanager
async def connect(server):
    command, *arguments = server["command"]
    made = {
        "http": lambda: MCPStreamableHttpPlugin(name="vapi", url=server["url"]),
        "sse": lambda: MCPSsePlugin(name="vapi", url=server["url"]),
        "stdio": lambda: MCPStdioPlugin(name="vapi", command=command, args=arguments),
    }[server["transport"]]
    async with made() as plugin:

        async def call(name, given):
            parts = await plugin.call_tool(name, **given)
            return [part.model_dump(exclude_none=True) for part in parts]

        tools = (await plugin.session.list_tools()).tools
        yield sum(hasattr(plugin, tool.name) for tool in tools), call
