from __future__ import annotations

from tests.bench.page import PAGE
from tests.bench.streams import BEGIN, END, WAYS, Row, measured, rendered


async def test_every_way_is_measured_from_vapis_first_text_to_the_clients() -> None:
    rows = await measured(10)
    assert [row.way for row in rows] == list(WAYS)
    assert all(0 < row.p50 <= row.slowest for row in rows)


def test_a_way_that_is_too_slow_is_named() -> None:
    rows = [Row("one", 1.0, 2.0, 3.0), Row("other", 1.0, 60.0, 70.0)]
    assert "Missed by other." in rendered(rows, 10)
    assert "Reached everywhere." in rendered(rows[:1], 10)
    assert "| other | 1.00 | 60.00 | 70.00 |" in rendered(rows, 10)


def test_performance_page_has_the_figures_of_every_way() -> None:
    figures = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    lines = [line.split(" | ")[0] for line in figures.splitlines() if line.startswith("| ")]
    assert lines == ["| Way", "| ---", *(f"| {way}" for way in WAYS)]
