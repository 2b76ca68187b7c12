"""Any ASGI app on a free port of this machine, for as long as a test needs it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeAlias

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import HTTPProtocolType

from vapi_mcp.http.drain import Drain, DrainingServer

HttpProtocol: TypeAlias = HTTPProtocolType | type[asyncio.Protocol]

# How soon the end of the last connection is noticed, in seconds.
_TICK = 0.002


class _Prompt(uvicorn.Server):
    """A uvicorn that ends with its last connection: the usual one looks ten times a second.

    The order of a shutdown is uvicorn's own; whole processes, in `tests/e2e`, run that itself.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        try:
            async with asyncio.timeout(self.config.timeout_graceful_shutdown):
                await self._answered()
        except TimeoutError:
            for task in self.server_state.tasks:
                task.cancel()
        await self.lifespan.shutdown()

    async def _answered(self) -> None:
        while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110 - sets only
            await asyncio.sleep(_TICK)
        for server in self.servers:
            await server.wait_closed()


class _Announcing(DrainingServer, _Prompt):
    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        super().__init__(config, drain)
        self.listening = asyncio.Event()
        self.stopping = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def main_loop(self) -> None:
        # The usual one looks ten times a second whether it should end.
        await self.stopping.wait()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        # Signals belong to the test run.
        yield

    @property
    def port(self) -> int:
        return self.servers[0].sockets[0].getsockname()[1]


class Running:
    """An app that answers at `url`; `stop` is what SIGTERM does."""

    def __init__(self, server: _Announcing) -> None:
        self._server = server
        self.port = server.port
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.stopping.set()

    def narrow(self) -> None:
        """Have the system hold little of what clients of later connections leave unread."""
        for listener in self._server.servers[0].sockets:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)

    async def idle(self) -> None:
        """Return once no request is being answered."""
        while tasks := self._server.server_state.tasks:
            await asyncio.wait(tasks)


@asynccontextmanager
async def serving(
    app: ASGIApp, *, drain: Drain | None = None, http: HttpProtocol = "httptools"
) -> AsyncGenerator[Running]:
    """Serve `app` on loopback; it has started on entry and ended on exit."""
    config = uvicorn.Config(
        app,
        port=0,
        http=http,
        ws="none",
        proxy_headers=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    server = _Announcing(config, drain or Drain())
    task = asyncio.create_task(server.serve())
    started = asyncio.create_task(server.listening.wait())
    await asyncio.wait({task, started}, return_when=asyncio.FIRST_COMPLETED)
    started.cancel()
    try:
        if task.done():
            await task
            raise RuntimeError("the app did not start")
        yield Running(server)
    finally:
        server.stopping.set()
        await task
