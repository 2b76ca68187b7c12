"""SIGTERM: the process takes no new work and finishes what it has."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack

import httpx

from tests.e2e.connecting import HTTP, Way, command, connected
from tests.e2e.stack import ORG, watched
from tests.serving import serving


async def test_calls_in_flight_finish_when_the_process_is_told_to_end() -> None:
    upstream = watched()
    async with serving(upstream) as vapi, AsyncExitStack() as stack, asyncio.timeout(30):
        key = {"VAPI_API_KEY": "sandbox-key", "VAPI_BASE_URL": vapi.url}
        process, line = stack.enter_context(command(["serve", "--port", "0"], **key))
        url = line.split()[-1]
        upstream.free.clear()
        calls = [asyncio.create_task(_ask(way, url)) for way in HTTP]
        for _ in HTTP:
            await upstream.entered.acquire()
        process.send_signal(signal.SIGTERM)
        await _closed(url)
        assert not any(call.done() for call in calls)
        upstream.free.set()
        assert await asyncio.gather(*calls) == ["Ava"] * len(HTTP)
        assert await asyncio.to_thread(process.wait) in (0, -signal.SIGTERM)


async def _ask(way: Way, url: str) -> str:
    place = url.replace("/mcp/", "/sse/") if way == "legacy SSE" else url
    async with connected(way, place) as connection:
        # The SDK's client asks for this list after a first call, if it has none by then.
        await connection.tool_names()
        answer = await connection.call("get_single_vapi_assistant_by_id", id=ORG)
        return answer.json["name"]


async def _closed(url: str) -> None:
    """Return once nobody can connect any more."""
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                await client.get(httpx.URL(url).join("/healthz"), headers={"Connection": "close"})
            except httpx.TransportError:
                return
