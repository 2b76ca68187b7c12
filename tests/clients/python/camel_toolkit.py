from contextlib import asynccontextmanager

from camel.toolkits import MCPToolkit


@asynccontextmanager
async def connect(server):
    command, *arguments = server["command"]
    given = {
        "http": {"url": server["url"]},
        "sse": {"url": server["url"], "prefer_sse": True},
        "stdio": {"command": command, "args": arguments},
    }[server["transport"]]
    async with MCPToolkit(config_dict={"mcpServers": {"vapi": given}}, timeout=30) as kit:
        by_name = {tool.get_function_name(): tool for tool in kit.get_tools()}

        async def call(name, given):
            # The way in which its own ChatAgent calls; `tool.async_call` waits in vain.
            return await by_name[name].func.async_call(**given)

        yield len(by_name), call
