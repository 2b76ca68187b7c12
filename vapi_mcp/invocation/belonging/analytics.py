"""Analytics over the assistants of one client."""

from __future__ import annotations

from typing import Any, cast

from vapi_mcp.invocation.belonging.estate import Estate

_GROUP = "assistantId"


def grouped(body: Any) -> dict[str, Any] | None:
    """Return queries whose rows say of which assistant they are; None where that cannot be."""
    given = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    queries = given.get("queries")
    if not isinstance(queries, list):
        return None
    asked = [_grouped(each) for each in cast("list[Any]", queries)]
    return None if None in asked else {**given, "queries": asked}


def own_rows(answer: Any, estate: Estate) -> list[Any]:
    """Return the results with the rows of owned assistants alone."""
    results = cast("list[Any]", answer) if isinstance(answer, list) else []
    return [_own(each, estate) for each in results if isinstance(each, dict)]


def _grouped(query: Any) -> dict[str, Any] | None:
    if not isinstance(query, dict):
        return None
    asked = cast("dict[str, Any]", query)
    groups = asked.get("groupBy") or []
    if asked.get("table") != "call" or not isinstance(groups, list):
        return None
    names = cast("list[Any]", groups)
    return asked if _GROUP in names else {**asked, "groupBy": [*names, _GROUP]}


def _own(result: dict[str, Any], estate: Estate) -> dict[str, Any]:
    rows = result.get("result")
    there = cast("list[Any]", rows) if isinstance(rows, list) else []
    return {**result, "result": [row for row in there if _is_own(row, estate)]}


def _is_own(row: Any, estate: Estate) -> bool:
    named = cast("dict[str, Any]", row).get(_GROUP) if isinstance(row, dict) else None
    return isinstance(named, str) and ("assistant", named) in estate.owned
