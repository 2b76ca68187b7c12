"""The part of `docs/performance.md` that a run writes, and the rows that stand in it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.children import ROOT
from tests.bench.lanes import FLOOR
from tests.bench.questions import GET, QUESTIONS
from tests.bench.rounds import Outcome
from tests.bench.rows import Cell, Row

PAGE = ROOT / "docs" / "performance.md"
BEGIN = "<!-- Made by `make bench` from here … -->"
END = "<!-- … to here. -->"

# Of the floor's rate, on get one assistant.
WANTED_RATIO = 0.3

_WORDS = ("Way", "Process", "Database", "What")
_HEADINGS = ("At once", "Way", "Answers/s", "p50 ms", "p99 ms", "CPU µs each", "Of the floor")


def write(outcome: Outcome, page: Path = PAGE) -> None:
    """Put a run's figures between the page's markers."""
    put_between(BEGIN, END, rendered(outcome), page)


def put_between(begin: str, end: str, text: str, page: Path = PAGE) -> None:
    """Put a text between two markers of a page, in place of what stands there."""
    before, _, rest = page.read_text().partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


def rendered(outcome: Outcome) -> str:
    """Return the figures of a run as Markdown."""
    tables = [_question(question.name, outcome.rows) for question in QUESTIONS]
    return "\n\n".join([_conditions(outcome), _verdict(outcome.rows), *tables, _processes(outcome)])


def cells_in(page: str) -> list[Cell]:
    """Return the rows a page shows, in its order."""
    found: list[Cell] = []
    question = ""
    for line in page.partition(BEGIN)[2].partition(END)[0].splitlines():
        if line.startswith("### "):
            question = line[4:]
        parts = [part.strip() for part in line.strip("|").split("|")]
        if line.startswith("| ") and len(parts) == len(_HEADINGS) and parts[0].isdecimal():
            found.append(Cell(question, int(parts[0]), parts[1]))
    return found


def _conditions(outcome: Outcome) -> str:
    plan = outcome.plan
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores "
        f"({platform.machine()}, {platform.system()}), "
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"{plan.rounds} x {plan.seconds:g} s a row; "
        f"load average {outcome.load:.1f} before the run (0 is a machine with nothing else to do)."
    )


def _verdict(rows: Iterable[Row]) -> str:
    gets = [r for r in rows if r.cell.question == GET.name and r.cell.lane != FLOOR]
    missed = [f"{r.cell.lane} at {r.cell.at_once} ({r.ratio:.2f})" for r in gets if _misses(r)]
    return f"To reach on *{GET.name}*: {WANTED_RATIO} of the floor. " + (
        f"Missed by {'; '.join(missed)}." if missed else "Reached everywhere."
    )


def _misses(row: Row) -> bool:
    # As it is shown: a miss that prints as the figure itself would puzzle its reader.
    return round(row.ratio, 2) < WANTED_RATIO


def _question(name: str, rows: Iterable[Row]) -> str:
    own = [row for row in rows if row.cell.question == name]
    sizes = {row.cell.lane: f"{row.cell.lane} {row.size:,}" for row in own}
    shown = table(_HEADINGS, map(_cells, own))
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


def _processes(outcome: Outcome) -> str:
    lines = [
        (
            f"`vapi-mcp {name}`",
            f"{start.seconds:.2f}",
            _mebibytes(start.resident),
            _mebibytes(outcome.resident_after[name]),
        )
        for name, start in outcome.starts.items()
    ]
    headings = ("Process", "First answer after s", "RSS then, MiB", "RSS after the run, MiB")
    return f"### The processes\n\n{table(headings, lines)}"


def _mebibytes(size: int | None) -> str:
    return "n/a" if size is None else f"{size / 2**20:,.0f}"


def table(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; columns of words stand left, figures right."""
    rule = ["---" if text in _WORDS else "---:" for text in headings]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headings, rule, *lines))
