"""The charts in an answer: of insights and of analytics, which differ in form only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vapi_mcp.invocation.charts.series import Rows, series_of

MOST_CHARTS = 6
_LONGEST = 120


def charts_of(answer: Any) -> list[dict[str, Any]]:
    """Return a chart for each set of rows that an answer holds, the first few of them."""
    shown = [_chart(name, kind, within, rows) for name, kind, within, rows in _sets(answer)]
    return [chart for chart in shown if chart][:MOST_CHARTS]


def _sets(answer: Any) -> Iterator[tuple[str, str | None, Any, Rows]]:
    """Give the name, kind, time range and rows of each set."""
    for each in answer if isinstance(answer, list) else [answer]:
        if not isinstance(each, dict):
            continue
        rows = each.get("data", each.get("result"))
        if isinstance(rows, list):
            kind = each.get("type")
            sound = [row for row in rows if isinstance(row, dict)]
            yield _text(each.get("name")), _text(kind) or None, each.get("timeRange"), sound


def _chart(name: str, kind: str | None, within: Any, rows: Rows) -> dict[str, Any] | None:
    found = series_of(rows)
    if not found.series:
        return None
    return {
        "title": name,
        "kind": _kind(kind, found.axis, found.labels),
        "axis": found.axis,
        "labels": found.labels,
        "series": found.series,
        "leftOut": found.left_out,
        **_range(within),
    }


def _kind(named: str | None, axis: str | None, labels: Sequence[str]) -> str:
    """Return how it is drawn: as plain figures, a line over time, or bars."""
    if axis is None:
        return "figures"
    return "line" if axis == "date" and named != "bar" and len(labels) > 1 else "bar"


def _range(within: Any) -> dict[str, Any]:
    known = within if isinstance(within, dict) else {}
    named = {name: _text(known.get(name)) for name in ("start", "end", "step", "timezone")}
    return {"range": named} if any(named.values()) else {}


def _text(value: Any) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
