"""The turns of a simulated call in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from vapi_mcp.rfc3339 import read_moment

Speaker = Literal["bot", "user"]
_READING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Turn:
    """When one side of a call speaks, in seconds from the start."""

    speaker: Speaker
    start: float
    end: float


def turns_of(call: dict[str, Any]) -> list[Turn]:
    """Return the spoken turns of a call in order; none without messages."""
    messages = call.get("messages") or (call.get("artifact") or {}).get("messages") or []
    turns = [_turn(message) for message in messages if message.get("role") in {"bot", "user"}]
    return sorted(turns, key=lambda turn: turn.start)


def started_at(call: dict[str, Any]) -> datetime:
    """Return when a call began, or was created when it never did."""
    return _moment(call.get("startedAt") or call["createdAt"])


def duration_of(call: dict[str, Any]) -> float:
    """Return a call's length in seconds: as recorded, or until the last turn ends."""
    last = max((turn.end for turn in turns_of(call)), default=0.0)
    if call.get("startedAt") and call.get("endedAt"):
        return max(last, (_moment(call["endedAt"]) - started_at(call)).total_seconds())
    return last


def _turn(message: dict[str, Any]) -> Turn:
    start = float(message.get("secondsFromStart") or 0)
    if "endTime" in message and "time" in message:
        length = (message["endTime"] - message["time"]) / 1000
    else:
        length = _READING_SECONDS
    return Turn(message["role"], start, start + max(0.2, length))


def _moment(text: str) -> datetime:
    return read_moment(text).astimezone(UTC)
