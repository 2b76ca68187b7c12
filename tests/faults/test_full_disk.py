"""A disk that is full: what needs no disk goes on, what must be written is refused.

The system refuses to let the files of the process grow (RLIMIT_FSIZE), for as long as a test says.
"""

from __future__ import annotations

import asyncio
import resource
import sys
from pathlib import Path

import pytest

from tests.faults.hosting import READ, WRITE, hosting, some_tenants, statuses
from tests.faults.soak.tenants import TenantsVapi
from tests.support.serving import serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs prlimit")


async def test_full_disk_stops_writes_under_a_key_and_nothing_else(tmp_path: Path) -> None:
    tenants = some_tenants(1)
    vapi = TenantsVapi(tenants, large_lists=False)
    async with serving(vapi) as place, asyncio.timeout(60):
        settings = {"VAPI_MCP_DATA_DIR": str(tmp_path / "data")}
        async with hosting(place.url, tenants, settings) as house:
            [url] = house.urls
            pid, kind = house.process.pid, resource.RLIMIT_FSIZE
            usual = resource.prlimit(pid, kind)
            resource.prlimit(pid, kind, (0, usual[1]))
            read = await house.call(url, READ, id="one")
            under_key = await house.call(url, WRITE, name="two", idempotency_key="two")
            bare = await house.post(url, WRITE, name="three")
            await house.until_ready(503)
            resource.prlimit(pid, kind, usual)
            await house.until_ready(200)
            repeated = await house.call(url, WRITE, name="two", idempotency_key="two")
    assert read[0] is True
    assert under_key[0] is False
    assert "could not be saved, so nothing was sent" in under_key[1]["message"]
    assert "The audit log could not be written in time" in bare.text
    assert repeated[0] is True
    assert vapi.created == {("tenant-00", "two"): 1, ("tenant-00", "three"): 1}
    # What was answered meanwhile was kept until it could be written.
    assert statuses(tmp_path / "data") == [200, 200, 200, 503]
