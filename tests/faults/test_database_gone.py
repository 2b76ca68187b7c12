"""PostgreSQL goes away and comes back: calls are refused in words, and nothing needs a restart.

OUTAGE_SECONDS: how much longer it stays away than until the server has noticed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests.faults.hosting import READ, WRITE, Hosting, hosting, some_tenants
from tests.faults.soak.tenants import TenantsVapi
from tests.support.e2e.stack import Watched
from tests.support.serving import serving
from tests.support.stores import Database, PostgreSQL, postgresql

NAMES = ("before", "during", "held")
SECONDS = float(os.environ.get("OUTAGE_SECONDS", "0"))


@pytest.fixture
def own_server() -> Generator[PostgreSQL]:
    with postgresql() as server:
        yield server


@pytest.fixture
def database(own_server: PostgreSQL) -> Database:
    return Database(own_server.migrated())


async def test_database_that_comes_back_is_used_again_and_no_write_is_lost_or_doubled(
    own_server: PostgreSQL, database: Database, tmp_path: Path
) -> None:
    tenants = some_tenants(1)
    simulated = TenantsVapi(tenants, large_lists=False)
    vapi = Watched(simulated)
    settings = {
        "VAPI_MCP_DATABASE_URL": str(database.where),
        "VAPI_MCP_ENCRYPTION_KEYS": database.key,
        "VAPI_MCP_DATA_DIR": str(tmp_path),
    }
    async with serving(vapi) as place, asyncio.timeout(90 + 2 * SECONDS):
        async with hosting(place.url, tenants, settings) as house:
            [url] = house.urls
            before = await house.call(url, WRITE, **_keyed("before"))
            in_flight = await _answered_without(own_server, vapi, house)
            refused = await house.post(url, WRITE, **_keyed("during"))
            await house.until_ready(503)
            seen = await _asked_for(house, url)
            alive = await house.client.get("/healthz")
            await asyncio.to_thread(own_server.start)
            await house.until_ready(200)
            # As if the time had passed in which a call that was cut off may still be answered.
            await database.run("UPDATE intents SET waits_until = created_at")
            repeated = [await house.call(url, WRITE, **_keyed(name)) for name in NAMES]
    rows = await database.run("SELECT status FROM audit_log WHERE mcp_method = 'tools/call'")
    assert "This was done, but its answer could not be kept" in in_flight.text
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert "this server's database does not answer; try again in a moment" in refused.text
    assert (seen, alive.status_code) == ({503}, 200)
    assert [is_well for is_well, _ in repeated] == [True, True, False]
    assert (repeated[0], repeated[2][1]["outcome"]) == (before, "unknown")
    assert simulated.created == {("tenant-00", name): 1 for name in NAMES}
    # The first call, the one in flight, whose row waited, and the three repeats.
    assert sorted(status for (status,) in rows) == [200, 200, 200, 200, 409]


async def _answered_without(server: PostgreSQL, vapi: Watched, house: Hosting) -> httpx.Response:
    """Let the database go while Vapi is at work on a write; return the answer to that."""
    vapi.entered = asyncio.Semaphore(0)
    vapi.free.clear()
    call = asyncio.create_task(house.post(house.urls[0], WRITE, **_keyed("held")))
    await vapi.entered.acquire()
    await asyncio.to_thread(server.stop)
    vapi.free.set()
    return await call


async def _asked_for(house: Hosting, url: str) -> set[int]:
    """Call for as long as the outage lasts; return the statuses of the answers."""
    until, seen = asyncio.get_running_loop().time() + SECONDS, set[int]()
    while not seen or asyncio.get_running_loop().time() < until:
        seen.add((await house.post(url, READ, id="one")).status_code)
    return seen


def _keyed(name: str) -> dict[str, str]:
    return {"name": name, "idempotency_key": name}
