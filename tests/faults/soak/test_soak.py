"""A few seconds of `make soak`, and its least squares."""

from __future__ import annotations

import pytest

from tests.faults.soak.report import figures, rendered
from tests.faults.soak.run import Plan, run
from tests.faults.soak.slopes import slope
from tests.faults.soak.tally import Tally


async def test_a_short_run_mixes_up_and_loses_nothing_and_has_a_row_for_each_request() -> None:
    outcome = await run(Plan(seconds=2, rate=60, tenants=2, servers=1, samples=4))
    told = figures(outcome)
    assert outcome.faults == [], rendered(outcome)
    assert told["asked"] == told["answered"] == told["audit_rows"] > len(told["asked_by_kind"])
    assert rendered(outcome).endswith("\nnothing was wrong")


def test_a_slope_is_that_of_the_line_through_the_points() -> None:
    assert slope([(0, 1), (1, 3), (2, 5)]) == pytest.approx(2)
    assert slope([(0, 4), (1, 6), (2, 4)]) == pytest.approx(0)
    assert slope([(3, 7)]) == 0


def test_a_tally_keeps_a_few_examples_of_what_was_wrong() -> None:
    tally = Tally()
    for number in range(20):
        tally.note("lost", str(number))
    assert (tally.lost, tally.examples) == (20, [f"lost: {number}" for number in range(10)])
