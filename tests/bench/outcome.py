"""What a run found, and the run itself."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench.children import started
from tests.bench.growth import Growth, measured_growth
from tests.bench.lanes import HTTP_LEGACY, HttpLane
from tests.bench.peers.ways import peer_ways
from tests.bench.product import Product
from tests.bench.rounds import Plan, held_after, measured_rounds
from tests.bench.rows import Row, rows_of
from tests.bench.stage import Held, Stage, reason, set_stage
from tests.bench.starts import Start, beginnings, measured_starts
from tests.bench.ways import PREVIOUS_HOSTED, Place, Way, previous_ways, usual_ways
from tests.bench.workers import Workers, measured_workers

Note = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process held when it had started, and after the rounds."""

    start: Held
    after: Held


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found; `load` is the machine's before it.

    left_out: the optional ways that could not be measured, each with its reason.
    """

    plan: Plan
    rows: Sequence[Row]
    starts: Mapping[str, Start]
    memory: Mapping[str, Memory]
    left_out: Mapping[str, str]
    load: float
    growth: Growth | None = None
    workers: Workers | None = None


@dataclass(frozen=True, slots=True)
class Extras:
    """What a run measures besides: the directory of another copy, and a folder for the peers.

    postgresql_url: an empty database, for the comparison of workers.
    """

    previous: Path | None = None
    peers: Path | None = None
    postgresql_url: str = ""


_NOTHING = Extras()


async def run(plan: Plan, note: Note, extras: Extras = _NOTHING) -> Outcome:
    """Measure; `note` is told how far it is."""
    load = os.getloadavg()[0]
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        upstream = await stack.enter_async_context(started("tests.bench.upstream"))
        place = Place.prepared(folder, await upstream.first_line())
        usual = usual_ways(place)
        optional, left_out = await _optional_ways(extras, place, note)
        previous = _previous(extras, place) if PREVIOUS_HOSTED in optional else None
        begins = beginnings({**usual, **optional}, place, previous)
        must = beginnings(usual, place)
        starts = await measured_starts(begins, plan.starts, must, note)
        async with set_stage(usual, optional) as stage:
            samples = await measured_rounds(stage, plan, note)
            after = held_after(stage)
            growth = await _growth(stage, plan, note)
        ours = Product.here(place.folder, place.upstream)
        workers = await _workers(ours, plan, note, extras)
    return Outcome(
        plan=plan,
        rows=rows_of(samples),
        starts=starts.found,
        memory={name: Memory(held, after[name]) for name, held in stage.at_start.items()},
        left_out={**left_out, **starts.left_out, **stage.left_out},
        load=load,
        growth=growth,
        workers=workers,
    )


async def _optional_ways(
    extras: Extras, place: Place, note: Note
) -> tuple[dict[str, Way], dict[str, str]]:
    ways: dict[str, Way] = {}
    left_out: dict[str, str] = {}
    if extras.previous:
        try:
            ways |= previous_ways(extras.previous, place)
        except FileNotFoundError as error:
            left_out["previous release"] = reason(error)
    if extras.peers:
        peers, missing = await peer_ways(extras.peers, place, note)
        ways |= peers
        left_out |= missing
    return ways, left_out


def _previous(extras: Extras, place: Place) -> Product | None:
    if not extras.previous:
        return None
    return Product.installed_in(extras.previous, place.folder, place.upstream)


async def _growth(stage: Stage, plan: Plan, note: Note) -> Growth | None:
    host = next(lane for lane in stage.lanes if lane.name == HTTP_LEGACY)
    if not plan.growth or not isinstance(host, HttpLane):
        return None
    note(f"memory, {plan.growth:g} s of lists of 2 MB")
    return await measured_growth(host, plan.growth)


async def _workers(product: Product, plan: Plan, note: Note, extras: Extras) -> Workers | None:
    if not extras.postgresql_url:
        return None
    note("two workers and PostgreSQL against one and SQLite")
    return await measured_workers(product, extras.postgresql_url, plan.rounds, plan.seconds)
