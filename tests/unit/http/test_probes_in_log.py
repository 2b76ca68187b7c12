from __future__ import annotations

import logging

import httpx
import pytest

from tests.support.app import hosted


async def test_probes_that_say_yes_are_not_logged_at_info(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "vapi_mcp.http.middleware.access_log")
    async with hosted() as server, httpx.AsyncClient(base_url=server.url) as client:
        for path in ("/healthz", "/readyz", "/metrics", "/tools"):
            await client.get(path)
    levels = {
        each.message.split()[1]: each.levelname
        for each in caplog.records
        if each.name.endswith("access_log")
    }
    assert levels == {
        "/healthz": "DEBUG",
        "/readyz": "DEBUG",
        "/metrics": "DEBUG",
        "/tools": "INFO",
    }
