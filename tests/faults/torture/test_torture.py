"""Two rounds of `make torture`."""

from __future__ import annotations

from tests.faults.torture.run import Plan, run
from tests.faults.torture.toll import Toll


async def test_each_write_is_done_once_or_told_as_unknown_however_a_server_is_killed() -> None:
    toll = await run(Plan(rounds=2, answers=10))
    assert toll.faults == []
    assert (toll.rounds, toll.done + toll.unknown >= toll.keys) == (2, True)
    assert toll.keys > toll.answered > 0


def test_what_a_run_must_not_have_is_named() -> None:
    assert Toll(rounds=1, unknown=3, rows_missing=2).faults == ["2 rows missing"]
