"""The conditions that Vapi's own filters can look at as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vapi_mcp.invocation.finding.conditions import Condition
from vapi_mcp.invocation.finding.criteria import Compared, Equal
from vapi_mcp.registry.tool import Tool
from vapi_mcp.rfc3339 import write_moment

_DATES = ("createdAt", "updatedAt")
_ENDINGS = {"gt": "Gt", "ge": "Ge", "lt": "Lt", "le": "Le"}
_NO_FILTERS = frozenset({"page", "limit", "sortBy", "sortOrder"})


def with_filters(
    tool: Tool, query: Mapping[str, Any], conditions: Sequence[Condition]
) -> dict[str, Any]:
    """Return a query with the filters that Vapi has for conditions; its own filters stay.

    Conditions are looked at here all the same, so a filter has only to keep what meets them.
    """
    filters: dict[str, Any] = {}
    for each in conditions:
        filters |= _date_filter(each, tool) or _id_filter(each, tool)
    return {**filters, **query}


def sort_filter(tool: Tool, key: str, *, descending: bool) -> dict[str, str] | None:
    """Return the query by which Vapi sorts by a key, None where it cannot."""
    known = tool.operation.query.get("sortBy", {}).get("enum", ())
    if key not in known:
        return None
    return {"sortBy": key, "sortOrder": "DESC" if descending else "ASC"}


def _id_filter(condition: Condition, tool: Tool) -> dict[str, Any]:
    """Return the filter for an id: of other texts, Vapi would tell upper from lower case."""
    name, criterion = condition.key.written, condition.criterion
    is_id = name == "id" or name.endswith("Id")
    if not is_id or name in _NO_FILTERS or name not in tool.operation.query:
        return {}
    if isinstance(criterion, Equal) and isinstance(criterion.value, str):
        return {name: criterion.value}
    return {}


def _date_filter(condition: Condition, tool: Tool) -> dict[str, Any]:
    name, criterion = condition.key.written, condition.criterion
    if name not in _DATES or f"{name}Ge" not in tool.operation.query:
        return {}
    if isinstance(criterion, Equal) and criterion.period is not None:
        period = criterion.period
        if period.is_moment:
            return {}
        start, end = write_moment(period.start), write_moment(period.end)
        return {f"{name}Ge": start, f"{name}Lt": end}
    if not isinstance(criterion, Compared) or criterion.moment is None:
        return {}
    ending = _ENDINGS[criterion.compare.__name__]
    return {name + ending: write_moment(criterion.moment, "milliseconds")}
