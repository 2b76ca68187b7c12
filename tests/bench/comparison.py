"""How we stand to the floor, to each peer and to the previous release, in few words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tests.bench.lanes import (
    FASTMCP,
    FLOOR,
    HTTP_LEGACY,
    OURS,
    PREVIOUS,
    SDK_HTTP,
    SDK_STDIO,
    STDIO,
    VAPI,
)
from tests.bench.outcome import Outcome
from tests.bench.plot import Bar
from tests.bench.questions import GET, LIST, QUESTIONS, TOOLS
from tests.bench.rows import Cell, Row
from tests.bench.targets import RATES

# Each is compared over its own transport.
RIVALS: Mapping[str, str] = {
    "the SDK's bare server (F2)": SDK_HTTP,
    "the SDK's bare server over stdio": SDK_STDIO,
    "Vapi's own server": VAPI,
    "FastMCP `from_openapi`": FASTMCP,
}
_AGAINST = {SDK_HTTP: HTTP_LEGACY, SDK_STDIO: STDIO, VAPI: STDIO, FASTMCP: HTTP_LEGACY}
_SHOWN = (GET.name, LIST.name, TOOLS.name)
_BUSY = 16
_KINDS = {
    FLOOR: "sdk",
    SDK_HTTP: "sdk",
    SDK_STDIO: "sdk",
    VAPI: "peer",
    FASTMCP: "peer",
    **dict.fromkeys(OURS, "ours"),
    **dict.fromkeys(PREVIOUS.values(), "before"),
}


def summary(outcome: Outcome) -> str:
    """Return the first line of the page."""
    rows = {row.cell: row for row in outcome.rows}
    at_once = _at_once(outcome.rows)
    parts = [
        f"{_of(rows, name, HTTP_LEGACY, at_once)} (HTTP) and "
        f"{_of(rows, name, STDIO, at_once)} (stdio) on *{name}*"
        for name in _SHOWN
    ]
    floor = f"Of the floor's rate (F1), {at_once} at once: {', '.join(parts)}."
    short = ["A short run, with rough figures."] if outcome.plan.is_short else []
    return " ".join([*short, floor, *_rivals(rows, at_once), *_left_out(outcome)])


def _of(rows: Mapping[Cell, Row], question: str, way: str, at_once: int) -> str:
    row = rows.get(Cell(question, at_once, way))
    return f"{row.ratio:.2f}" if row else "n/a"


def _at_once(rows: Sequence[Row]) -> int:
    return max((row.cell.at_once for row in rows if row.cell.at_once <= _BUSY), default=1)


def _rivals(rows: Mapping[Cell, Row], at_once: int) -> Iterator[str]:
    for name, way in RIVALS.items():
        found = [
            f"{rows[cell.by(_AGAINST[way])].over(rows[cell]):.2f}"
            for cell in (Cell(question, at_once, way) for question in _SHOWN)
            if cell in rows and cell.by(_AGAINST[way]) in rows
        ]
        if found:
            yield f"Against {name}, on the same: {', '.join(found)} times its rate."


def _left_out(outcome: Outcome) -> Iterator[str]:
    measured = {row.cell.lane for row in outcome.rows}
    missing = [name for name in (VAPI, FASTMCP) if name not in measured]
    if missing:
        yield f"Not measured here: {' and '.join(missing)}."


def against_previous(rows: Sequence[Row]) -> dict[Cell, float]:
    """Return the ratio of each of our rows to the previous release's, where both are."""
    found = {row.cell: row for row in rows}
    return {
        row.cell: row.over(found[before])
        for row in rows
        if (before := row.cell.by(PREVIOUS.get(row.cell.lane, ""))) in found
    }


def bars(outcome: Outcome) -> dict[str, list[Bar]]:
    """Return the bars of the plot: the ratios to the floor of all ways, at one load."""
    at_once = _at_once(outcome.rows)
    goals = {(name, way): least.get(at_once) for name, ways, least in RATES for way in ways}
    return {
        f"{question.name}, {at_once} at once": [
            Bar(
                _label(row.cell.lane),
                row.ratio,
                _KINDS.get(row.cell.lane, "sdk"),
                goals.get((question.name, row.cell.lane)),
            )
            for row in outcome.rows
            if row.cell.question == question.name
            and row.cell.at_once == at_once
            and row.cell.lane != FLOOR
        ]
        for question in QUESTIONS
    }


def _label(way: str) -> str:
    return f"vapi-mcp, {way}" if way in OURS else way
