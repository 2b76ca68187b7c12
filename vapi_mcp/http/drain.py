"""The drain of a process that has to end."""

from __future__ import annotations

import asyncio
import socket

import uvicorn

# How soon a second Ctrl-C is noticed, in seconds; as in uvicorn's own loop.
_TICK = 0.1


class Drain:
    """The wish to end: open event streams see it, answer what is in flight and close.

    delay: how many seconds requests are still taken, so that load balancers see in time that the
    process is no longer ready.
    """

    def __init__(self, delay: float = 0) -> None:
        self.delay = delay
        self._begun = asyncio.Event()

    @property
    def has_begun(self) -> bool:
        """Return whether the process is on its way out."""
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
    put off for ever.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain) -> None:
        super().__init__(config)
        self._drain = drain

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin the drain, take requests a little longer, then shut down as usual."""
        self._drain.begin()
        loop = asyncio.get_running_loop()
        until = loop.time() + self._drain.delay
        while loop.time() < until and not self.force_exit:  # noqa: ASYNC110 - uvicorn has a flag only
            await asyncio.sleep(_TICK)
        await super().shutdown(sockets)
