from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.sandbox import NOON, ORG, Driver, drive
from vapi_mcp.sandbox.reports.formulas import evaluate
from vapi_mcp.sandbox.requests.refusals import Refusal
from vapi_mcp.sandbox.state.dates import to_text
from vapi_mcp.sandbox.state.snapshot import StateSnapshot

OUTPUT = "7c5f0a4e-0000-4000-8000-000000000001"


def _world() -> StateSnapshot:
    """Three ended calls of the last days, two of assistant A and one of B."""
    world = StateSnapshot(ORG)
    for number, (assistant, days, seconds, cost, mood) in enumerate(
        [("A", 1, 30, 0.5, 8), ("A", 2, 90, 1.5, 4), ("B", 2, 60, 1.0, None)]
    ):
        start = NOON - timedelta(days=days)
        found = {"name": "Mood", "result": mood}
        world.resources["call"][f"call-{number}"] = {
            "id": f"call-{number}",
            "orgId": ORG,
            "type": "webCall",
            "status": "ended",
            "assistantId": assistant,
            "endedReason": "customer-ended-call" if assistant == "A" else "voicemail",
            "customer": {"number": f"+1415555012{number}"},
            "createdAt": to_text(start),
            "updatedAt": to_text(start),
            "startedAt": to_text(start),
            "endedAt": to_text(start + timedelta(seconds=seconds)),
            "cost": cost,
            "artifact": {"structuredOutputs": {OUTPUT: found} if mood else {}},
        }
    return world


def _count(name: str, *filters: Any) -> dict[str, Any]:
    query = {"type": "vapiql-json", "table": "call", "column": "id", "operation": "count"}
    return {**query, "name": name, "filters": list(filters)}


def _number(name: str, column: str, operation: str, *filters: Any) -> dict[str, Any]:
    return {**_count(name, *filters), "column": column, "operation": operation}


async def _preview(sandbox: Driver, **insight: Any) -> Any:
    return (await sandbox.ok("POST", "/reporting/insight/preview", insight))["data"]


async def _counted(**condition: Any) -> int:
    """Return how many of the three calls pass a filter."""
    async with drive(_world()) as sandbox:
        rows = await _preview(sandbox, type="text", queries=[_count("n", condition)])
    return rows[0]["n"] or 0


async def test_a_pie_has_a_row_for_each_group() -> None:
    async with drive(_world()) as sandbox:
        rows = await _preview(sandbox, type="pie", groupBy="assistantId", queries=[_count("calls")])
    assert rows == [{"assistantId": "A", "calls": 2}, {"assistantId": "B", "calls": 1}]


async def test_a_line_has_a_row_for_each_day_also_the_empty_ones() -> None:
    async with drive(_world()) as sandbox:
        queries = [_count("calls"), _number("cost", "cost", "sum")]
        rows = await _preview(sandbox, type="line", timeRange={"start": "-3d"}, queries=queries)
    assert [(row["date"][:10], row["calls"], row["cost"]) for row in rows] == [
        ("2026-11-17", None, None),
        ("2026-11-18", 2, 2.5),
        ("2026-11-19", 1, 0.5),
        ("2026-11-20", None, None),
    ]


async def test_formulas_are_computed_in_every_row() -> None:
    async with drive(_world()) as sandbox:
        rows = await _preview(
            sandbox,
            type="bar",
            groupBy="assistantId",
            timeRange={"start": "-3d", "step": "year"},
            queries=[_number("spent", "cost", "sum"), _count("all calls")],
            formulas=[{"name": "each", "formula": "{{spent}} / {{['all calls']}} * 100"}],
        )
    assert [row["each"] for row in rows] == [100, 100]


async def test_a_text_insight_is_one_row() -> None:
    async with drive(_world()) as sandbox:
        rows = await _preview(
            sandbox,
            type="text",
            queries=[_number("longest", "duration", "max"), _count("n")],
            formula={"name": "x", "formula": "{{longest}} ^ 2 + {{n}}"},
        )
    assert rows == [{"longest": 90, "n": 3, "x": 8103}]


async def test_structured_outputs_can_be_measured_filtered_and_grouped() -> None:
    column = f"artifact.structuredOutputs[{OUTPUT}]"
    async with drive(_world()) as sandbox:
        moods = await _preview(sandbox, type="text", queries=[_number("mood", column, "average")])
        groups = await _preview(sandbox, type="pie", groupBy=column, queries=[_count("n")])
    assert moods == [{"mood": 6}]
    assert {row[column]: row["n"] for row in groups} == {4: 1, 8: 1, None: 1}
    assert await _counted(column=column, operator=">", value=5) == 1
    assert await _counted(column=column, operator="is_empty", value="") == 1


