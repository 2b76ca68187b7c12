"""Calls of a fresh sandbox."""

from __future__ import annotations

from typing import Any

from vapi_mcp.sandbox.seed.calls.frame import frame_call
from vapi_mcp.sandbox.seed.calls.plan import planned_calls
from vapi_mcp.sandbox.seed.calls.silent import is_silent, silent_call
from vapi_mcp.sandbox.seed.calls.spoken import spoken_call
from vapi_mcp.sandbox.seed.draws import SeededRandom


def seed_calls(draws: SeededRandom) -> list[dict[str, Any]]:
    """Return the calls of the last thirty days, in every status and of every type."""
    return [
        silent_call(frame) if is_silent(frame.placement.ending) else spoken_call(frame)
        for frame in (frame_call(draws, placement) for placement in planned_calls())
    ]
