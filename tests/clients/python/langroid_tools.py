import os
from contextlib import asynccontextmanager
from importlib import resources

from fastmcp.client.transports import SSETransport, StdioTransport

# It downloads the table of a tokenizer when it is imported; litellm carries that table.
os.environ["TIKTOKEN_CACHE_DIR"] = str(resources.files("litellm.litellm_core_utils.tokenizers"))

from langroid.agent.tools.mcp import FastMCPClient


@asynccontextmanager
async def connect(server):
    command, *arguments = server["command"]
    target = {
        "http": lambda: server["url"],
        "sse": lambda: SSETransport(server["url"]),
        "stdio": lambda: StdioTransport(command, arguments),
    }[server["transport"]]()
    async with FastMCPClient(target) as client:
        tools = await client.get_tools_async()
        by_name = {tool.default_value("request"): tool for tool in tools}

        async def call(name, given):
            fields = by_name[name].model_fields
            # It renames arguments that its own messages have.
            renamed = {f"{k}__" if f"{k}__" in fields else k: v for k, v in given.items()}
            return await by_name[name](**renamed).handle_async()

        yield len(by_name), call
