"""What a call costs two workers over PostgreSQL, and one worker over SQLite."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

from tests.bench.lanes import HTTP_LEGACY, Lane
from tests.bench.product import Product
from tests.bench.questions import GET
from tests.bench.samples import Sample, take_sample
from tests.bench.stage import answered
from tests.bench.ways import hosted_lanes

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Workers:
    """Medians of microseconds of processor time for each call, and of the ratio in each round."""

    one: float
    two: float
    ratio: float


async def measured_workers(
    product: Product, postgresql_url: str, rounds: int, seconds: float
) -> Workers | None:
    """Ask both hosts in turn; None where the system has no /proc.

    The time of all of a host's processes counts, PostgreSQL's own do not.
    """
    flags = ("--workers", "2", "--database-url", postgresql_url)
    async with AsyncExitStack() as stack:
        one, two = [
            (await stack.enter_async_context(hosted_lanes(product, (HTTP_LEGACY,), *each)))[0]
            for each in ((), flags)
        ]
        await answered(one)
        await answered(two)
        pairs = [
            (await _sample(one, seconds), await _sample(two, seconds)) for _ in range(rounds + 1)
        ][1:]  # the first round warms up
    costs = [(a.cpu, b.cpu) for a, b in pairs if a.cpu and b.cpu]
    return workers_of(costs) if costs else None


async def _sample(lane: Lane, seconds: float) -> Sample:
    return await take_sample(lane, GET.name, _AT_ONCE, seconds)


def workers_of(costs: list[tuple[float, float]]) -> Workers:
    """Return the medians of pairs, one a round: one worker's cost, and two workers'."""
    return Workers(
        median(one for one, _ in costs),
        median(two for _, two in costs),
        median(two / one for one, two in costs),
    )
