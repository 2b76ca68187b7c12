"""What is to be reached, and what a run reached of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.lanes import (
    FLOOR_HTTPX,
    HTTP_LEGACY,
    HTTP_MODERN,
    SDK_HTTP,
    SDK_STDIO,
    STDIO,
)
from tests.bench.outcome import Outcome
from tests.bench.questions import GET, LIST, LIST_ALL_KEYS, SCOPED_TOOLS, TOOLS
from tests.bench.rows import Cell, Row
from tests.bench.starts import AGAIN, FIRST
from tests.bench.ways import HOSTED

_HTTP = (HTTP_LEGACY, HTTP_MODERN)
_ALL = (*_HTTP, STDIO)

# Of F1's rate: question, ways, and the least ratio for each number of those who ask at once.
RATES: Sequence[tuple[str, tuple[str, ...], Mapping[int, float]]] = (
    (GET.name, _ALL, {1: 1.0, 16: 0.9, 64: 0.9}),
    (LIST.name, _ALL, {1: 1.2, 16: 1.2, 64: 1.2}),
    (LIST_ALL_KEYS.name, _ALL, {1: 0.8, 16: 0.8, 64: 0.8}),
    (TOOLS.name, _ALL, {1: 0.9, 16: 0.9}),
    (SCOPED_TOOLS.name, _HTTP, {1: 0.9, 16: 0.9}),
)
# Of F1's p99, on get over HTTP.
MOST_P99 = 3.0
MOST_WORKERS = 1.15
# MiB a minute that count as no growth: a whole MiB in ten minutes. In less than five minutes the
# slope is that of single lists.
MOST_SLOPE = 0.1
_LEAST_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing to reach: found is what was measured of `wanted`, lenient against F1 over httpx.

    is_least: found must not be less than wanted; otherwise not more.
    """

    what: str
    wanted: float
    found: float
    is_least: bool = True
    lenient: float | None = None

    @property
    def is_reached(self) -> bool:
        """Whether it is reached as it is shown: a miss that prints as the goal would puzzle."""
        found = round(self.found, 2)
        return found >= self.wanted if self.is_least else found <= self.wanted


def verdicts(outcome: Outcome) -> list[Verdict]:
    """Return everything that is to be reached and was measured."""
    return [
        *_rates(outcome.rows),
        *_slowest(outcome.rows),
        *_starts(outcome),
        *_memory(outcome),
        *_others(outcome),
    ]


def _rates(rows: Sequence[Row]) -> Iterator[Verdict]:
    found = {row.cell: row for row in rows}
    for question, ways, least in RATES:
        for at_once, wanted in least.items():
            for way in ways:
                row = found.get(Cell(question, at_once, way))
                httpx = found.get(Cell(question, at_once, FLOOR_HTTPX))
                if row:
                    lenient = row.ratio / httpx.ratio if httpx else None
                    what = f"{question}, {way}, at {at_once}: rate over F1's"
                    yield Verdict(what, wanted, row.ratio, lenient=lenient)


def _slowest(rows: Sequence[Row]) -> Iterator[Verdict]:
    for row in rows:
        cell = row.cell
        if cell.question == GET.name and cell.lane in _HTTP:
            what = f"{cell.question}, {cell.lane}, at {cell.at_once}: p99 over F1's"
            yield Verdict(what, MOST_P99, row.p99_ratio, is_least=False)


def _starts(outcome: Outcome) -> Iterator[Verdict]:
    for ours, theirs, most in (
        (STDIO, SDK_STDIO, 0.7),
        (f"{HOSTED}, {AGAIN}", SDK_HTTP, 1.0),
        (f"{HOSTED}, {FIRST}", SDK_HTTP, 1.0),
    ):
        if ours in outcome.starts and theirs in outcome.starts:
            ratio = outcome.starts[ours].seconds / outcome.starts[theirs].seconds
            yield Verdict(f"start, {ours}: seconds over F2's", most, ratio, is_least=False)


def _memory(outcome: Outcome) -> Iterator[Verdict]:
    for ours, theirs, most in ((STDIO, SDK_STDIO, 1.0), (HOSTED, SDK_HTTP, 1.2)):
        held, other = (
            outcome.memory[name].after.resident if name in outcome.memory else None
            for name in (ours, theirs)
        )
        if held and other:
            what = f"memory after load, {ours}: RSS over F2's"
            yield Verdict(what, most, held / other, is_least=False)


def _others(outcome: Outcome) -> Iterator[Verdict]:
    growth = outcome.growth
    if growth and growth.seconds >= _LEAST_SECONDS:
        what = f"growth of memory under lists of 2 MB for {growth.seconds:g} s: MiB a minute"
        yield Verdict(what, MOST_SLOPE, growth.slope, is_least=False)
    if workers := outcome.workers:
        what = "two workers and PostgreSQL: CPU of a call over one worker's and SQLite"
        yield Verdict(what, MOST_WORKERS, workers.ratio, is_least=False)