@pytest.mark.parametrize(
    ("column", "operator", "value", "found"),
    [
        ("assistantId", "=", "A", 2),
        ("assistantId", "!=", "A", 1),
        ("endedReason", "contains", "MAIL", 1),
        ("endedReason", "not_contains", "mail", 2),
        ("assistantId", "in", ["B", "C"], 1),
        ("assistantId", "not_in", ["B"], 2),
        ("squadId", "is_empty", [], 3),
        ("customerNumber", "is_not_empty", [], 3),
        ("customerNumber", "=", "+14155550121", 1),
        ("duration", ">", 60, 1),
        ("duration", ">=", 60, 2),
        ("cost", "<", 1, 1),
        ("cost", "in", [0.5, 1.5], 2),
        ("startedAt", ">", "2026-11-19T00:00:00Z", 1),
    ],
)
async def test_filters_leave_in_what_they_say(
    column: str, operator: str, value: Any, found: int
) -> None:
    assert await _counted(column=column, operator=operator, value=value) == found


async def test_recharts_gives_points_and_slices() -> None:
    async with drive(_world()) as sandbox:
        pie = {"type": "pie", "groupBy": "assistantId", "queries": [_count("calls")]}
        made = await sandbox.ok("POST", "/reporting/insight", pie)
        charted = {"formatPlan": {"format": "recharts"}}
        slices = await sandbox.ok("POST", f"/reporting/insight/{made['id']}/run", charted)
        bar = {**pie, "type": "bar", "timeRange": {"start": "-3d", "step": "year"}}
        made = await sandbox.ok("POST", "/reporting/insight", bar)
        points = await sandbox.ok("POST", f"/reporting/insight/{made['id']}/run", charted)
    assert slices["data"] == [
        {"name": "A", "value": 2, "key": "calls"},
        {"name": "B", "value": 1, "key": "calls"},
    ]
    assert points["data"] == [{"date": "2026-01-01T00:00:00+00:00", "A calls": 2, "B calls": 1}]


async def test_a_run_changes_nothing_and_its_range_replaces_the_saved_one() -> None:
    async with drive(_world()) as sandbox:
        saved = {"start": "2020-01-01", "end": "2020-02-01"}
        insight = {"type": "text", "queries": [_count("n")], "timeRange": saved}
        made = await sandbox.ok("POST", "/reporting/insight", insight)
        path = f"/reporting/insight/{made['id']}"
        empty = await sandbox.ok("POST", f"{path}/run", {})
        override = {"timeRangeOverride": {"timezone": "UTC"}}
        week = await sandbox.ok("POST", f"{path}/run", override)
        mine = await sandbox.ok("POST", f"{path}/run", {**override, "assistantId": "A"})
        assert await sandbox.ok("GET", path) == made
    assert [run["data"][0]["n"] for run in (empty, week, mine)] == [None, 3, 2]
    assert week["insightId"] == made["id"]
    assert week["timeRange"]["start"] == "2026-11-13T12:00:00.000Z"


@pytest.mark.parametrize(
    ("insight", "message"),
    [
        ({"type": "pie"}, "queries should not be empty"),
        ({"type": "pie", "queries": []}, "queries should not be empty"),
        ({"type": "donut", "queries": [_count("n")]}, "type must be one of the following"),
        (
            {"type": "text", "queries": [_count("a"), _count("b")]},
            "A Text Insight With Several Queries Needs A `formula`.",
        ),
        (
            {"type": "bar", "queries": [_count("a")], "formulas": [{"formula": "{{b}} + 1"}]},
            "Formula '{{b}} + 1' Names The Unknown Query 'b'.",
        ),
        (
            {"type": "bar", "queries": [_count("a")], "formulas": [{"formula": "1 + 1"}]},
            "Formula '1 + 1' Must Contain At Least One Query Name.",
        ),
        (
            {"type": "pie", "queries": [_count("a")], "timeRange": {"start": "-7 days"}},
            "timeRange.start must be a valid ISO 8601 date string or a relative time",
        ),
    ],
)
async def test_insights_that_make_no_sense_are_refused(insight: Any, message: str) -> None:
    async with drive() as sandbox:
        said = await sandbox.refused("POST", "/reporting/insight", insight)
    assert (said if isinstance(said, str) else said[0]).startswith(message)


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("{{a}} + {{b}} * 2", 14),
        ("({{a}} - {{ b }}) / {{['c d']}}", -0.5),
        ("{{a}} % 3", 1),
        ("{{a}} ^ 2", 16),
        ("round({{a}} / 3)", 1),
        ("max({{a}}, {{b}}, 7)", 7),
        ("{{a}} / ({{a}} - {{a}})", None),
        ("{{a}} + {{none}}", None),
    ],
)
def test_formulas_are_arithmetic(formula: str, result: float | None) -> None:
    values = {"a": 4.0, "b": 5.0, "c d": 2.0, "none": None}
    assert evaluate(formula, values) == result


@pytest.mark.parametrize(
    "formula",
    [
        "{{a}}.real",
        "__import__('os').getcwd() + {{a}}",
        "{{a}} if {{a}} else 1",
        "[{{a}} for _ in 'x']",
        "{{a}} ^ 999",
        "{{a}} +",
        "True + {{a}}",
        "'x' * {{a}}",
        "sqrt({{a}} - 100)",
    ],
)
def test_formulas_are_nothing_but_arithmetic(formula: str) -> None:
    with pytest.raises(Refusal):
        evaluate(formula, {"a": 4.0})
