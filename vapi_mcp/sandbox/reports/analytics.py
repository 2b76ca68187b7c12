"""`POST /analytics`: aggregates over the calls of a time range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from starlette.responses import Response

from vapi_mcp.sandbox.reports.measures import Column, aggregate, column, concurrency
from vapi_mcp.sandbox.reports.time_ranges import Span, read_span
from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.sandbox.requests.request import SandboxRequest
from vapi_mcp.sandbox.requests.responses import json_answer
from vapi_mcp.sandbox.resources.crud import Handler, success
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import stored_moment, to_moment
from vapi_mcp.sandbox.state.sandbox import Sandbox

Group: TypeAlias = tuple[Any, ...]


def analyse(sandbox: Sandbox, asked: SandboxRequest) -> Response:
    """Answer each query with its name, its time range and its rows."""
    queries: list[JsonObject] = asked.body["queries"]
    if not queries:
        raise bad_request(["queries should not be empty"])
    results = [_answer(sandbox, query, index) for index, query in enumerate(queries)]
    return json_answer(results, success(asked))


def _answer(sandbox: Sandbox, query: JsonObject, index: int) -> JsonObject:
    place = f"queries.{index}"
    if not query["operations"]:
        raise bad_request([f"{place}.operations should not be empty"])
    span = read_span(query.get("timeRange"), sandbox.now(), f"{place}.timeRange")
    calls = [call for call in sandbox.all("call") if span.holds(to_moment(call.get("createdAt")))]
    columns = {
        operation["column"]: concurrency(sandbox.all("call"))
        if operation["column"] == "concurrency"
        else column(operation["column"])
        for operation in query["operations"]
    }
    names, readers = _grouping(query)
    rows: list[JsonObject] = []
    groups = _grouped(calls, span, readers)
    for key in sorted(groups, key=_sortable):
        date = {"date": key[0].isoformat()} if span.step else {}
        group = dict(zip(names, key[1:], strict=True))
        numbers = _numbers(query["operations"], span, columns, groups[key])
        rows.append({**date, **group, **numbers})
    return {"name": query["name"], "timeRange": span.describe(), "result": rows}


def _grouping(query: JsonObject) -> tuple[list[str], list[Column]]:
    """Return the names and readers of the columns to group by; a subscription has none."""
    if query["table"] == "subscription":
        return [], []
    plain: list[str] = query.get("groupBy") or []
    keys: list[str] = [entry["key"] for entry in query.get("groupByVariableValue") or ()]
    readers = [column(name) for name in plain]
    readers += [column(f"artifact.variableValues.{key}") for key in keys]
    return [*plain, *(f"variableValues.{key}" for key in keys)], readers


def _grouped(
    calls: Sequence[JsonObject], span: Span, readers: Sequence[Column]
) -> dict[Group, list[JsonObject]]:
    """Sort calls into groups by bucket and columns; ungrouped, there is one even when empty."""
    groups: dict[Group, list[JsonObject]] = {}
    if span.step is None and not readers:
        groups[(span.bucket(span.start),)] = []
    for call in calls:
        created = stored_moment(call["createdAt"])
        key = (span.bucket(created), *(_hashable(read(call)) for read in readers))
        groups.setdefault(key, []).append(call)
    return groups


def _numbers(
    operations: Sequence[JsonObject],
    span: Span,
    columns: Mapping[str, Column],
    calls: Sequence[JsonObject],
) -> JsonObject:
    numbers: JsonObject = {}
    for operation in operations:
        name, kind = operation["column"], operation["operation"]
        alias = operation.get("alias") or f"{kind}{name}"
        if kind == "history":
            numbers[alias] = _history(span, columns[name], name, calls)
        else:
            numbers[alias] = aggregate(kind, [columns[name](call) for call in calls])
    return numbers


def _history(span: Span, read: Column, name: str, calls: Sequence[JsonObject]) -> list[JsonObject]:
    """Return a column over time: concurrency by its peak, ids by their number, the rest summed."""
    stepped = span if span.step else Span(span.start, span.end, span.zone, "day")
    kind = {"concurrency": "max", "id": "count"}.get(name, "sum")
    values: dict[Any, list[Any]] = {bucket: [] for bucket in stepped.buckets()}
    for call in calls:
        created = stored_moment(call["createdAt"])
        values.setdefault(stepped.bucket(created), []).append(read(call))
    return [
        {"date": bucket.isoformat(), "value": aggregate(kind, found) or 0}
        for bucket, found in values.items()
    ]


def _hashable(value: Any) -> Any:
    return str(value) if isinstance(value, dict | list) else value


def _sortable(key: Group) -> tuple[str, ...]:
    bucket, *group = key
    return (bucket.isoformat(), *(str(value) for value in group))


HANDLERS: Mapping[str, Handler] = {"POST /analytics": analyse}
