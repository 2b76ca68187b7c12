from __future__ import annotations

import asyncio
import socket

import uvicorn
from sse_starlette.sse import AppStatus


class Drain:
    """The wish to end: open event streams see it, answer what is in flight and close."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()

    @property
    def has_begun(self) -> bool:
        """Say whether the process is on its way out."""
        return self._begun.is_set()

    def begin(self) -> None:
        """Ask the streams to close."""
        self._begun.set()

    async def wait(self) -> None:
        """Return once the streams should close."""
        await self._begun.wait()


class DrainingServer(uvicorn.Server):
    """A uvicorn that tells the app's streams before it waits for them to end.

    The app is told nothing by ASGI until its last connection is gone, which an open stream would
    put off for ever; and the stream library left alone cuts streams with calls still in flight.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        super().__init__(config)
        self._drain = drain
        AppStatus.disable_automatic_graceful_drain()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin the drain, then shut down as usual."""
        self._drain.begin()
        await super().shutdown(sockets)
