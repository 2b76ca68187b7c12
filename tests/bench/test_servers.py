from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.page import PAGE
from tests.bench.servers import BEGIN, END, Plan, measured, rendered
from tests.support.stores import Database


async def test_few_and_many_servers_are_measured_and_shown_side_by_side(tmp_path: Path) -> None:
    plan = Plan(few=2, many=20, rounds=1, calls=4)
    few, many = Database(tmp_path / "few"), Database(tmp_path / "many")
    rows = await measured("SQLite", few, many, plan)
    assert [row.what for row in rows] == ["finding the server", "the whole call"]
    assert all(cost.cpu > 0 and cost.p50 > 0 for row in rows for cost in (row.few, row.many))
    for row in rows:
        assert row.cpu_ratio == pytest.approx(row.many.cpu / row.few.cpu)
        assert row.p50_ratio == pytest.approx(row.many.p50 / row.few.p50)
    shown = rendered(rows, plan).splitlines()
    assert [line.split(" | ")[:2] for line in shown if line.startswith("| SQLite")] == [
        ["| SQLite", row.what] for row in rows
    ]


def test_performance_page_has_the_figures_of_both_databases() -> None:
    figures = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    found = [line.split(" | ")[0] for line in figures.splitlines() if line.startswith("| ")]
    assert found == ["| Database", "| ---", *["| SQLite"] * 2, *["| PostgreSQL"] * 2]
