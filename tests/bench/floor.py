"""F1, the floor: `python -m tests.bench.floor aiohttp|httpx UPSTREAM_URL LISTS_FILE`.

A bare Starlette app that parses the message, makes one call over aiohttp's pool and answers, with
the JSON of the standard library. It has no SDK and no checks, and shares no line with the server:
a slip there would slow both and show in neither. With `httpx`, which most servers have, httpx makes
the same call over the same pool.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import uvicorn
from httpx_aiohttp import AiohttpTransport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.upstream_calls import HEADERS, target_of

Fetch = Callable[[str], Awaitable[str]]


class Floor:
    """The app over a client; `lists` are the tools of each path, made into bytes beforehand."""

    def __init__(self, client: str, upstream: str, lists: Mapping[str, Any]) -> None:
        self._opened = _CLIENTS[client]
        self._upstream = upstream
        self._lists = {
            f"/{name}": json.dumps({"tools": tools}, separators=(",", ":"), ensure_ascii=False)
            for name, tools in lists.items()
        }

    def app(self) -> Starlette:
        """Return the app: one path for all tools and one for those of a scope."""
        routes = [Route(path, self._answer, methods=["POST"]) for path in self._lists]
        return Starlette(routes=routes, lifespan=self._lifespan)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncGenerator[None]:
        async with self._opened() as self._fetch:
            yield

    async def _answer(self, request: Request) -> Response:
        message = json.loads(await request.body())
        if message["method"] == "tools/list":
            head = f'{{"jsonrpc":"2.0","id":{message["id"]},"result":'
            return _json(f"{head}{self._lists[request.url.path]}}}")
        text = await self._fetch(self._upstream + target_of(message["params"]))
        result = {"content": [{"type": "text", "text": text}], "isError": False}
        return _json(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}))


@asynccontextmanager
async def _aiohttp() -> AsyncGenerator[Fetch]:
    async with _session() as session:

        async def fetch(url: str) -> str:
            async with session.get(url, headers=HEADERS) as answer:
                return await answer.text()

        yield fetch


@asynccontextmanager
async def _httpx() -> AsyncGenerator[Fetch]:
    async with httpx.AsyncClient(
        transport=AiohttpTransport(client=_session), trust_env=False
    ) as client:

        async def fetch(url: str) -> str:
            return (await client.get(url, headers=HEADERS)).text

        yield fetch


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=256, keepalive_timeout=30)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


_CLIENTS = {"aiohttp": _aiohttp, "httpx": _httpx}


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")


def _serve(client: str, upstream: str, lists: str) -> None:
    app = Floor(client, upstream, json.loads(Path(lists).read_text())).app()
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    _serve(*sys.argv[1:])
