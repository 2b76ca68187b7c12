import shlex
from contextlib import asynccontextmanager

from agno.tools.function import FunctionCall
from agno.tools.mcp import MCPTools


@asynccontextmanager
async def connect(server):
    kind = {"http": "streamable-http", "sse": "sse"}.get(server["transport"])
    command = {"command": shlex.join(server["command"]), "transport": "stdio"}
    remote = {"url": server["url"], "transport": kind}
    async with MCPTools(**(remote if kind else command), timeout_seconds=30) as tools:

        async def call(name, arguments):
            done = await FunctionCall(
                function=tools.functions[name], arguments=arguments
            ).aexecute()
            return done.result or done.error

        yield len(tools.functions), call
