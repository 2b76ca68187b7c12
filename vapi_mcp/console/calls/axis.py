"""The time axis of a call: where its turns and tool calls lie, in thousandths of its length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 1000
# Narrower ones could not be seen.
_LEAST = 3.0
_LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the axis: where it begins, how wide it is, and its title."""

    x: float
    width: float
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The spans of a call on three lanes. seconds: the length of the axis."""

    seconds: float
    assistant: tuple[Span, ...]
    customer: tuple[Span, ...]
    tools: tuple[Span, ...]
    waits: tuple[Span, ...]


def axis_of(playback: Mapping[str, Any]) -> Axis | None:
    """Return the axis of a call; None where nothing of it has a place in time."""
    turns, tools = playback["turns"], playback["toolCalls"]
    ends = [each["end"] or each["start"] for each in [*turns, *tools]]
    seconds = max([*ends, playback["call"].get("seconds") or 0.0])
    if not ends or seconds <= 0:
        return None
    return Axis(
        seconds,
        _spans([t for t in turns if t["role"] == "assistant"], seconds, "assistant"),
        _spans([t for t in turns if t["role"] == "customer"], seconds, "customer"),
        _spans(tools, seconds, "tool"),
        tuple(_wait(turn, seconds) for turn in turns if turn.get("waited")),
    )


def _spans(parts: Sequence[Mapping[str, Any]], seconds: float, kind: str) -> tuple[Span, ...]:
    return tuple(
        _span(p["start"], p["end"] or p["start"], seconds, _title(p.get("text") or p["name"]), kind)
        for p in parts
    )


def _title(text: str) -> str:
    return text if len(text) <= _LONGEST_TITLE else f"{text[: _LONGEST_TITLE - 1]}…"


def _wait(turn: Mapping[str, Any], seconds: float) -> Span:
    start = turn["start"] - turn["waited"]
    return _span(start, turn["start"], seconds, f"waited {turn['waited']:.1f} s", "wait")


def _span(start: float, end: float, seconds: float, title: str, kind: str) -> Span:
    x = round(max(0.0, start) / seconds * WIDTH, 2)
    width = round(max(_LEAST, (end - start) / seconds * WIDTH), 2)
    return Span(x, min(width, WIDTH - x), title, kind)
