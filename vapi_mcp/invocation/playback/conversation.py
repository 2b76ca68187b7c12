"""The turns and tool calls of a conversation, on the time axis of its recording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

_SPEAKERS: Mapping[str, str] = {"bot": "assistant", "assistant": "assistant", "user": "customer"}
_LATENCIES = ("turn", "transcriber", "endpointing", "model", "voice")
MOST_TURNS = 300
MOST_TOOL_CALLS = 100
_LONGEST_TEXT = 600
_LONGEST_NAME = 80
# Of all turns, in characters: some hosts pass on no more than 150,000 of a whole result.
_MOST_TEXT = 60_000
_MILLISECONDS = 1000
_MOST_NUMBER = 1e12


def turns_of(call: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return who said what, from which second to which.

    An answer of the assistant says how long it was waited for, in seconds, and what took so long
    where Vapi measured each answer.
    """
    turns = [turn for message in _messages(call) if (turn := _turn(message))]
    pairs = [(asked, turn) for asked, turn in pairwise(turns) if _answers(asked, turn)]
    for asked, turn in pairs:
        turn["waited"] = round(max(0.0, turn["start"] - asked["end"]), 3)
    measured = _measured(call)
    if len(measured) == len(pairs):
        for (_, turn), latency in zip(pairs, measured, strict=True):
            turn["latency"] = latency
    return turns


def fitting(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the first turns, as many as a player takes."""
    room, kept = _MOST_TEXT, list[dict[str, Any]]()
    for turn in turns[:MOST_TURNS]:
        room -= len(turn["text"])
        if room < 0:
            break
        kept.append(turn)
    return kept


def tool_calls_of(call: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the tools that the assistant called, from which second to which.

    The end is None where no result came.
    """
    ends: dict[Any, float] = {}
    for message in _messages(call):
        seconds = _number(message.get("secondsFromStart"))
        if message.get("role") == "tool_call_result" and seconds is not None:
            ends[_key(message.get("toolCallId"))] = seconds
    made = [each for message in _messages(call) for each in _made(message, ends)]
    return made[:MOST_TOOL_CALLS]


def _made(message: Mapping[str, Any], ends: Mapping[Any, float]) -> Iterator[dict[str, Any]]:
    start, calls = _number(message.get("secondsFromStart")), message.get("toolCalls")
    if start is None or not isinstance(calls, list):
        return
    for each in calls:
        function = each.get("function") if isinstance(each, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if isinstance(name, str):
            end = ends.get(_key(each.get("id")))
            yield {"name": name[:_LONGEST_NAME], "start": start, "end": end}


def _messages(call: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    artifact = call.get("artifact")
    held = artifact.get("messages") if isinstance(artifact, dict) else None
    found = held if isinstance(held, list) and held else call.get("messages")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _turn(message: Mapping[str, Any]) -> dict[str, Any] | None:
    role, text = _SPEAKERS.get(str(message.get("role"))), message.get("message")
    start = _number(message.get("secondsFromStart"))
    if role is None or start is None or not isinstance(text, str) or not text.strip():
        return None
    lasted = (_number(message.get("duration")) or 0.0) / _MILLISECONDS
    shown = text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
    return {"role": role, "text": shown, "start": start, "end": round(start + lasted, 3)}


def _answers(before: Mapping[str, Any], turn: Mapping[str, Any]) -> bool:
    return before["role"] == "customer" and turn["role"] == "assistant"


def _measured(call: Mapping[str, Any]) -> list[dict[str, float]]:
    """Return how long the parts of each answer took, in milliseconds."""
    artifact = call.get("artifact")
    metrics = artifact.get("performanceMetrics") if isinstance(artifact, dict) else None
    found = metrics.get("turnLatencies") if isinstance(metrics, dict) else None
    return [_parts(each) for each in found] if isinstance(found, list) else []


def _parts(latency: Any) -> dict[str, float]:
    known = latency if isinstance(latency, dict) else {}
    parts = {name: _number(known.get(f"{name}Latency")) for name in _LATENCIES}
    return {name: value for name, value in parts.items() if value is not None}


def _number(value: Any) -> float | None:
    """Return a number of zero or more; one that no call can have is none."""
    return value if type(value) in (int, float) and 0 <= value < _MOST_NUMBER else None


def _key(value: Any) -> str | None:
    return value if isinstance(value, str) else None
