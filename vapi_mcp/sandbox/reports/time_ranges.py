"""Time ranges of reports: relative times, default bounds, and the buckets of a step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vapi_mcp.sandbox.requests.refusals import bad_request
from vapi_mcp.sandbox.state.collection import JsonObject
from vapi_mcp.sandbox.state.dates import to_moment, to_text

DEFAULT_LENGTH = timedelta(days=7)
MAX_BUCKETS = 100_000

_RELATIVE = re.compile(r"-(\d{1,5})([hdwmy])")
_HOURS = {"h": 1, "d": 24, "w": 168, "m": 24 * 30, "y": 24 * 365}
_YEARS = {"year": 1, "decade": 10, "century": 100, "millennium": 1000}
_FIXED = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}

# What a short step sets to zero.
_CLEARED: dict[str, tuple[Literal["hour", "minute", "second", "microsecond"], ...]] = {
    "second": ("microsecond",),
    "minute": ("second", "microsecond"),
    "hour": ("minute", "second", "microsecond"),
    "day": ("hour", "minute", "second", "microsecond"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A time range in a time zone; `step` is None when it is one single bucket."""

    start: datetime
    end: datetime
    zone: ZoneInfo
    step: str | None

    def holds(self, moment: datetime | None) -> bool:
        """Return whether an instant lies in the range, both ends included."""
        return moment is not None and self.start <= moment <= self.end

    def bucket(self, moment: datetime) -> datetime:
        """Return the local start of the bucket that an instant falls into."""
        local = moment.astimezone(self.zone)
        return _floor(local, self.step) if self.step else self.start.astimezone(self.zone)

    def buckets(self) -> list[datetime]:
        """Return the local starts of all buckets of the range, oldest first."""
        if self.step is None:
            return [self.start.astimezone(self.zone)]
        found: list[datetime] = []
        current = self.bucket(self.start)
        while current <= self.end and len(found) < MAX_BUCKETS:
            found.append(current)
            current = _next(current, self.step)
        return found

    def describe(self) -> JsonObject:
        """Return the range as reports state it."""
        step = {"step": self.step} if self.step else {}
        bounds = {"start": to_text(self.start), "end": to_text(self.end)}
        return {**step, **bounds, "timezone": self.zone.key}


def read_span(given: JsonObject | None, now: datetime, place: str, step: str | None = None) -> Span:
    """Read `{start, end, timezone, step}`; by default the last seven days, UTC, with this step.

    Raises:
        Refusal: 400 for a bound, a zone or an order that cannot be.
    """
    given = given or {}
    zone = _zone(given.get("timezone") or "UTC", place)
    start = _bound(given.get("start"), now - DEFAULT_LENGTH, now, zone, f"{place}.start")
    end = _bound(given.get("end"), now, now, zone, f"{place}.end")
    if end < start:
        raise bad_request(f"{place}.end Must Be After {place}.start.")
    return Span(start, end, zone, given.get("step") or step)


def _zone(name: str, place: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise bad_request([f"{place}.timezone must be a valid IANA time zone"]) from None


def _bound(text: object, default: datetime, now: datetime, zone: ZoneInfo, place: str) -> datetime:
    if text is None:
        return default
    if text == "now":
        return now
    relative = _RELATIVE.fullmatch(text) if isinstance(text, str) else None
    try:
        if relative:
            return now - timedelta(hours=int(relative[1]) * _HOURS[relative[2]])
        moment = to_moment(text)
    except OverflowError:
        moment = None
    if moment is None:
        raise bad_request([f"{place} must be a valid ISO 8601 date string or a relative time"])
    is_date = len(str(text)) == len("2026-01-01")
    return moment.replace(tzinfo=zone).astimezone(UTC) if is_date else moment


def _floor(local: datetime, step: str) -> datetime:
    if step in _CLEARED:
        return local.replace(**dict.fromkeys(_CLEARED[step], 0))
    midnight = _floor(local, "day")
    if step == "week":
        return midnight - timedelta(days=local.weekday())
    if step == "month":
        return midnight.replace(day=1)
    if step == "quarter":
        return midnight.replace(month=(local.month - 1) // 3 * 3 + 1, day=1)
    size = _YEARS[step]
    return midnight.replace(year=max(1, local.year // size * size), month=1, day=1)


def _next(bucket: datetime, step: str) -> datetime:
    if step in ("second", "minute", "hour"):
        # Through UTC, so that an hour is an hour when clocks change.
        later = bucket.astimezone(UTC) + timedelta(seconds=_FIXED[step])
        return later.astimezone(bucket.tzinfo)
    if step in _FIXED:
        return bucket + timedelta(seconds=_FIXED[step])
    if step in ("month", "quarter"):
        index = bucket.month - 1 + (3 if step == "quarter" else 1)
        return bucket.replace(year=bucket.year + index // 12, month=index % 12 + 1)
    size = _YEARS[step]
    return bucket.replace(year=bucket.year + (size if bucket.year >= size else size - 1))
