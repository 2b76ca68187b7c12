"""The scheduler: all future events by time; only it advances the simulation.

There are no background tasks. Each request first settles what has become due by the clock, so a
test that moves the clock sees exactly what a patient client would have seen.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

Step: TypeAlias = Callable[[str, datetime], datetime | None]


class Scheduler:
    """Due steps by kind of object. A step gets an id and the time, and names its next instant."""

    def __init__(self) -> None:
        self._steps: dict[str, Step] = {}
        self._due: list[tuple[datetime, str, str]] = []

    def define(self, kind: str, step: Step) -> None:
        """Return what happens when something of this kind is due."""
        self._steps[kind] = step

    def add(self, due: datetime, kind: str, object_id: str) -> None:
        """Plan a step of one object."""
        heapq.heappush(self._due, (due, kind, object_id))

    def settle(self, now: datetime) -> None:
        """Take all steps that are due."""
        while self._due and self._due[0][0] <= now:
            _, kind, object_id = heapq.heappop(self._due)
            following = self._steps[kind](object_id, now)
            if following is not None:
                self.add(following, kind, object_id)
