"""All that a player shows of one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vapi_mcp.invocation.playback.call_facts import call_facts
from vapi_mcp.invocation.playback.conversation import fitting, tool_calls_of, turns_of


def playback_of(
    call: Mapping[str, Any], recording: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return a call for a player, with its recording where there is one to hear.

    It is bounded: `leftOut` says how many turns of a long call are missing.
    """
    turns = turns_of(call)
    shown = fitting(turns)
    return {
        "call": call_facts(call),
        "turns": shown,
        "leftOut": len(turns) - len(shown),
        "toolCalls": tool_calls_of(call),
        "recording": recording,
    }
