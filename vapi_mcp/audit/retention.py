"""The daily limit on deletions from the log, so that a wrong clock deletes little.

A quarter of what there is when the day begins; more only where the retention is under eight days,
since that much grows old in one. The store counts it for all processes and over restarts, by the
clock of the deleting process; each process counts as well, by a monotonic clock.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

_DAY = timedelta(days=1)
_USUAL_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Quota:
    """The limit of a deletion: a share of the log in the present day."""

    now: datetime
    share: float

    def of(self, entries: int) -> int:
        """Return how many of so many entries may go."""
        return ceil(entries * self.share)


@dataclass(frozen=True, slots=True)
class DeletionDay:
    """A day of a log, from the first deletion after the day before; left: what may still go."""

    began: datetime
    left: int

    def is_over(self, now: datetime) -> bool:
        """Return whether a new day is to begin."""
        return now - self.began >= _DAY

    def at(self, quota: Quota, entries: int) -> DeletionDay:
        """Return the day that is now, of a log with so many entries; none begins with none.

        A clock that was set back begins no new day: the one there is goes on from now.
        """
        if self.is_over(quota.now):
            return DeletionDay(quota.now, quota.of(entries)) if entries else replace(self, left=0)
        return self if self.began <= quota.now else replace(self, began=quota.now)


class DailyShare:
    """The count of one process, by a monotonic clock."""

    def __init__(self, keep_days: int, now: Callable[[], float] = time.monotonic) -> None:
        self.share = min(1.0, max(_USUAL_SHARE, 2 / keep_days))
        self._now = now
        self._ends: float | None = None
        self._left = 0

    async def left(self, count: Callable[[], Awaitable[int]]) -> int:
        """Return how many; count: says how many entries there are, and is asked once a day."""
        now = self._now()
        if self._ends is None or now >= self._ends:
            entries = await count()
            self._left = ceil(entries * self.share)
            # A store that is not open yet has none; it is asked again.
            self._ends = now + _DAY.total_seconds() if entries else None
        return self._left

    def spend(self, number: int) -> None:
        """Take so many off."""
        self._left -= number
