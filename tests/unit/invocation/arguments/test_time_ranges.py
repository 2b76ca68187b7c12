"""Time ranges of reports may be relative; Vapi gets what it takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.invocation import REGISTRY, called
from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.time_ranges import with_times_written_out

# A Saturday.
NOW = datetime(2026, 11, 28, 15, 30, tzinfo=UTC)
SENT_NOW = "2026-11-28T15:30:00.000Z"


def query(**time_range: str) -> dict[str, Any]:
    operations = [{"operation": "count", "column": "id"}]
    return {"name": "a", "table": "call", "operations": operations, "timeRange": time_range}


def sent(**time_range: str) -> dict[str, Any]:
    tool = REGISTRY.find("create_a_vapi_analytics")
    body, problems = with_times_written_out(tool, {"queries": [query(**time_range)]}, NOW)
    assert problems == []
    return body["queries"][0]["timeRange"]


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ({"start": "-7d"}, {"start": "2026-11-21T15:30:00.000Z"}),
        ({"start": "today"}, {"start": "2026-11-28T00:00:00.000Z"}),
        (
            {"start": "today", "timezone": "America/New_York"},
            {"start": "2026-11-28T05:00:00.000Z", "timezone": "America/New_York"},
        ),
        (
            {"start": "last month"},
            {"start": "2026-10-01T00:00:00.000Z", "end": "2026-11-01T00:00:00.000Z"},
        ),
        (
            {"start": "2026-11-01", "end": "this month"},
            {"start": "2026-11-01", "end": SENT_NOW},
        ),
        ({"start": "-24h", "end": "now"}, {"start": "2026-11-27T15:30:00.000Z", "end": SENT_NOW}),
        ({"start": "all time"}, {"start": "2020-01-01T00:00:00.000Z"}),
        ({"start": "2026-11-01T00:00:00Z"}, {"start": "2026-11-01T00:00:00Z"}),
    ],
)
def test_relative_times_of_analytics_are_written_out(
    given: dict[str, str], written: dict[str, str]
) -> None:
    assert sent(**given) == written


def test_insights_keep_what_vapi_takes_itself() -> None:
    tool = REGISTRY.find("create_a_vapi_insight_preview")
    kept = {"timeRange": {"start": "-7d", "end": "now"}}
    assert with_times_written_out(tool, kept, NOW) == (kept, [])
    written, _ = with_times_written_out(tool, {"timeRange": {"start": "yesterday"}}, NOW)
    assert written["timeRange"] == {
        "start": "2026-11-27T00:00:00.000Z",
        "end": "2026-11-28T00:00:00.000Z",
    }


def test_saved_insights_keep_their_times() -> None:
    tool = REGISTRY.find("create_a_vapi_reporting_insight")
    kept = {"timeRange": {"start": "today"}}
    assert with_times_written_out(tool, kept, NOW) == (kept, [])


async def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(InvalidArguments) as caught:
        await called([], "create_a_vapi_analytics", queries=[query(start="whenever")])
    assert caught.value.message == (
        "create_a_vapi_analytics: queries[0].timeRange.start 'whenever' is no date: -24h, -7d, "
        "today, yesterday, this week, last month, 2026-11-01 or 2026-11-01T09:00:00Z, or all time. "
        "Nothing was sent."
    )
