"""The memory of a process: large buffers go back to the system, and threads share a heap."""

from __future__ import annotations

import ctypes
from typing import Any
from unittest.mock import Mock, call, patch

import pytest

from vapi_mcp.hosting.memory import give_back_buffers


def test_large_buffers_get_memory_of_their_own_and_threads_share_one_heap() -> None:
    library = Mock(spec_set=["mallopt"])
    with patch.object(ctypes, "CDLL", return_value=library):
        give_back_buffers()
    assert library.mallopt.mock_calls == [call(-3, 2**20), call(-1, 2**21), call(-8, 1)]


@pytest.mark.parametrize("loaded", [OSError, TypeError, lambda _: object()])
def test_another_allocator_is_left_as_it_is(loaded: Any) -> None:
    with patch.object(ctypes, "CDLL", side_effect=loaded):
        give_back_buffers()
