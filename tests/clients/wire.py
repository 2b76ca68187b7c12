"""Reads the MCP version off what a client and the server send each other."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from aiohttp import ClientSession, ClientTimeout, web

# The newer protocol names its version in each request, the older in the answer to `initialize`.
_IN_REQUESTS = re.compile(rb'io\.modelcontextprotocol/protocolVersion"\s*:\s*"([\d-]+)"')
_IN_ANSWERS = re.compile(rb'"protocolVersion"\s*:\s*"([\d-]+)"')
_HOP_BY_HOP = frozenset({"connection", "content-length", "transfer-encoding", "host"})


class Wire:
    """What was seen between a client and the server; the last version counts."""

    def __init__(self) -> None:
        self.version = ""

    def sent(self, data: bytes) -> None:
        self._take(_IN_REQUESTS.findall(data))

    def received(self, data: bytes) -> None:
        self._take(_IN_ANSWERS.findall(data[:5000]))

    def exchanged(self, sent: bytes, received: bytes) -> None:
        """Take a POST and its whole answer; a subclass reads them."""

    def _take(self, found: list[bytes]) -> None:
        if found:
            self.version = found[-1].decode()


@contextmanager
def tapped(origin: str, wire: Wire) -> Generator[str]:
    """Serve what `origin` serves at another origin, which is yielded, and tell `wire` of it."""
    loop = asyncio.new_event_loop()
    proxy = _Proxy(origin, wire)
    url = loop.run_until_complete(proxy.start())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield url
    finally:
        asyncio.run_coroutine_threadsafe(proxy.stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Proxy:
    def __init__(self, origin: str, wire: Wire) -> None:
        self._origin = origin
        self._wire = wire
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self._forward)
        self._runner = web.AppRunner(app, shutdown_timeout=1)

    async def start(self) -> str:
        self._session = ClientSession(auto_decompress=False, timeout=ClientTimeout(total=None))
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        await self._runner.cleanup()
        await self._session.close()
        # A stream that a client left open is still being read.
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self._wire.sent(body)
        kept = {k: v for k, v in request.headers.items() if k.lower() not in _HOP_BY_HOP}
        # What is compressed cannot be read.
        headers = {**kept, "Accept-Encoding": "identity"}
        url = f"{self._origin}{request.path_qs}"
        async with self._session.request(
            request.method, url, data=body or None, headers=headers, allow_redirects=False
        ) as answer:
            heads = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP}
            response = web.StreamResponse(status=answer.status, headers=heads)
            await response.prepare(request)
            pieces: list[bytes] = []
            # A client may leave before the end.
            with suppress(ConnectionResetError):
                async for piece in answer.content.iter_any():
                    self._wire.received(piece)
                    if request.method == "POST":
                        pieces.append(piece)
                    await response.write(piece)
            self._wire.exchanged(body, b"".join(pieces))
            return response
