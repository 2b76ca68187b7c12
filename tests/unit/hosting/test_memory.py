"""The memory of a process: what is free goes back to the system, and threads share a heap."""

from __future__ import annotations

import asyncio
import ctypes
import time
from typing import Any
from unittest.mock import Mock, call, patch

import pytest

from vapi_mcp.hosting.memory import give_back_buffers, giving_back


def test_large_buffers_get_memory_of_their_own_and_threads_share_one_heap() -> None:
    library = Mock(spec_set=["mallopt"])
    with patch.object(ctypes, "CDLL", return_value=library):
        give_back_buffers()
    assert library.mallopt.mock_calls == [call(-3, 2**20), call(-1, 2**21), call(-8, 1)]


@pytest.mark.parametrize("loaded", [OSError, TypeError, lambda _: object()])
def test_another_allocator_is_left_as_it_is(loaded: Any) -> None:
    with patch.object(ctypes, "CDLL", side_effect=loaded):
        give_back_buffers()


async def test_after_each_second_of_work_and_no_other_the_heap_is_trimmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    looked = asyncio.Event()
    # Work before the first look and the fifth.
    used = iter([0.0, 5.0, 5.0, 5.001, 5.002, 6.0, 6.0, 6.0, 6.0, 6.0])

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 10:
            looked.set()
            await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(asyncio, "sleep", pause)
    monkeypatch.setattr(time, "process_time", lambda: next(used))
    library = Mock(spec_set=["malloc_trim"])
    with patch.object(ctypes, "CDLL", return_value=library):
        async with giving_back():
            await looked.wait()
    assert library.malloc_trim.mock_calls == [call(0), call(0)]
    assert waits == [1, 1, 2, 4, 8, 1, 2, 4, 8, 10]


@pytest.mark.parametrize("loaded", [OSError, TypeError, lambda _: object()])
async def test_another_allocator_is_not_trimmed(loaded: Any) -> None:
    before = asyncio.all_tasks()
    with patch.object(ctypes, "CDLL", side_effect=loaded):
        async with giving_back():
            assert asyncio.all_tasks() == before
