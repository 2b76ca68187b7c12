"""The benchmark runs, and its page shows what it measures. Nothing here judges a speed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.bench.lanes import LANE_NAMES
from tests.bench.questions import GET, QUESTIONS
from tests.bench.report import BEGIN, END, PAGE, cells_in, write
from tests.bench.rounds import Outcome, Plan, run
from tests.bench.rows import CELLS, Cell, Row, rows_of
from tests.bench.samples import Sample
from tests.bench.stage import Start

SAMPLE = Sample(rate=100.0, p50=1.0, p99=2.0, cpu=500.0, size=6_000)


def test_performance_page_has_the_rows_the_benchmark_measures() -> None:
    assert cells_in(PAGE.read_text()) == list(CELLS)


async def test_one_cell_is_measured_over_every_way_and_ends_what_it_started() -> None:
    cells = [Cell(GET.name, 2, lane) for lane in LANE_NAMES]
    said: list[str] = []
    outcome = await run(Plan(rounds=1, seconds=0.02, cells=cells), said.append)
    assert said == ["round 1 of 1"]
    assert [row.cell for row in outcome.rows] == cells
    assert all(row.size >= 6_000 and row.rate > 0 for row in outcome.rows)
    assert outcome.rows[0].ratio == 1
    assert set(outcome.starts) == set(outcome.resident_after) == {"serve", "stdio"}


def test_ratio_compares_samples_of_the_same_round() -> None:
    floor, ours = Cell(GET.name, 1, LANE_NAMES[0]), Cell(GET.name, 1, LANE_NAMES[1])
    rows = rows_of(
        {
            floor: [SAMPLE, replace(SAMPLE, rate=10.0), replace(SAMPLE, rate=200.0)],
            ours: [replace(SAMPLE, rate=rate) for rate in (50.0, 5.0, 20.0)],
        }
    )
    assert rows == [
        Row(floor, 100.0, 1.0, 2.0, 500.0, 6_000, 1.0),
        Row(ours, 20.0, 1.0, 2.0, 500.0, 6_000, 0.5),
    ]


def test_writing_replaces_only_what_stands_between_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    rows = rows_of({cell: [SAMPLE] for cell in CELLS})
    starts = {"serve": Start(1.5, 2**20), "stdio": Start(1.0, None)}
    outcome = Outcome(Plan(1, 1.0), rows, starts, {"serve": 2**21, "stdio": None}, 0.5)
    write(outcome, page)
    text = page.read_text()
    assert text.startswith(f"before\n{BEGIN}\n\nMeasured on")
    assert text.endswith(f"{END}\nafter\n")
    assert "old" not in text
    assert "| `vapi-mcp serve` | 1.50 | 1 | 2 |" in text
    assert "Reached everywhere." in text
    assert cells_in(text) == list(CELLS)
    assert [line[4:] for line in text.splitlines() if line.startswith("### ")] == [
        *(question.name for question in QUESTIONS),
        "The processes",
    ]
