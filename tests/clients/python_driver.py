"""Makes the calls with one Python client, and prints a line of JSON for each.

It runs in the environment of that client: `python python_driver.py CLIENT URL < calls.json`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from typing import Any, TypeAlias

Call: TypeAlias = Callable[[str, dict[str, Any]], Awaitable[str]]
_SECONDS = 30


@asynccontextmanager
async def _client(module: str, url: str) -> AsyncGenerator[tuple[int, Call]]:
    async with import_module(module).Client(url) as client:
        listed = await client.list_tools()

        async def call(name: str, arguments: dict[str, Any]) -> str:
            return repr(await client.call_tool(name, arguments))

        yield len(getattr(listed, "tools", listed)), call


@asynccontextmanager
async def _session(transport: str, url: str) -> AsyncGenerator[tuple[int, Call]]:
    module, opener = {
        "http": ("mcp.client.streamable_http", "streamable_http_client"),
        "sse": ("mcp.client.sse", "sse_client"),
    }[transport]
    async with AsyncExitStack() as stack:
        streams = await stack.enter_async_context(getattr(import_module(module), opener)(url))
        made = import_module("mcp").ClientSession(streams[0], streams[1])
        session = await stack.enter_async_context(made)
        await session.initialize()

        async def call(name: str, arguments: dict[str, Any]) -> str:
            return repr(await session.call_tool(name, arguments))

        yield len((await session.list_tools()).tools), call


@asynccontextmanager
async def _langchain(transport: str, url: str) -> AsyncGenerator[tuple[int, Call]]:
    made = import_module("langchain_mcp_adapters.client").MultiServerMCPClient
    tools = await made({"vapi": {"transport": transport, "url": url}}).get_tools()
    by_name = {tool.name: tool for tool in tools}

    async def call(name: str, arguments: dict[str, Any]) -> str:
        return repr(await by_name[name].ainvoke(arguments))

    yield len(tools), call


@asynccontextmanager
async def _openai(kind: str, url: str) -> AsyncGenerator[tuple[int, Call]]:
    async with getattr(import_module("agents.mcp"), kind)(params={"url": url}) as server:

        async def call(name: str, arguments: dict[str, Any]) -> str:
            return repr(await server.call_tool(name, arguments))

        yield len(await server.list_tools()), call


_CLIENTS: dict[str, tuple[Any, str]] = {
    "mcp Client, http": (_client, "mcp"),
    "mcp ClientSession, http": (_session, "http"),
    "mcp ClientSession, sse": (_session, "sse"),
    "fastmcp, http": (_client, "fastmcp"),
    "openai-agents, http": (_openai, "MCPServerStreamableHttp"),
    "openai-agents, sse": (_openai, "MCPServerSse"),
    "langchain-mcp-adapters, http": (_langchain, "streamable_http"),
    "langchain-mcp-adapters, sse": (_langchain, "sse"),
}


async def _run(client: str, url: str, calls: list[tuple[str, str, dict[str, Any]]]) -> None:
    opened, kind = _CLIENTS[client]
    async with opened(kind, url) as (tools, call):
        _say("tools", count=tools)
        for label, name, arguments in calls:
            try:
                answer = await asyncio.wait_for(call(name, arguments), _SECONDS)
            except Exception as error:  # noqa: BLE001 - whatever a client raises is its answer
                _say(label, raised=f"{type(error).__name__}: {error}"[:5000])
            else:
                _say(label, answer=answer[:5000])


def _say(label: str, **told: object) -> None:
    sys.stdout.write(json.dumps({"call": label, **told}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], sys.argv[2], json.load(sys.stdin)))
