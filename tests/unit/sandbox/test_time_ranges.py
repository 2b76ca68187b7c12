"""Time ranges of reports, cut into steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from vapi_mcp.sandbox.reports.time_ranges import Span, read_span
from vapi_mcp.sandbox.requests.refusals import Refusal

NOW = datetime(2026, 11, 20, 12, 30, 15, 250000, tzinfo=UTC)


def span(**given: Any) -> Span:
    return read_span(given, NOW, "timeRange")


@pytest.mark.parametrize(
    ("step", "start", "starts"),
    [
        ("second", "2026-11-20T12:30:13.5Z", ["2026-11-20T12:30:13", "2026-11-20T12:30:14"]),
        ("minute", "2026-11-20T12:29:40Z", ["2026-11-20T12:29:00"]),
        ("hour", "2026-11-20T11:10:00Z", ["2026-11-20T11:00:00"]),
        ("day", "2026-11-18T23:00:00Z", ["2026-11-18T00:00:00", "2026-11-19T00:00:00"]),
        ("week", "2026-11-12T08:00:00Z", ["2026-11-09T00:00:00"]),
        ("month", "2026-09-30T08:00:00Z", ["2026-09-01T00:00:00", "2026-10-01T00:00:00"]),
        ("quarter", "2026-08-15T08:00:00Z", ["2026-07-01T00:00:00"]),
        ("year", "2025-08-15T08:00:00Z", ["2025-01-01T00:00:00"]),
        ("decade", "2015-08-15T08:00:00Z", ["2010-01-01T00:00:00"]),
        ("century", "1987-08-15T08:00:00Z", ["1900-01-01T00:00:00"]),
        ("millennium", "0800-08-15T08:00:00Z", ["0001-01-01T00:00:00", "1000-01-01T00:00:00"]),
    ],
)
def test_a_step_begins_where_people_would_begin_it(
    step: str, start: str, starts: list[str]
) -> None:
    found = [
        each.replace(tzinfo=None).isoformat() for each in span(step=step, start=start).buckets()
    ]
    last = span(step=step).bucket(NOW).replace(tzinfo=None).isoformat()
    assert found == [*starts, last]


def test_an_hour_is_an_hour_when_clocks_change() -> None:
    night = span(
        step="hour",
        start="2026-10-25T00:00:00Z",
        end="2026-10-25T03:00:00Z",
        timezone="Europe/Berlin",
    )
    assert [each.strftime("%H %Z") for each in night.buckets()] == [
        "02 CEST",
        "02 CET",
        "03 CET",
        "04 CET",
    ]


def test_a_range_without_a_step_is_one_bucket_of_seven_days() -> None:
    whole = read_span(None, NOW, "timeRange")
    assert whole.buckets() == [NOW - timedelta(days=7)] == [whole.bucket(NOW)]
    assert whole.describe() == {
        "start": "2026-11-13T12:30:15.250Z",
        "end": "2026-11-20T12:30:15.250Z",
        "timezone": "UTC",
    }


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("-36h", NOW - timedelta(hours=36)),
        ("-1m", NOW - timedelta(days=30)),
        ("now", NOW),
        ("2026-11-01", datetime(2026, 10, 31, 23, tzinfo=UTC)),
        ("2026-11-01T00:00:00Z", datetime(2026, 11, 1, tzinfo=UTC)),
    ],
)
def test_a_bound_is_relative_or_a_date_of_its_zone_or_an_instant(
    text: str, start: datetime
) -> None:
    assert span(start=text, timezone="Europe/Berlin").start == start


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"start": "soon"}, "timeRange.start must be a valid ISO 8601 date string"),
        ({"start": "-99999y"}, "timeRange.start must be a valid ISO 8601 date string"),
        ({"end": 7}, "timeRange.end must be a valid ISO 8601 date string"),
        ({"start": "now", "end": "-1d"}, "timeRange.end Must Be After timeRange.start."),
        ({"timezone": "Mars/Olympus"}, "timezone"),
    ],
)
def test_a_range_that_cannot_be_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(Refusal) as refused:
        span(**given)
    assert refused.value.status == 400
    assert told in str(refused.value.body)
