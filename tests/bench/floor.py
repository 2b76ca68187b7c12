"""F1, the floor: `python -m tests.bench.floor UPSTREAM_URL LISTS_FILE`.

A bare Starlette app that parses the message, makes one call over aiohttp's pool and answers, with
the JSON of the standard library. It has no SDK and no checks, and shares no line with the server:
a slip there would slow both and show in neither.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.upstream_calls import HEADERS, target_of


class Floor:
    """The app over an upstream; `lists` are the tools of each path, made into bytes beforehand."""

    def __init__(self, upstream: str, lists: Mapping[str, Any]) -> None:
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
        connector = aiohttp.TCPConnector(limit=256, keepalive_timeout=30)
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(connector=connector, cookie_jar=jar) as self._session:
            yield

    async def _answer(self, request: Request) -> Response:
        message = json.loads(await request.body())
        if message["method"] == "tools/list":
            head = f'{{"jsonrpc":"2.0","id":{message["id"]},"result":'
            return _json(f"{head}{self._lists[request.url.path]}}}")
        url = self._upstream + target_of(message["params"])
        async with self._session.get(url, headers=HEADERS) as answer:
            content = {"type": "text", "text": await answer.text()}
        result = {"content": [content], "isError": False}
        return _json(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}))


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")


def _serve(upstream: str, lists: str) -> None:
    app = Floor(upstream, json.loads(Path(lists).read_text())).app()
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    _serve(*sys.argv[1:])
