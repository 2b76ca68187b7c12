"""One measurement: a fixed number of askers for a fixed time, and what it came to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from statistics import quantiles
from time import perf_counter

from tests.bench.lanes import Ask, Lane

_LONGEST_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Sample:
    """What one measurement came to.

    rate is answers a second; p50 and p99 are milliseconds; cpu is microseconds of processor time
    the answering process used for each answer, None where it cannot be had; size is bytes.
    """

    rate: float
    p50: float
    p99: float
    cpu: float | None
    size: int


async def take_sample(lane: Lane, question: str, at_once: int, seconds: float) -> Sample:
    """Ask without a pause for `seconds`, after one answer each that does not count.

    Raises:
        ValueError: Two answers to the same question differ in size.
    """
    async with asyncio.timeout(_LONGEST_SECONDS), lane.opened(question, at_once) as askers:
        sizes = set(await asyncio.gather(*(ask() for ask in askers)))
        taken: list[float] = []
        used, begun = lane.child.cpu_seconds(), perf_counter()
        async with asyncio.TaskGroup() as group:
            for ask in askers:
                group.create_task(_keep_asking(ask, begun + seconds, taken, sizes))
        passed, used_then = perf_counter() - begun, lane.child.cpu_seconds()
    if len(sizes) != 1:
        raise ValueError(f"{question} over {lane.name}: answers of {sorted(sizes)} bytes")
    cpu = None if used is None or used_then is None else (used_then - used) / len(taken) * 1e6
    p50, p99 = _percentiles(taken)
    return Sample(len(taken) / passed, p50 * 1e3, p99 * 1e3, cpu, sizes.pop())


async def _keep_asking(ask: Ask, until: float, taken: list[float], sizes: set[int]) -> None:
    now = perf_counter()
    # At least one answer, however slow: an empty sample has no median.
    while True:
        asked = now
        sizes.add(await ask())
        now = perf_counter()
        taken.append(now - asked)
        if now >= until:
            return


def _percentiles(taken: list[float]) -> tuple[float, float]:
    if len(taken) == 1:
        return taken[0], taken[0]
    cuts = quantiles(taken, n=100, method="inclusive")
    return cuts[49], cuts[98]
