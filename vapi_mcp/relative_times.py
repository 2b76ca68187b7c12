"""Times relative to now: `-7d`, `today`, `this month`, and dates as the days they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from vapi_mcp.rfc3339 import read_moment

# Named in errors and descriptions.
EXAMPLES = "-24h, -7d, today, yesterday, this week, last month, 2026-11-01 or 2026-11-01T09:00:00Z"

_AGO = re.compile(r"([-+]?)(\d{1,6})\s?(min|h|d|w)", re.IGNORECASE)
_UNITS = {
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_PERIOD = re.compile(r"(this|last) (week|month|year)")


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, `start` included and `end` not; a moment is one without length."""

    start: datetime
    end: datetime

    @property
    def is_moment(self) -> bool:
        """Whether it has no length."""
        return self.start == self.end


def read_period(text: str, now: datetime, zone: tzinfo = UTC) -> Period:
    """Return what a text means: a day, week, month or year, or a moment.

    zone: where days begin and what a time without an offset means.

    Raises:
        ValueError: It is no time in any form known here.
    """
    words = " ".join(text.lower().replace("_", " ").split())
    if words == "now":
        return Period(now, now)
    if ago := _AGO.fullmatch(words):
        return _ago(ago, now)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if words in ("today", "yesterday", "tomorrow"):
        shift = {"today": 0, "yesterday": -1, "tomorrow": 1}[words]
        return _day(today + timedelta(days=shift))
    if period := _PERIOD.fullmatch(words):
        return _calendar(today, period[2], -1 if period[1] == "last" else 0)
    moment = read_moment(text.strip(), zone=zone)
    return _day(moment) if _DATE.fullmatch(words) else Period(moment, moment)


def _ago(ago: re.Match[str], now: datetime) -> Period:
    """Return a moment before now; after it with a plus."""
    sign = 1 if ago[1] == "+" else -1
    try:
        moment = now + sign * int(ago[2]) * _UNITS[ago[3].lower()]
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error
    return Period(moment, moment)


def _day(midnight: datetime) -> Period:
    return Period(midnight, midnight + timedelta(days=1))


def _calendar(today: datetime, unit: str, shift: int) -> Period:
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=shift)
        return Period(monday, monday + timedelta(weeks=1))
    if unit == "month":
        return Period(_month(today, shift), _month(today, shift + 1))
    january = today.replace(month=1, day=1)
    return Period(
        january.replace(year=january.year + shift), january.replace(year=january.year + shift + 1)
    )


def _month(today: datetime, shift: int) -> datetime:
    """Return the beginning of a month so many after that of a day."""
    months = today.year * 12 + today.month - 1 + shift
    return today.replace(year=months // 12, month=months % 12 + 1, day=1)
