"""A long run that is told to end ends what it started first."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Return what some work returns; SIGTERM cancels it and ends the program with 1."""
    try:
        return asyncio.run(_cancelled_by_a_signal(work))
    except asyncio.CancelledError:
        sys.exit("ended before it was done")


async def _cancelled_by_a_signal(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task
