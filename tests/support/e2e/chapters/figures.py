"""Figures: analytics and insights must say what counting the listed calls says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.e2e.story import Noun, Story

INSIGHT = Noun("reporting_insight", "reporting_insights")

_COUNT = {"type": "vapiql-json", "table": "call", "column": "id", "operation": "count"}


async def count_calls(story: Story) -> None:
    """Ask for the same figures in three ways and count them in a fourth."""
    span = _past_days()
    calls = await story.walk(
        "list_all_vapi_calls",
        createdAtGe=span["start"],
        createdAtLe=span["end"],
        limit=100,
        fields=["id", "cost", "endedReason", "assistantId"],
    )
    assert len(calls) > 50
    await _analyse(story, span, calls)
    text = {**_COUNT, "name": "calls"}
    preview = await story.ok(
        "create_a_vapi_insight_preview", type="text", queries=[text], timeRange=span
    )
    assert preview["data"] == [{"calls": len(calls)}]
    await _keep_an_insight(story, span, calls)


async def _analyse(story: Story, span: dict[str, str], calls: list[Any]) -> None:
    operations = [
        {"operation": "count", "column": "id", "alias": "calls"},
        {"operation": "sum", "column": "cost", "alias": "cost"},
    ]
    query = {"name": "all", "table": "call", "operations": operations, "timeRange": span}
    split = {**query, "name": "by reason", "groupBy": ["endedReason"]}
    whole, parts = await story.ok("create_a_vapi_analytics", queries=[query, split])
    assert (whole["name"], parts["name"]) == ("all", "by reason")
    [total] = whole["result"]
    assert total["calls"] == len(calls)
    assert total["cost"] == pytest.approx(sum(call.get("cost") or 0 for call in calls))
    assert {row["endedReason"]: row["calls"] for row in parts["result"]} == _reasons(calls)
    assert sum(row["cost"] for row in parts["result"]) == pytest.approx(total["cost"])


async def _keep_an_insight(story: Story, span: dict[str, str], calls: list[Any]) -> None:
    query = {**_COUNT, "name": "calls"}
    made = await story.create(
        INSIGHT, type="pie", name="Ends", queries=[query], groupBy="endedReason"
    )
    await story.update(INSIGHT, made["id"], type="pie", name="Why calls end")
    run = await story.ok("create_a_vapi_run", id=made["id"], timeRangeOverride=span)
    assert run["insightId"] == made["id"]
    assert {row["endedReason"]: row["calls"] for row in run["data"]} == _reasons(calls)
    assistant_id = next(call["assistantId"] for call in calls if call.get("assistantId"))
    narrowed = await story.ok(
        "create_a_vapi_run", id=made["id"], timeRangeOverride=span, assistantId=assistant_id
    )
    own = [call for call in calls if call.get("assistantId") == assistant_id]
    assert {row["endedReason"]: row["calls"] for row in narrowed["data"]} == _reasons(own)
    await story.delete(INSIGHT, made["id"])


def _reasons(calls: list[Any]) -> dict[Any, int]:
    return dict(Counter(call.get("endedReason") for call in calls))


def _past_days() -> dict[str, str]:
    """Return ten days that ended a day ago: nothing moves there any more."""
    now = datetime.now(UTC)
    ends = {"start": now - timedelta(days=11), "end": now - timedelta(days=1)}
    return {
        name: moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for name, moment in ends.items()
    }
