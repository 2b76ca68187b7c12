"""The floor: `python -m tests.bench.floor UPSTREAM_URL`.

A bare Starlette app that takes the same POST, makes the same pooled call and returns the bytes.
What any server in this language must cost, so what ours costs on top can be seen. Its client is
written out here: were it taken from the server, a slip there would slow both and show in neither.
"""

from __future__ import annotations

import socket
import sys

import aiohttp
import httpx
import uvicorn
from httpx_aiohttp import AiohttpTransport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.answers import ASSISTANT_ID, CALLS_READ, tools_list
from vapi_mcp.hosting.memory import settle_memory

_HEADERS = {"authorization": "Bearer sandbox-bench", "accept-encoding": "gzip"}


def create_floor(upstream: str) -> Starlette:
    """Return the floor over an upstream; each route is one question."""
    client = _client()
    listed = tools_list()

    async def get(request: Request) -> Response:
        await request.body()
        answer = await client.get(f"{upstream}/assistant/{ASSISTANT_ID}", headers=_HEADERS)
        return _json(answer.content)

    async def calls(request: Request) -> Response:
        await request.body()
        answer = await client.get(
            f"{upstream}/call", params={"limit": str(CALLS_READ)}, headers=_HEADERS
        )
        return _json(answer.content)

    async def tools(request: Request) -> Response:
        await request.body()
        return _json(listed)

    endpoints = {"/get": get, "/calls": calls, "/tools": tools}
    return Starlette(routes=[Route(p, e, methods=["POST"]) for p, e in endpoints.items()])


def _client() -> httpx.AsyncClient:
    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=256, keepalive_timeout=30)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return httpx.AsyncClient(transport=AiohttpTransport(client=session), trust_env=False)


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def _serve(upstream: str) -> None:
    app = create_floor(upstream)
    listener = socket.create_server(("127.0.0.1", 0))
    settle_memory()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    _serve(sys.argv[1])
