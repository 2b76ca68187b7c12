"""Calling hours as moments: when they end, and when they begin next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from vapi_mcp.accounts.time_zones import zone

Day: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY = timedelta(days=1)
# Hours repeat every week; a change of clocks may take one chance away, not two.
_HORIZON = 15


@dataclass(frozen=True, slots=True)
class CallingHours:
    """When people may be called, on their own clocks: from one time until another, on these days.

    A `to` at or before `from` is on the next morning. No days are all days.
    """

    begin: str
    end: str
    days: tuple[Day, ...] = ()

    @property
    def as_json(self) -> dict[str, Any]:
        """The hours as a policy has them."""
        days = {"days": list(self.days)} if self.days else {}
        return {"from": self.begin, "to": self.end, **days}

    def on(self, weekday: int) -> bool:
        """Return whether hours begin on a weekday (0 is Monday)."""
        return not self.days or DAYS[weekday % 7] in self.days

    def __str__(self) -> str:
        days = f" on {', '.join(self.days)}" if self.days else ""
        return f"{self.begin} to {self.end}{days}"


@dataclass(frozen=True, slots=True)
class Opening:
    """A time during which everybody may be called."""

    begins: datetime
    ends: datetime


def open_until(hours: CallingHours, name: str, moment: datetime) -> datetime | None:
    """Return when the hours end that a moment is in, in a zone; None if it is in none."""
    day = moment.astimezone(zone(name)).date()
    until: datetime | None = None
    for begins, ends in _spans(hours, zone(name), day - _DAY, 9):
        inside = begins <= (until or moment) <= ends if until else begins <= moment < ends
        if inside:
            until = ends
    return until


def next_opening(
    hours: CallingHours, zones: Iterable[str], after: datetime, lasts: timedelta = timedelta()
) -> Opening | None:
    """Return the first time from a moment on that is within the hours in all zones.

    lasts: how long it has to be. None: there is no such time.
    """
    names = tuple(dict.fromkeys(zones))
    for begins in sorted({after, *_beginnings(hours, names, after)}):
        ends = [open_until(hours, name, begins) for name in names]
        known = [each for each in ends if each is not None]
        if len(known) == len(ends) and begins + lasts <= min(known):
            return Opening(begins, min(known))
    return None


def _beginnings(hours: CallingHours, names: Iterable[str], after: datetime) -> Iterator[datetime]:
    for name in names:
        day = after.astimezone(zone(name)).date()
        for begins, _ in _spans(hours, zone(name), day, _HORIZON):
            if begins > after:
                yield begins


def _spans(
    hours: CallingHours, there: ZoneInfo, first: date, days: int
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the hours of so many days, from one on, in order."""
    begin, end = time.fromisoformat(hours.begin), time.fromisoformat(hours.end)
    for day in (first + n * _DAY for n in range(days)):
        if hours.on(day.weekday()):
            last = day if begin < end else day + _DAY
            # Where clocks change within the hour, only what is within the hours either way counts.
            yield max(_moments(day, begin, there)), min(_moments(last, end, there))


def _moments(day: date, at: time, there: ZoneInfo) -> tuple[datetime, datetime]:
    local = datetime.combine(day, at, there)
    return local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
