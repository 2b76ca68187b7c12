"""The rounds: every cell once in each, the ways side by side, so that all see the same machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.bench.lanes import FASTMCP, LANE_NAMES
from tests.bench.questions import TOOLS
from tests.bench.rows import AT_ONCE, Cell, cells_of
from tests.bench.samples import Sample, take_sample
from tests.bench.stage import Held, Stage, reason


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured: `seconds` for each cell in each of the rounds.

    growth: seconds of the lists that memory is watched with. cells: only these, if given.
    """

    rounds: int
    seconds: float
    starts: int = 5
    growth: float = 15.0
    at_once: tuple[int, ...] = AT_ONCE
    cells: tuple[Cell, ...] | None = None

    @property
    def is_short(self) -> bool:
        """Whether it is too short for figures to quote."""
        return self.rounds == 1

    def cells_on(self, stage: Stage) -> list[Cell]:
        """Return the cells for the ways that a stage has."""
        if self.cells is not None:
            return list(self.cells)
        every = cells_of({lane.name: lane.asked for lane in stage.lanes})
        return [cell for cell in every if cell.at_once in self.at_once and not _is_endless(cell)]


def _is_endless(cell: Cell) -> bool:
    # One such list is 20 MB and takes seconds of processor time.
    return cell.lane == FASTMCP and cell.question == TOOLS.name and cell.at_once > 1


async def measured_rounds(
    stage: Stage, plan: Plan, note: Callable[[str], None]
) -> dict[Cell, list[Sample]]:
    """Return a sample a round for each cell. One of an optional way that fails is left out."""
    lanes = {lane.name: lane for lane in stage.lanes}
    cells = plan.cells_on(stage)
    samples: dict[Cell, list[Sample]] = {cell: [] for cell in cells}
    for number in range(1, plan.rounds + 1):
        note(f"round {number} of {plan.rounds}")
        for cell in cells:
            if _named(cell) in stage.left_out:
                continue
            try:
                sample = await take_sample(
                    lanes[cell.lane], cell.question, cell.at_once, plan.seconds
                )
            except Exception as error:
                if cell.lane in LANE_NAMES:
                    raise
                stage.left_out[_named(cell)] = reason(error)
            else:
                samples[cell].append(sample)
    return {cell: taken for cell, taken in samples.items() if len(taken) == plan.rounds}


def _named(cell: Cell) -> str:
    return f"{cell.lane}: {cell.question} at {cell.at_once}"


def held_after(stage: Stage) -> Mapping[str, Held]:
    """Return what each process holds now, by name."""
    return {name: Held.by(child) for name, child in stage.processes.items()}
