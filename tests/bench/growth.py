"""Whether memory grows: lists of 2 MB without a pause, and what the host holds meanwhile.

`python -m tests.bench.growth 600` watches one host, and nothing else.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import fmean, linear_regression

from tests.bench.children import started
from tests.bench.lanes import HTTP_LEGACY, HttpLane, as_they_are
from tests.bench.product import Product
from tests.bench.questions import LIST_WHOLE, verify
from tests.bench.stage import answered
from tests.bench.ways import hosted_lanes

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

    def __str__(self) -> str:
        return (
            f"Growth of the host in {self.seconds:g} s, with {self.lists:,} lists of 2 MB: "
            f"RSS {self.first:.0f} MiB in the middle third, {self.last:.0f} in the last, "
            f"{self.slope:+.2f} MiB a minute."
        )


async def main(seconds: float) -> None:
    """Watch a host of its own, and print what it held."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with started("tests.bench.upstream") as upstream:
            product = Product.here(Path(folder), await upstream.first_line())
            async with hosted_lanes(product, [HTTP_LEGACY]) as (host,):
                assert isinstance(host, HttpLane)
                await answered(host)
                print(await measured_growth(host, seconds))


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


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
