"""F2: `python -m tests.bench.sdk_server http|stdio UPSTREAM_URL LISTS_FILE`.

The SDK's low-level server without anything around it, over the SDK's own transports, with the
client that the SDK brings. It lists the same tools as the server and answers two of them.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import Any

import httpx2
import mcp_types as types
import uvicorn
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from tests.bench.upstream_calls import HEADERS, target_of


class SdkServer:
    """The server over an upstream. The client is one for all requests, as are the tools."""

    def __init__(self, upstream: str, definitions: list[dict[str, Any]]) -> None:
        self._client = httpx2.AsyncClient(base_url=upstream, headers=HEADERS)
        self._listed = types.ListToolsResult(
            tools=[types.Tool.model_validate(definition) for definition in definitions]
        )
        schemas = {definition["name"]: definition["inputSchema"] for definition in definitions}
        self.server: Server[Any] = Server(
            "bench",
            version="1",
            get_tool_input_schema=schemas.get,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    async def _list(
        self, _: ServerRequestContext[Any, Any], __: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return self._listed

    async def _call(
        self, _: ServerRequestContext[Any, Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        target = target_of({"name": params.name, "arguments": params.arguments or {}})
        answer = await self._client.get(target)
        return types.CallToolResult(content=[types.TextContent(type="text", text=answer.text)])


def _serve_http(server: Server[Any]) -> None:
    app = server.streamable_http_app(json_response=True, stateless_http=True)
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
    uvicorn.Server(config).run(sockets=[listener])


async def _serve_stdio(server: Server[Any]) -> None:
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _serve(transport: str, upstream: str, lists: str) -> None:
    server = SdkServer(upstream, json.loads(Path(lists).read_text())["all"]).server
    if transport == "http":
        _serve_http(server)
    else:
        asyncio.run(_serve_stdio(server))


if __name__ == "__main__":
    _serve(*sys.argv[1:])
