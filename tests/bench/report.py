"""The page, the plot and the JSON of a run."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.children import ROOT
from tests.bench.comparison import against_previous, bars, summary
from tests.bench.outcome import Outcome
from tests.bench.page import END, PAGE, put_between, table
from tests.bench.plot import svg
from tests.bench.questions import QUESTIONS
from tests.bench.rows import Cell, Row
from tests.bench.targets import verdicts

PLOT = ROOT / "docs" / "pictures" / "performance.svg"
BEGIN_SUMMARY = "<!-- Made by `make bench`, the summary from here … -->"
BEGIN = "<!-- Made by `make bench` from here … -->"

_MEBIBYTE = 2**20
_HEADINGS = ("At once", "Way", "Answers/s", "p50 ms", "p99 ms", "CPU µs each", "Of the floor")
_BEFORE = "Of the previous"


def write(outcome: Outcome, page: Path = PAGE, plot: Path = PLOT) -> None:
    """Put a run's figures between the page's markers, and its plot beside it."""
    text = put_between(BEGIN_SUMMARY, END, f"**{summary(outcome)}**", page.read_text())
    page.write_text(put_between(BEGIN, END, rendered(outcome), text))
    plot.parent.mkdir(exist_ok=True)
    plot.write_text(
        svg(bars(outcome), "Rates over the floor's (F1), logarithmic; pink is the goal")
    )


def rendered(outcome: Outcome) -> str:
    """Return the figures of a run as Markdown."""
    before = against_previous(outcome.rows)
    return "\n\n".join(
        [
            _conditions(outcome),
            *_missing(outcome),
            f"### To reach\n\n{_targets(outcome)}",
            *(_question(question.name, outcome.rows, before) for question in QUESTIONS),
            f"### Starts\n\n{_starts(outcome)}",
            f"### Memory\n\n{_memory(outcome)}",
            *_others(outcome),
        ]
    )


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return every figure; a figure that the system does not give is null."""
    return {
        "rows": [
            {
                "work": row.cell.question,
                "way": row.cell.lane,
                "at_once": row.cell.at_once,
                "rps": row.rate,
                "p50_ms": row.p50,
                "p99_ms": row.p99,
                "cpu_us": row.cpu,
                "of_floor": row.ratio,
            }
            for row in outcome.rows
        ],
        "starts": {
            name: {"seconds": start.seconds, "cpu_seconds": start.cpu}
            for name, start in outcome.starts.items()
        },
        "memory": {
            name: {
                "rss_start": held.start.resident,
                "pss_start": held.start.proportional,
                "rss_after": held.after.resident,
                "pss_after": held.after.proportional,
            }
            for name, held in outcome.memory.items()
        },
        "growth": outcome.growth
        and {
            "seconds": outcome.growth.seconds,
            "lists": outcome.growth.lists,
            "mib_a_minute": outcome.growth.slope,
        },
        "workers": outcome.workers
        and {
            "one_cpu_us": outcome.workers.one,
            "two_cpu_us": outcome.workers.two,
            "ratio": outcome.workers.ratio,
        },
        "of_previous": [
            {"work": cell.question, "way": cell.lane, "at_once": cell.at_once, "ratio": ratio}
            for cell, ratio in against_previous(outcome.rows).items()
        ],
        "targets": [
            {"what": each.what, "wanted": each.wanted, "found": each.found, "ok": each.is_reached}
            for each in verdicts(outcome)
        ],
        "left_out": dict(outcome.left_out),
        "load_before": outcome.load,
    }


def cells_in(page: str) -> list[Cell]:
    """Return the rows a page shows, in its order."""
    found: list[Cell] = []
    question = ""
    for line in page.partition(BEGIN)[2].partition(END)[0].splitlines():
        if line.startswith("### "):
            question = line[4:]
        parts = [part.strip() for part in line.strip("|").split("|")]
        if line.startswith("| ") and len(parts) >= len(_HEADINGS) and parts[0].isdecimal():
            found.append(Cell(question, int(parts[0]), parts[1]))
    return found


def _conditions(outcome: Outcome) -> str:
    plan = outcome.plan
    short = " **A short run: these figures are rough.**" if plan.is_short else ""
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores "
        f"({platform.machine()}, {platform.system()}), "
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{plan.rounds} x {plan.seconds:g} s a row; load average {outcome.load:.1f} before the run "
        f"(0 is a machine with nothing else to do).{short}"
    )


def _missing(outcome: Outcome) -> Iterator[str]:
    if outcome.left_out:
        yield "\n".join(f"* Left out: {name} ({why})." for name, why in outcome.left_out.items())


def _targets(outcome: Outcome) -> str:
    lines = [
        (
            each.what,
            f"{'≥' if each.is_least else '≤'} {each.wanted:g}",
            f"{each.found:.2f}",
            "" if each.lenient is None else f"{each.lenient:.2f}",
            "reached" if each.is_reached else "missed",
        )
        for each in verdicts(outcome)
    ]
    return table(("What", "To reach", "Found", "Of F1 through httpx", "Reached"), lines)


def _question(name: str, rows: Iterable[Row], before: dict[Cell, float]) -> str:
    own = [row for row in rows if row.cell.question == name]
    sizes = {row.cell.lane: f"{row.cell.lane} {row.size:,}" for row in own}
    compared = any(row.cell in before for row in own)
    headings = (*_HEADINGS, _BEFORE) if compared else _HEADINGS
    lines = [(*_cells(row), *([_times(before.get(row.cell))] if compared else [])) for row in own]
    shown = table(headings, lines)
    return f"### {name}\n\n{shown}\n\nBytes of an answer: {'; '.join(sizes.values())}."


def _cells(row: Row) -> Sequence[str]:
    return (
        str(row.cell.at_once),
        row.cell.lane,
        f"{row.rate:,.0f}",
        f"{row.p50:,.2f}",
        f"{row.p99:,.2f}",
        "n/a" if row.cpu is None else f"{row.cpu:,.0f}",
        f"{row.ratio:.2f}",
    )


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _starts(outcome: Outcome) -> str:
    lines = [
        (name, f"{start.seconds:.2f}", "n/a" if start.cpu is None else f"{start.cpu:.2f}")
        for name, start in outcome.starts.items()
    ]
    return table(("Process", "First answer after s", "CPU s until then"), lines)


def _memory(outcome: Outcome) -> str:
    lines = [
        (
            name,
            _mebibytes(held.start.resident),
            _mebibytes(held.after.resident),
            _mebibytes(held.start.proportional),
            _mebibytes(held.after.proportional),
        )
        for name, held in outcome.memory.items()
    ]
    figures = ("RSS at start, MiB", "RSS after load", "PSS at start", "PSS after load")
    return table(("Process", *figures), lines)


def _others(outcome: Outcome) -> Iterator[str]:
    if growth := outcome.growth:
        yield str(growth)
    if workers := outcome.workers:
        yield (
            f"CPU of *get one assistant*, 16 at once: {workers.one:,.0f} µs with one worker and "
            f"SQLite, {workers.two:,.0f} with two and PostgreSQL; ratio {workers.ratio:.2f}."
        )


def _mebibytes(size: int | None) -> str:
    return "n/a" if size is None else f"{size / _MEBIBYTE:,.0f}"
