"""Whether memory grows: lists of 2 MB without a pause, and what the host holds meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean, linear_regression

from tests.bench.lanes import HttpLane, as_they_are
from tests.bench.questions import LIST_WHOLE, verify

_AT_ONCE = 4
_LOOKS = 20
MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class Growth:
    """What a host held over time, without the first third: there it takes what it keeps.

    first and last are mean MiB of the halves of the rest; slope is MiB a minute over it.
    """

    seconds: float
    lists: int
    first: float
    last: float
    slope: float


async def measured_growth(host: HttpLane, seconds: float) -> Growth | None:
    """Ask for lists of 2 MB, a few at once, and watch; None where the system has no /proc."""
    lane = replace(host, asked=as_they_are(LIST_WHOLE))
    verify(LIST_WHOLE, await lane.read(LIST_WHOLE.name))
    asked = 0

    async def keep_asking(until: float) -> None:
        nonlocal asked
        async with lane.opened(LIST_WHOLE.name, 1) as (ask,):
            while asyncio.get_running_loop().time() < until:
                await ask()
                asked += 1

    looks: list[tuple[float, float]] = []
    begun = asyncio.get_running_loop().time()
    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(keep_asking(begun + seconds))
        for _ in range(_LOOKS):
            await asyncio.sleep(seconds / _LOOKS)
            held = lane.child.resident_bytes()
            if held is not None:
                looks.append((asyncio.get_running_loop().time() - begun, held / MEBIBYTE))
    return growth_of(looks, seconds, asked) if looks else None


def growth_of(looks: Sequence[tuple[float, float]], seconds: float, lists: int) -> Growth:
    """Return what looks, of seconds and MiB, say of a process."""
    settled = looks[len(looks) // 3 :]
    half = len(settled) // 2
    times, held = zip(*settled, strict=True)
    return Growth(
        seconds,
        lists,
        fmean(held[:half]),
        fmean(held[half:]),
        linear_regression(times, held).slope * 60 if _moves(times) else 0.0,
    )


def _moves(times: Sequence[float]) -> bool:
    return any(later > earlier for earlier, later in pairwise(times))
