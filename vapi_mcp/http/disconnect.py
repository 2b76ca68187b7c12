"""Clients that disconnect before their answer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from starlette.types import Receive, Scope

from vapi_mcp.web.letting_go import LETTING_GO

# Most calls are over sooner; for them the watch costs one timer that never fires.
_GRACE = 0.05


async def while_connected(work: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Run `work` until it ends or the client leaves, and cancel it in the second case.

    `receive` must have given the whole body already: what comes next can only be the end.
    """
    watch = _Watch(receive)
    try:
        await work
    except asyncio.CancelledError:
        if not watch.takes_back():
            raise
    else:
        watch.takes_back()
    finally:
        watch.stop()


def unsent_bytes(scope: Scope) -> int:
    """Return how much of what was answered waits in this process for its client to read."""
    held: dict[str, asyncio.Transport] | None = (scope.get("extensions") or {}).get(LETTING_GO)
    return held["transport"].get_write_buffer_size() if held else 0


class _Watch:
    """Watches over the task that makes it, and cancels it when the client leaves."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._work = asyncio.current_task()
        self._task: asyncio.Task[None] | None = None
        self._has_cancelled = False
        self._timer = asyncio.get_running_loop().call_later(_GRACE, self._start)

    def takes_back(self) -> bool:
        """Return whether the work was cancelled here and by nothing else, which is over then."""
        return self._has_cancelled and self._work is not None and self._work.uncancel() == 0

    def stop(self) -> None:
        self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def _start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._work is not None:
            self._has_cancelled = self._work.cancel()
