"""Answers of reports say units, range, step and groups."""

from __future__ import annotations

from typing import Any

from tests.support.invocation import called

GIVEN = "The time range selects calls by when they were placed (createdAt)."
DEFAULT = (
    "The time range selects calls by when they were placed (createdAt); none was given, so it is "
    'the last 7 days. start "all time" counts all.'
)
PREVIEW = "create_a_vapi_insight_preview"
SUM = {"type": "vapiql-json", "table": "call", "column": "cost", "operation": "sum"}


def query(column: str, operation: str = "sum", **more: Any) -> dict[str, Any]:
    operations = [{"operation": operation, "column": column}]
    return {"name": "a", "table": "call", "operations": operations, **more}


async def test_analytics_say_units_and_range() -> None:
    queries = [query("duration", timeRange={"start": "-7d"}), query("cost", timeRange={})]
    result = await called([], "create_a_vapi_analytics", queries=queries)
    assert result.notes == (
        "Units: duration is in seconds, costs are in US dollars.",
        GIVEN,
    )


async def test_analytics_say_the_usual_range_and_step() -> None:
    result = await called([], "create_a_vapi_analytics", queries=[query("id", "history")])
    assert result.notes == (DEFAULT, "history without timeRange.step has one value a day.")


async def test_analytics_explain_null_groups_and_reasons() -> None:
    answer = [
        {
            "name": "a",
            "result": [
                {"endedReason": None, "countid": 2},
                {"endedReason": "voicemail", "countid": 1},
                {"endedReason": "customer-busy", "countid": 1},
            ],
        }
    ]
    queries = [query("id", "count", groupBy=["endedReason"], timeRange={"start": "-7d"})]
    result = await called(answer, "create_a_vapi_analytics", queries=queries)
    assert result.notes == (
        GIVEN,
        "endedReason null counts calls that have not ended, or without a reason.",
        "Classes of endedReason: no_contact: voicemail, customer-busy.",
    )


async def test_a_preview_says_that_nothing_was_saved_and_the_usual_step() -> None:
    times = {"start": "-7d"}
    result = await called({}, PREVIEW, type="bar", queries=[SUM], timeRange=times)
    assert result.notes == (
        "Units: costs are in US dollars.",
        GIVEN,
        (
            "timeRange.step is day by default; for one figure a group give a step as long as the "
            "range, or type pie."
        ),
        "A preview: nothing was saved.",
    )
