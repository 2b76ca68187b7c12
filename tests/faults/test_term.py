"""SIGTERM with 200 calls in flight: each is answered and logged, and the process ends with 0."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

from tests.faults.hosting import READ, WRITE, hosting, some_tenants, statuses
from tests.support.e2e.stack import ORG, watched
from tests.support.serving import serving

TENANTS, CALLS = 4, 50


async def test_200_calls_in_flight_are_answered_and_logged_after_sigterm(tmp_path: Path) -> None:
    upstream = watched()
    settings = {"VAPI_MCP_DATA_DIR": str(tmp_path / "data")}
    async with serving(upstream) as vapi, asyncio.timeout(90):
        async with hosting(vapi.url, some_tenants(TENANTS), settings) as house:
            upstream.free.clear()
            upstream.entered = asyncio.Semaphore(0)
            wanted: list[tuple[str, dict[str, Any]]] = [(READ, {"id": ORG}), (WRITE, {"name": "A"})]
            calls = [
                asyncio.create_task(house.call(url, tool, **arguments))
                for url in house.urls
                for tool, arguments in wanted * (CALLS // 2)
            ]
            for _ in calls:
                await upstream.entered.acquire()
            house.process.send_signal(signal.SIGTERM)
            upstream.free.set()
            answers = await asyncio.gather(*calls)
            status = await asyncio.to_thread(house.process.wait)
    assert [is_well for is_well, _ in answers] == [True] * TENANTS * CALLS
    assert status == 0
    assert statuses(tmp_path / "data") == [200] * TENANTS * CALLS
