"""The run: every cell once a round, the ways side by side, so that all see the same machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.questions import QUESTIONS
from tests.bench.rows import CELLS, Cell, Row, rows_of
from tests.bench.samples import Sample, take_sample
from tests.bench.stage import Stage, Start, set_stage

_QUESTIONS = {question.name: question for question in QUESTIONS}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: `seconds` for each cell in each of the rounds."""

    rounds: int
    seconds: float
    cells: Sequence[Cell] = CELLS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found; `resident_after` is bytes by command, `load` the machine's before it."""

    plan: Plan
    rows: Sequence[Row]
    starts: Mapping[str, Start]
    resident_after: Mapping[str, int | None]
    load: float


async def run(plan: Plan, note: Callable[[str], None]) -> Outcome:
    """Measure; `note` is told how far it is."""
    load = os.getloadavg()[0]
    async with set_stage() as stage:
        samples: dict[Cell, list[Sample]] = {cell: [] for cell in plan.cells}
        for number in range(1, plan.rounds + 1):
            note(f"round {number} of {plan.rounds}")
            for cell, sample in (await _round(stage, plan)).items():
                samples[cell].append(sample)
        after = {name: child.resident_bytes() for name, child in stage.commands.items()}
    return Outcome(plan, rows_of(samples), stage.starts, after, load)


async def _round(stage: Stage, plan: Plan) -> dict[Cell, Sample]:
    lanes = {lane.name: lane for lane in stage.lanes}
    return {
        cell: await take_sample(
            lanes[cell.lane], _QUESTIONS[cell.question], cell.at_once, plan.seconds
        )
        for cell in plan.cells
    }
