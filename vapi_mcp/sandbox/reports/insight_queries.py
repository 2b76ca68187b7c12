"""The queries of insights: filters, groups and one number for each bucket and group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from vapi_mcp.sandbox.reports.measures import aggregate, column
from vapi_mcp.sandbox.reports.time_ranges import Span
from vapi_mcp.sandbox.resources.scorecards import COMPARATORS
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import stored_moment, to_moment
from vapi_mcp.sandbox.state.sandbox import Sandbox

Cell: TypeAlias = tuple[str, Any]
Test: TypeAlias = Callable[[Any, Any], bool]
Table: TypeAlias = dict[Cell, float | None]

# The events that can be told from a call afterwards, and the property that tells.
_EVENTS: dict[str, Callable[[JsonObject], bool]] = {
    "call.queued": lambda call: bool(call.get("createdAt")),
    "call.started": lambda call: bool(call.get("startedAt")),
    "call.inProgress": lambda call: bool(call.get("startedAt")),
    "call.ended": lambda call: bool(call.get("endedAt")),
    "call.voicemailDetected": lambda call: call.get("endedReason") == "voicemail",
    "call.silenceTimeout": lambda call: call.get("endedReason") == "silence-timed-out",
    "call.maxDurationReached": lambda call: call.get("endedReason") == "exceeded-max-duration",
}


@dataclass(frozen=True, slots=True)
class QueryRun:
    """What all queries of one run share."""

    span: Span
    group_by: str | None
    assistant_id: str | None


def label_of(query: JsonObject, index: int) -> str:
    """Return what a query is called in formulas and results."""
    return query.get("name") or f"Query {index + 1}"


def run_queries(sandbox: Sandbox, queries: Sequence[JsonObject], run: QueryRun) -> dict[str, Table]:
    """Return, for each query by name, its number for every (bucket, group)."""
    calls = [
        call
        for call in sandbox.all("call")
        if run.span.holds(to_moment(call.get("createdAt")))
        and (run.assistant_id is None or call.get("assistantId") == run.assistant_id)
    ]
    return {
        label_of(query, index): _run_query(query, calls, run) for index, query in enumerate(queries)
    }


def _run_query(query: JsonObject, calls: Sequence[JsonObject], run: QueryRun) -> Table:
    happened = _EVENTS.get(query.get("on", ""), lambda _: False)
    is_event = query["table"] == "events"
    read = column("id" if is_event else query["column"])
    group = column(run.group_by) if run.group_by else None
    values: dict[Cell, list[Any]] = {}
    totals: dict[Cell, int] = {}
    for call in calls:
        created = stored_moment(call["createdAt"])
        bucket = run.span.bucket(created).isoformat()
        cell = (bucket, _plain(group(call)) if group else None)
        totals[cell] = totals.get(cell, 0) + 1
        if is_event and not happened(call):
            continue
        if is_event or all(_passes(one, call) for one in query.get("filters") or ()):
            values.setdefault(cell, []).append(read(call))
    if query["operation"] == "percentage":
        return {c: aggregate("sum", [100 * len(values.get(c, ())) / n]) for c, n in totals.items()}
    return {cell: aggregate(query["operation"], found) for cell, found in values.items()}


def _passes(condition: JsonObject, call: JsonObject) -> bool:
    operator = condition["operator"]
    holds = _OPERATORS.get(operator) or _compares(operator)
    return holds(column(condition["column"])(call), condition.get("value"))


def _compares(operator: str) -> Test:
    """Return a comparison of numbers, texts or instants; what cannot be compared fails."""

    def compare(value: Any, wanted: Any) -> bool:
        moment, edge = to_moment(value), to_moment(wanted)
        pair = (moment, edge) if moment and edge else (value, wanted)
        try:
            return bool(COMPARATORS[operator](*pair))
        except TypeError:
            return False

    return compare


def _contains(value: Any, wanted: Any) -> bool:
    return str(wanted).casefold() in str(value or "").casefold()


def _is_empty(value: Any, wanted: Any) -> bool:
    del wanted
    return value in (None, "", [])


def _is_in(value: Any, wanted: Any) -> bool:
    return value in (wanted or ())


def _not(holds: Test) -> Test:
    return lambda value, wanted: not holds(value, wanted)


_OPERATORS: dict[str, Test] = {
    "contains": _contains,
    "not_contains": _not(_contains),
    "in": _is_in,
    "not_in": _not(_is_in),
    "is_empty": _is_empty,
    "is_not_empty": _not(_is_empty),
}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
