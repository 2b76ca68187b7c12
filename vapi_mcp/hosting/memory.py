"""The memory of a process that loads much at its start and keeps it."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

# Fewer and later collections: what is loaded at start never becomes garbage.
_THRESHOLDS = (50_000, 50, 100)
# With its own command line httpx loads rich and pygments: 5 MB, and a twentieth of a second.
# uvicorn loads what would watch files, to start again when one changes.
_UNUSED = ("httpx._main", "watchfiles")

# Parameters of glibc's allocator, and bytes: from this size on a buffer has memory of its own, and
# gives it back at once; so much may stay free at the end of the rest. Left alone, both grow with
# the largest buffer, and large lists scatter what stays over what is free.
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1
_OWN_MEMORY, _MOST_FREE = 2**20, 2**21
# Left alone, each thread that allocates takes a heap of its own, and keeps what it once needed.
_ARENA_MAX, _HEAPS = -8, 1
# Seconds between two looks, fewer and more, and those of processor time that show work between.
_OFTEN, _RARELY, _WORKED = 1.0, 10.0, 0.01


def load_sparingly() -> None:
    """Load and collect no more than needed, from before the imports of a command."""
    for name in _UNUSED:
        # To Python this is a module that cannot be loaded, and the others do without it.
        sys.modules.setdefault(name, None)  # pyright: ignore[reportArgumentType, reportCallIssue] - its type knows modules only
    collect_rarely()


def collect_rarely() -> None:
    """Make collections rare: they cost a tenth of a start."""
    gc.set_threshold(*_THRESHOLDS)


def settle_memory() -> None:
    """Take what is loaded out of the garbage collector's sight; call it once, after start.

    What is garbage by then stays as well: a collection would find some thousand small objects, for
    a fifteenth of a start.
    """
    gc.freeze()
    collect_rarely()
    give_back_buffers()


def give_back_buffers() -> None:
    """Let memory that answers took go back to the system; only glibc knows how.

    Threads keep the heaps they have, so call it before they start.
    """
    with suppress(AttributeError, OSError, TypeError):
        set_parameter = ctypes.CDLL(None).mallopt
        set_parameter(_MMAP_THRESHOLD, _OWN_MEMORY)
        set_parameter(_TRIM_THRESHOLD, _MOST_FREE)
        set_parameter(_ARENA_MAX, _HEAPS)


def keep_loaded() -> None:
    """Take what was loaded late out of its sight; nothing is held up meanwhile."""
    gc.freeze()


@asynccontextmanager
async def giving_back() -> AsyncGenerator[None]:
    """Give what is free inside the heap back to the system while this is held, after any work.

    Only glibc can do it.
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        yield
        return
    task = asyncio.create_task(_give_back(trim), name="memory")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _give_back(trim: Callable[[int], object]) -> None:
    wait, used = _OFTEN, time.process_time()
    while True:
        await asyncio.sleep(wait)
        before, used = used, time.process_time()
        if used - before < _WORKED:
            wait = min(2 * wait, _RARELY)
        else:
            trim(0)
            wait = _OFTEN
