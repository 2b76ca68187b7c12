"""Times relative to now."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from vapi_mcp.relative_times import Period, read_period

NOW = datetime(2026, 11, 28, 14, 30, tzinfo=UTC)  # a Saturday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-11-28", "2026-11-29"),
        ("Yesterday", "2026-11-27", "2026-11-28"),
        ("tomorrow", "2026-11-29", "2026-11-30"),
        ("this week", "2026-11-23", "2026-11-30"),
        ("last_week", "2026-11-16", "2026-11-23"),
        ("this month", "2026-11-01", "2026-12-01"),
        ("last month", "2026-10-01", "2026-11-01"),
        ("this year", "2026-01-01", "2027-01-01"),
        ("last year", "2025-01-01", "2026-01-01"),
        ("2026-02-28", "2026-02-28", "2026-03-01"),
    ],
)
def test_days_weeks_months_and_years_are_periods(text: str, start: str, end: str) -> None:
    assert read_period(text, NOW) == Period(at(start), at(end))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2026-11-28T14:30"),
        ("-90min", "2026-11-28T13:00"),
        ("24h", "2026-11-27T14:30"),
        ("-7d", "2026-11-21T14:30"),
        ("- 7d".replace(" ", ""), "2026-11-21T14:30"),
        ("+2w", "2026-12-12T14:30"),
        ("2026-11-01T09:00:00Z", "2026-11-01T09:00"),
    ],
)
def test_ages_and_full_dates_are_moments(text: str, moment: str) -> None:
    assert read_period(text, NOW) == Period(at(moment), at(moment))
    assert read_period(text, NOW).is_moment


def test_days_begin_where_the_zone_says() -> None:
    zone = ZoneInfo("America/New_York")
    late = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)  # the evening of the 27th there
    assert read_period("today", late, zone).start == datetime(2026, 11, 27, 5, tzinfo=UTC)
    assert read_period("2026-07-01", late, zone).start == datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert read_period("2026-07-01T10:00", late, zone).start.astimezone(UTC).hour == 14


def test_the_first_month_follows_the_last_one_of_the_year_before() -> None:
    assert read_period("last month", at("2026-01-15")).start == at("2025-12-01")
    assert read_period("this month", at("2026-12-15")).end == at("2027-01-01")


@pytest.mark.parametrize(
    "text", ["", "soon", "7", "-7", "-7y", "2026-13-01", "this day", "999999w"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever the words are
        read_period(text, NOW)
