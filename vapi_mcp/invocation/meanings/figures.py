"""What the figures of reports mean: units, the time range, the step, groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from vapi_mcp.invocation.meanings.ended_reasons import REASON
from vapi_mcp.invocation.meanings.null_groups import null_note
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.tools.ended_reasons import class_of

_STEPPED = ("bar", "line")
_MOST_REASONS = 40


def figure_notes(tool: Tool, body: Mapping[str, Any] | None, answer: Any) -> tuple[str, ...]:
    """Return what has to be said of the figures that a report answers."""
    spec = tool.spec
    if spec.effect != "read" or spec.resource not in ("analytics", "insights") or body is None:
        return ()
    is_insight = spec.resource == "insights"
    told = _of_insight(tool, body) if is_insight else _of_analytics(body, answer)
    return tuple(each for each in told if each)


def _of_analytics(body: Mapping[str, Any], answer: Any) -> Iterator[str | None]:
    queries = _objects(body.get("queries"))
    operations = [each for query in queries for each in _objects(query.get("operations"))]
    yield _units(each.get("column") for each in operations)
    yield _range(is_given=all("timeRange" in query for query in queries))
    is_stepless = any("step" not in (query.get("timeRange") or {}) for query in queries)
    if is_stepless and any(each.get("operation") == "history" for each in operations):
        yield "history without timeRange.step has one value a day."
    rows = [row for part in _objects(answer) for row in _objects(part.get("result"))]
    groups = [name for query in queries for name in _texts(query.get("groupBy"))]
    yield null_note(rows, dict.fromkeys(groups), "calls")
    yield _classes(rows)


def _of_insight(tool: Tool, body: Mapping[str, Any]) -> Iterator[str | None]:
    is_preview = tool.operation.path.endswith("/preview")
    queries = _objects(body.get("queries"))
    yield _units(query.get("column") for query in queries) if queries else _units(("*",))
    times = body.get("timeRange") or body.get("timeRangeOverride")
    yield _range(is_given=bool(times) or not is_preview)
    if body.get("type") in _STEPPED and "step" not in (times or {}):
        yield (
            "timeRange.step is day by default; for one figure a group give a step as long as the "
            "range, or type pie."
        )
    if is_preview:
        yield "A preview: nothing was saved."


def _units(columns: Iterable[Any]) -> str | None:
    names = {name for name in columns if isinstance(name, str)}
    is_any = "*" in names
    known = {
        "duration is in seconds": is_any or "duration" in names,
        "minutesUsed in minutes": "minutesUsed" in names,
        "costs are in US dollars": is_any or any(map(_is_cost, names)),
        "latencies are in milliseconds": is_any or any("Latency" in name for name in names),
    }
    told = [words for words, is_so in known.items() if is_so]
    return f"Units: {', '.join(told)}." if told else None


def _is_cost(name: str) -> bool:
    return name.startswith("cost") and not name.endswith(("Tokens", "Characters"))


def _range(*, is_given: bool) -> str:
    selects = "The time range selects calls by when they were placed (createdAt)"
    if is_given:
        return f"{selects}."
    return f'{selects}; none was given, so it is the last 7 days. start "all time" counts all.'


def _classes(rows: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the class of each reason among groups."""
    reasons = dict.fromkeys(reason for row in rows if isinstance(reason := row.get(REASON), str))
    classes: dict[str, list[str]] = {}
    for reason in list(reasons)[:_MOST_REASONS]:
        classes.setdefault(class_of(reason), []).append(reason[:120])
    told = "; ".join(f"{kind}: {', '.join(each)}" for kind, each in sorted(classes.items()))
    return f"Classes of endedReason: {told}." if told else None


def _objects(value: Any) -> list[dict[str, Any]]:
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", each) for each in items if isinstance(each, dict)]


def _texts(value: Any) -> list[str]:
    items = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [each for each in items if isinstance(each, str)]
