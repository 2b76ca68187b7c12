"""The rows of the table: which there are, and the medians that go into each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.lanes import ASKED, FLOOR
from tests.bench.questions import QUESTIONS
from tests.bench.samples import Sample

AT_ONCE = (1, 16, 64)
# Lists of tools are asked for once a session, so fewer ask at once.
_AT_ONCE_LISTING = (1, 16)


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One thing that is measured: a question, how many ask at once, and by which way."""

    question: str
    at_once: int
    lane: str

    def by(self, lane: str) -> Cell:
        """Return the same thing by another way."""
        return Cell(self.question, self.at_once, lane)


def cells_of(asked: Mapping[str, Collection[str]]) -> list[Cell]:
    """Return the cells for ways and the names of what each is asked, in the order of a round."""
    return list(_cells(asked))


def _cells(asked: Mapping[str, Collection[str]]) -> Iterator[Cell]:
    for question in QUESTIONS:
        listing = question.method == "tools/list"
        for at_once in _AT_ONCE_LISTING if listing else AT_ONCE:
            for lane, names in asked.items():
                if question.name in names:
                    yield Cell(question.name, at_once, lane)


# What every run measures.
CELLS = cells_of({lane: [each.name for each in asked] for lane, asked in ASKED.items()})


@dataclass(frozen=True, slots=True)
class Row:
    """Medians over the rounds, in the units of `Sample`.

    ratio is the median of each round's rate over the floor's rate in the same round: what slows
    the machine for a while slows both. p99_ratio is the same of p99. rates has one for each round.
    """

    cell: Cell
    rate: float
    p50: float
    p99: float
    cpu: float | None
    size: int
    ratio: float
    p99_ratio: float
    rates: tuple[float, ...] = ()

    def over(self, other: Row) -> float:
        """Return the median of the ratios of this row's rates to another's, round by round."""
        return median(ours / its for ours, its in zip(self.rates, other.rates, strict=True))


def rows_of(samples: Mapping[Cell, Sequence[Sample]]) -> list[Row]:
    """Return a row for each cell, from one sample a round."""
    return [_row(cell, samples) for cell in samples]


def _row(cell: Cell, samples: Mapping[Cell, Sequence[Sample]]) -> Row:
    taken, floor = samples[cell], samples[cell.by(FLOOR)]
    used = [sample.cpu for sample in taken if sample.cpu is not None]
    return Row(
        cell=cell,
        rate=median(sample.rate for sample in taken),
        p50=median(sample.p50 for sample in taken),
        p99=median(sample.p99 for sample in taken),
        cpu=median(used) if used else None,
        size=taken[-1].size,
        ratio=median(ours.rate / its.rate for ours, its in zip(taken, floor, strict=True)),
        p99_ratio=median(ours.p99 / its.p99 for ours, its in zip(taken, floor, strict=True)),
        rates=tuple(sample.rate for sample in taken),
    )
