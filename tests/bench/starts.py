"""How long each server takes from its start to its first `tools/list`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeAlias
from uuid import uuid4

from tests.bench.lanes import Lane
from tests.bench.product import Product
from tests.bench.stage import LONGEST_START, answered, reason
from tests.bench.ways import HOSTED, PREVIOUS_HOSTED, Place, Way, hosted_start

Begin: TypeAlias = Callable[[], AbstractAsyncContextManager[Lane]]

FIRST = "first start"
AGAIN = "started again"


@dataclass(frozen=True, slots=True)
class Start:
    """Medians of the seconds to the first answer, and of the processor time until then."""

    seconds: float
    cpu: float | None


@dataclass(frozen=True, slots=True)
class Starts:
    """The starts by name, and the optional ones that failed, each with its reason."""

    found: Mapping[str, Start]
    left_out: Mapping[str, str]


def beginnings(
    ways: Mapping[str, Way], place: Place, previous: Product | None = None
) -> dict[str, Begin]:
    """Return what is started, by name. A host has two starts: in an empty folder, and again."""
    begins: dict[str, Begin] = {
        name: partial(_first_of, way)
        for name, way in ways.items()
        if name not in (HOSTED, PREVIOUS_HOSTED)
    }
    begins |= _host_starts(HOSTED, Product.here(place.folder, place.upstream))
    if previous:
        begins |= _host_starts(PREVIOUS_HOSTED, previous)
    return begins


def _host_starts(name: str, product: Product) -> dict[str, Begin]:
    same = product.folder / f"again-{uuid4().hex[:8]}"
    return {
        f"{name}, {FIRST}": lambda: hosted_start(product, _new(product.folder), name),
        f"{name}, {AGAIN}": lambda: hosted_start(product, same, name),
    }


def _new(folder: Path) -> Path:
    return folder / f"first-{uuid4().hex[:8]}"


@asynccontextmanager
async def _first_of(way: Way) -> AsyncGenerator[Lane]:
    async with way() as lanes:
        yield lanes[0]


async def measured_starts(
    begins: Mapping[str, Begin], rounds: int, must: Collection[str], note: Callable[[str], None]
) -> Starts:
    """Start each once a round. Before several rounds one fills the disk's cache and does not count.

    must: those whose failure ends the run; others are left out.
    """
    taken: dict[str, list[Start]] = {name: [] for name in begins}
    left_out: dict[str, str] = {}
    first = 0 if rounds > 1 else 1
    for number in range(first, rounds + 1):
        note(f"starts, round {number} of {rounds}" if number else "starts, once to warm up")
        for name in [each for each in begins if each not in left_out]:
            try:
                taken[name].append(await _start(begins[name]))
            except Exception as error:
                if name in must:
                    raise
                left_out[name] = reason(error)
    found = {
        name: _median(each[-rounds:]) for name, each in taken.items() if len(each) >= rounds > 0
    }
    return Starts(found, left_out)


async def _start(begin: Begin) -> Start:
    async with asyncio.timeout(LONGEST_START), begin() as lane:
        await answered(lane)
        passed = asyncio.get_running_loop().time() - lane.child.begun
        return Start(passed, lane.child.cpu_seconds())


def _median(starts: Sequence[Start]) -> Start:
    used = [start.cpu for start in starts if start.cpu is not None]
    return Start(median(start.seconds for start in starts), median(used) if used else None)
