from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from math import ceil

_DAY = 24 * 3600.0
_USUAL_SHARE = 0.25


class DailyShare:
    """How many entries of a log may still be forgotten today: a clock that is wrong deletes few.

    A quarter of what there is when the day begins; more only where the retention is under eight
    days, since that much grows old in one. Days are counted by a clock that nobody sets.
    """

    def __init__(self, keep_days: int, now: Callable[[], float] = time.monotonic) -> None:
        self._share = min(1.0, max(_USUAL_SHARE, 2 / keep_days))
        self._now = now
        self._ends: float | None = None
        self._left = 0

    async def left(self, count: Callable[[], Awaitable[int]]) -> int:
        """Return how many; count: says how many entries there are, and is asked once a day."""
        now = self._now()
        if self._ends is None or now >= self._ends:
            self._left = ceil(await count() * self._share)
            self._ends = now + _DAY
        return self._left

    def spend(self, number: int) -> None:
        """Take so many off."""
        self._left -= number
