"""Clients that disconnect before their answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from anyio import CancelScope
from starlette.types import Receive, Scope

from vapi_mcp.web.letting_go import LETTING_GO

# Most calls are over sooner; for them the watch costs one timer that never fires.
_GRACE = 0.05


async def while_connected(work: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Run `work` until it ends or the client leaves, and cancel it in the second case.

    `receive` must have given the whole body already: what comes next can only be the end.
    """
    with CancelScope() as scope:
        watch = _Watch(receive, scope)
        timer = asyncio.get_running_loop().call_later(_GRACE, watch.start)
        try:
            await work
        finally:
            timer.cancel()
            watch.stop()


def unsent_bytes(scope: Scope) -> int:
    """Return how much of what was answered waits in this process for its client to read."""
    held: dict[str, asyncio.Transport] | None = (scope.get("extensions") or {}).get(LETTING_GO)
    return held["transport"].get_write_buffer_size() if held else 0


class _Watch:
    def __init__(self, receive: Receive, scope: CancelScope) -> None:
        self._receive = receive
        self._scope = scope
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._wait())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._scope.cancel()
