from __future__ import annotations

import gc

from tests.bench.garbage import WAYS, Costs, measured
from tests.bench.questions import GET


async def test_each_setting_of_the_collector_is_measured_and_the_old_one_set_again() -> None:
    before = gc.get_threshold()
    found = await measured(GET, rounds=1, calls=4)
    assert [(name, len(costs.calls)) for name, costs in found.items()] == [(w, 4) for w in WAYS]
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)


def test_a_row_has_the_mean_and_the_tail_of_the_calls_and_the_collectors_share() -> None:
    costs = Costs(calls=[1.0] * 99 + [101.0], turns=[20.0, 80.0])
    assert costs.row() == ["2.00", "1.00", "2.00", "91.10", "80.00", "50.0%"]
