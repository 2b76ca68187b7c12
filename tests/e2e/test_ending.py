"""SIGTERM: the process takes no new work and finishes what it has."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx

from tests.support.app import headers_of, message
from tests.support.e2e.connecting import HTTP, Way, command, connected
from tests.support.e2e.stack import ORG, watched
from tests.support.serving import serving
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.security.keyfile import load_keyring
from vapi_mcp.store.sql.sql_store import open_store

READ = {"name": "get_single_vapi_assistant_by_id", "arguments": {"id": ORG}}
WRITE = {"name": "create_a_vapi_assistant", "arguments": {"name": "Ada"}}


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


async def test_no_call_is_lost_and_all_are_logged_when_a_busy_process_is_told_to_end(
    tmp_path: Path,
) -> None:
    upstream, wanted = watched(), [READ, WRITE] * 25
    async with serving(upstream) as vapi, AsyncExitStack() as stack, asyncio.timeout(60):
        arguments = ["serve", "--port", "0", "--data-dir", str(tmp_path)]
        given = {"VAPI_API_KEY": "sandbox-key", "VAPI_BASE_URL": vapi.url}
        process, line = stack.enter_context(command(arguments, **given, VAPI_MCP_DRAIN_DELAY="1"))
        url = line.split()[-1]
        upstream.free.clear()
        client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=30))
        posted = [_post(client, url, number, call) for number, call in enumerate(wanted)]
        calls = [asyncio.create_task(one) for one in posted]
        for _ in wanted:
            await upstream.entered.acquire()
        process.send_signal(signal.SIGTERM)
        assert await _not_ready(client, url) == {"status": "not ready", "part": "draining"}
        late = asyncio.create_task(_post(client, url, len(wanted), READ))
        await upstream.entered.acquire()
        await _closed(url)
        assert not any(call.done() for call in calls)
        upstream.free.set()
        assert await asyncio.gather(*calls, late) == [False] * (len(wanted) + 1)
        assert await asyncio.to_thread(process.wait) == 0
    ring = load_keyring(None, tmp_path, may_make=False)
    async with open_store(tmp_path, ring) as store:
        page = await store.list_entries(LogFilter(mcp_method="tools/call"), Window(100))
    logged = {int(entry.request_id or -1): entry.tool_name for entry in page.items}
    assert logged == {n: call["name"] for n, call in enumerate([*wanted, READ])}
    assert {entry.status for entry in page.items} == {200}


async def _post(client: httpx.AsyncClient, url: str, number: int, call: dict[str, Any]) -> bool:
    """Send a call of its own id; return whether its answer is an error."""
    request = message("tools/call", call, id=number)
    answer = await client.post(url, json=request, headers=headers_of(request))
    assert answer.json()["id"] == number
    return answer.json()["result"]["isError"]


async def _not_ready(client: httpx.AsyncClient, url: str) -> Any:
    """Return what a process says once it is no longer ready."""
    while True:
        answer = await client.get(httpx.URL(url).join("/readyz"))
        if answer.status_code == 503:
            return answer.json()


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
