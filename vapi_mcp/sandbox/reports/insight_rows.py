"""Query results as rows, formulas computed, and in the shape a chart library takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vapi_mcp.sandbox.reports.formulas import evaluate
from vapi_mcp.sandbox.reports.insight_queries import Cell, QueryRun, Table
from vapi_mcp.sandbox.state.collection import JsonObject


def raw_rows(
    tables: Mapping[str, Table], formulas: Sequence[JsonObject], run: QueryRun
) -> list[JsonObject]:
    """Return one row for each bucket and group: date, group, every query and every formula."""
    rows: list[JsonObject] = []
    for cell in _cells(tables, run):
        numbers = {name: table.get(cell) for name, table in tables.items()}
        row: JsonObject = {"date": cell[0]} if run.span.step else {}
        if run.group_by:
            row[run.group_by] = cell[1]
        row |= numbers
        for index, formula in enumerate(formulas):
            name = formula.get("name") or f"Formula {index + 1}"
            row[name] = evaluate(formula["formula"], numbers)
        rows.append(row)
    return rows


def recharts(rows: Sequence[JsonObject], insight: JsonObject, run: QueryRun) -> list[JsonObject]:
    """Return rows as chart points: one a date with a key for each series, or slices of a pie."""
    if insight["type"] == "pie":
        return _slices(rows, run)
    points: dict[Any, JsonObject] = {}
    for row in rows:
        point = points.setdefault(row.get("date"), {"date": row["date"]} if "date" in row else {})
        for name, value in _numbers(row, run).items():
            series = f"{row[run.group_by]} {name}" if run.group_by else name
            point[series] = value
    return list(points.values())


def _slices(rows: Sequence[JsonObject], run: QueryRun) -> list[JsonObject]:
    return [
        {"name": row[run.group_by] if run.group_by else name, "value": value, "key": name}
        for row in rows
        for name, value in _numbers(row, run).items()
    ]


def _numbers(row: JsonObject, run: QueryRun) -> JsonObject:
    return {name: value for name, value in row.items() if name not in ("date", run.group_by)}


def _cells(tables: Mapping[str, Table], run: QueryRun) -> list[Cell]:
    """Return all buckets and groups, also the dates on which nothing happened."""
    found = {cell for table in tables.values() for cell in table}
    if not run.group_by:
        found |= {(bucket.isoformat(), None) for bucket in run.span.buckets()}
    return sorted(found, key=lambda cell: (cell[0], str(cell[1])))
