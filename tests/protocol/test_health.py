from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx
import pytest

from tests.protocol.hosting import hosted, message, post, send
from vapi_mcp.access.memory import MemoryStore
from vapi_mcp.errors import StoreError


async def asked(url: str) -> tuple[int, dict[str, str]]:
    answer = await send("GET", url, headers={"Host": "10.1.2.3"})
    return answer.status_code, answer.json()


async def test_process_lives_and_is_ready_whatever_host_it_is_asked_by() -> None:
    async with hosted() as server:
        assert await asked(f"{server.url}/healthz") == (200, {"status": "ok"})
        assert await asked(f"{server.url}/readyz") == (200, {"status": "ready"})


async def fails(_: MemoryStore) -> int:
    raise StoreError


async def hangs(_: MemoryStore) -> int:
    await asyncio.Event().wait()
    return 0


async def closed(url: str) -> None:
    """Return once nobody can connect any more."""
    with suppress(httpx.TransportError):
        while True:
            await asked(f"{url}/healthz")


@pytest.mark.parametrize("revision", [fails, hangs])
async def test_store_that_does_not_answer_is_named_and_nothing_else_is_told(
    revision: Callable[[MemoryStore], Awaitable[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vapi_mcp.protocol.health._STORE_SECONDS", 0.1)
    monkeypatch.setattr(MemoryStore, "revision", revision)
    async with hosted() as server:
        ready = await asked(f"{server.url}/readyz")
        alive = await asked(f"{server.url}/healthz")
    assert ready == (503, {"status": "not ready", "part": "store"})
    assert alive == (200, {"status": "ok"})


async def test_process_that_ends_is_not_ready_while_it_still_answers() -> None:
    async with hosted(drain_delay=0.5) as server:
        server.running.stop()
        async with asyncio.timeout(5):
            await server.drain.wait()
            ready = await asked(f"{server.url}/readyz")
            answer = await post(server.mcp_url, message("ping"))
            await closed(server.url)
    assert ready == (503, {"status": "not ready", "part": "draining"})
    assert answer.status_code == 200
