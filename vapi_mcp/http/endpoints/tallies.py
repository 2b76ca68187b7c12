"""What is counted, added up here and handed to Prometheus' counters together."""

from __future__ import annotations

import asyncio
from typing import TypeAlias

from prometheus_client import Counter, Gauge, Histogram

Labels: TypeAlias = tuple[str, ...]

# In seconds: how long the other workers may not know of what was counted.
_LINGER = 0.05
# More than any client notes in that time: a process without a loop keeps no more.
_MOST_SEEN = 1000


class Tallies:
    """Counts at once, and tells the library's counters a moment later.

    They take many steps for each number, and a call has a dozen. `flush` tells them what waits.
    """

    def __init__(self) -> None:
        self._counted: dict[tuple[Counter, Labels], float] = {}
        self._seen: list[tuple[Histogram, Labels, float]] = []
        self._held: dict[Gauge, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def count(self, counter: Counter, *labels: str, amount: float = 1) -> None:
        """Add to a counter."""
        key = counter, labels
        self._counted[key] = self._counted.get(key, 0) + amount
        if self._timer is None:
            self._wait()

    def observe(self, histogram: Histogram, *labels: str, value: float) -> None:
        """Note a value of a histogram."""
        self._seen.append((histogram, labels, value))
        if self._timer is None:
            self._wait()
        if len(self._seen) >= _MOST_SEEN:
            self.flush()

    def hold(self, gauge: Gauge, change: int) -> None:
        """Change what a gauge shows."""
        self._held[gauge] = self._held.get(gauge, 0) + change
        if self._timer is None:
            self._wait()

    def flush(self) -> None:
        """Tell the counters what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        counted, self._counted = self._counted, {}
        for (counter, labels), amount in counted.items():
            (counter.labels(*labels) if labels else counter).inc(amount)
        seen, self._seen = self._seen, []
        for histogram, labels, value in seen:
            (histogram.labels(*labels) if labels else histogram).observe(value)
        held, self._held = self._held, {}
        for gauge, change in held.items():
            gauge.inc(change)

    def _wait(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._timer = loop.call_later(_LINGER, self.flush)


class Answering:
    """Counts in a gauge who is within."""

    __slots__ = ("_gauge", "_tallies")

    def __init__(self, tallies: Tallies, gauge: Gauge) -> None:
        self._tallies = tallies
        self._gauge = gauge

    def __enter__(self) -> None:
        self._tallies.hold(self._gauge, 1)

    def __exit__(self, *_: object) -> None:
        self._tallies.hold(self._gauge, -1)
