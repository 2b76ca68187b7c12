"""The rows of the table: which there are, and the medians that go into each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.lanes import FLOOR, LANE_NAMES
from tests.bench.questions import QUESTIONS
from tests.bench.samples import Sample

AT_ONCE = (1, 16, 64)


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One thing that is measured: a question, how many ask at once, and by which way."""

    question: str
    at_once: int
    lane: str


CELLS = tuple(
    Cell(question.name, at_once, lane)
    for question in QUESTIONS
    for at_once in AT_ONCE
    for lane in LANE_NAMES
)


@dataclass(frozen=True, slots=True)
class Row:
    """Medians over the rounds, in the units of `Sample`.

    ratio is the median of each round's rate over the floor's rate in the same round: what slows
    the machine for a while slows both.
    """

    cell: Cell
    rate: float
    p50: float
    p99: float
    cpu: float | None
    size: int
    ratio: float


def rows_of(samples: Mapping[Cell, Sequence[Sample]]) -> list[Row]:
    """Return a row for each cell, from one sample a round."""
    return [_row(cell, taken, samples[_floor_of(cell)]) for cell, taken in samples.items()]


def _floor_of(cell: Cell) -> Cell:
    return Cell(cell.question, cell.at_once, FLOOR)


def _row(cell: Cell, taken: Sequence[Sample], floor: Sequence[Sample]) -> Row:
    used = [sample.cpu for sample in taken if sample.cpu is not None]
    return Row(
        cell=cell,
        rate=median(sample.rate for sample in taken),
        p50=median(sample.p50 for sample in taken),
        p99=median(sample.p99 for sample in taken),
        cpu=median(used) if used else None,
        size=taken[-1].size,
        ratio=median(ours.rate / its.rate for ours, its in zip(taken, floor, strict=True)),
    )
