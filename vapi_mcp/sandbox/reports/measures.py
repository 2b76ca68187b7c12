"""The columns of the call table, and how values become one number."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import to_moment

Column: TypeAlias = Callable[[JsonObject], Any]

_OUTPUT = re.compile(r"artifact\.structuredOutputs\[(.+)\]")
_PLACES = 6
_LATENCIES = {
    f"average{part}Latency": f"{part.lower()}LatencyAverage"
    for part in ("Model", "Voice", "Transcriber", "Turn", "Endpointing")
}
# Names that reports use, where the call itself says it differently.
_PATHS = {
    "customerNumber": ("customer", "number"),
    "forwardedPhoneNumber": ("destination", "number"),
    "costBreakdown.transcriber": ("costBreakdown", "stt"),
    "costBreakdown.analysisBreakdown.summary": (
        "costBreakdown",
        "analysisCostBreakdown",
        "summary",
    ),
    **{name: ("artifact", "performanceMetrics", inner) for name, inner in _LATENCIES.items()},
}


def column(name: str) -> Column:
    """Return what reads a column from a call; None is what a call does not have."""
    if name == "duration":
        return duration
    if name == "minutesUsed":
        return lambda call: None if (d := duration(call)) is None else d / 60
    output = _OUTPUT.fullmatch(name)
    if output:
        path = ("artifact", "structuredOutputs", output[1], "result")
    else:
        path = _PATHS.get(name) or tuple(name.split("."))
    return lambda call: _at(call, path)


def duration(call: JsonObject) -> float | None:
    """Return the seconds a call lasted, once it has ended."""
    start, end = to_moment(call.get("startedAt")), to_moment(call.get("endedAt"))
    return (end - start).total_seconds() if start and end else None


def concurrency(calls: Iterable[JsonObject]) -> Column:
    """Return a column that says how many calls were up when a call began, itself included."""
    started = [call for call in calls if call.get("startedAt")]
    starts = sorted(call["startedAt"] for call in started)
    ends = sorted(call["endedAt"] for call in started if call.get("endedAt"))

    def read(call: JsonObject) -> int | None:
        moment = call.get("startedAt")
        if not moment:
            return None
        return bisect_right(starts, moment) - bisect_left(ends, moment)

    return read


def aggregate(operation: str, values: Sequence[Any]) -> float | None:
    """Return sum, avg/average, min, max or count; values that are no numbers only count."""
    present = [value for value in values if value is not None]
    if operation == "count":
        return len(present)
    numbers = [float(v) for v in present if isinstance(v, int | float)]
    if operation == "sum":
        return _rounded(sum(numbers))
    if not numbers:
        return None
    match operation:
        case "min":
            return _rounded(min(numbers))
        case "max":
            return _rounded(max(numbers))
        case _:
            return _rounded(sum(numbers) / len(numbers))


def _rounded(number: float) -> float:
    rounded = round(float(number), _PLACES)
    return int(rounded) if rounded.is_integer() else rounded


def _at(item: Any, path: Sequence[str]) -> Any:
    for name in path:
        item = item.get(name) if isinstance(item, Mapping) else None
    return item
