from __future__ import annotations

import gc
from functools import partial
from pathlib import Path

from tests.bench.garbage import WAYS, BenchUpstream, Costs, measured
from tests.bench.questions import GET
from tests.bench.servers import post
from tests.support.app import composed
from tests.support.filled_stores import fill
from tests.support.stores import Database, ring_of
from vapi_mcp.store.sql.sql_store import SqlStore


async def test_calls_leave_no_object_behind_once_garbage_is_collected(tmp_path: Path) -> None:
    database = Database(tmp_path / "calls")
    async with database.opened() as store:
        (token,) = await fill(store, 1)
    # The first takes what is kept for good. Tasks that just end make some hundred more or less.
    _, *found = [await _objects_after(n, database, token) for n in (50, 50, 500, 50, 500)]
    # One object a call would be 450.
    assert min(found[1::2]) - min(found[::2]) < 225


async def _objects_after(calls: int, database: Database, token: str) -> int:
    """Return how many objects there are with an app that has answered so many calls."""
    ring = ring_of(database.key)
    store = SqlStore(database.where, ring)
    app = composed(
        store, BenchUpstream(), ring=ring, held=[store.opened()], server_calls_per_minute=0
    )
    async with app.router.lifespan_context(app):
        await Costs().add(partial(post, app, f"/mcp/{token}", GET.body()), calls)
    # Its rows are written by now.
    gc.unfreeze()
    gc.collect()
    return len(gc.get_objects())


async def test_each_setting_of_the_collector_is_measured_and_the_old_one_set_again() -> None:
    before = gc.get_threshold()
    found = await measured(GET, rounds=1, calls=4)
    assert [(name, len(costs.calls)) for name, costs in found.items()] == [(w, 4) for w in WAYS]
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)


def test_a_row_has_the_mean_and_the_tail_of_the_calls_and_the_collectors_share() -> None:
    costs = Costs(calls=[1.0] * 99 + [101.0], turns=[20.0, 80.0])
    assert costs.row() == ["2.00", "1.00", "2.00", "91.10", "80.00", "50.0%"]
