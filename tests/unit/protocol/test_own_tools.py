"""The rows that tools of our own leave in the log: one a call, with no secret in it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.app import hosted, message, modern, post
from tests.support.upstream import FakeUpstream
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.registry.scope import FULL

ID = "5f6c2c8e-1d1c-4b0e-9a53-0c7b3c1f5a10"
CALL = {
    "id": ID,
    "status": "in-progress",
    "monitor": {"controlUrl": "https://control.vapi.ai/secret-part/control"},
}
ENDED = {**CALL, "status": "ended", "endedReason": "customer-busy", "cost": 0.5}


async def row_of(upstream: FakeUpstream, build: Any, name: str, **arguments: Any) -> LogEntry:
    call = build("tools/call", {"name": name, "arguments": {"id": ID, **arguments}})
    async with hosted(upstream=upstream, scope=FULL) as server:
        await post(server.mcp_url, call)
    page = await server.store.list_entries(LogFilter(), Window(limit=9))
    [row] = page.items
    return row


@pytest.mark.parametrize("build", [message, modern])
async def test_a_wait_is_one_row(build: Any) -> None:
    upstream = FakeUpstream({f"GET /call/{ID}": ENDED})
    row = await row_of(upstream, build, "wait_for_a_vapi_call")
    assert (row.tool_name, row.method, row.outcome) == ("wait_for_a_vapi_call", "get", "read")
    assert (row.upstream_id, row.cost) == (ID, 0.5)


@pytest.mark.parametrize("build", [message, modern])
async def test_a_transfer_is_one_row_without_url_and_whole_number(build: Any) -> None:
    upstream = FakeUpstream({f"GET /call/{ID}": CALL})
    there = {"type": "number", "number": "+14155550199"}
    row = await row_of(upstream, build, "transfer_a_vapi_call", destination=there)
    assert (row.tool_name, row.method, row.outcome) == ("transfer_a_vapi_call", "update", "sent")
    assert row.upstream_id == ID
    assert "secret-part" not in str(row)
    assert "+14155550199" not in str(row)


@pytest.mark.parametrize("build", [message, modern])
async def test_a_restore_that_finds_nothing_is_a_refusal_of_its_own_tool(build: Any) -> None:
    row = await row_of(FakeUpstream(), build, "restore_a_vapi_change")
    assert (row.tool_name, row.outcome, row.status) == ("restore_a_vapi_change", "refused", 404)


async def test_a_process_that_ends_answers_who_waits() -> None:
    upstream = FakeUpstream({f"GET /call/{ID}": CALL})
    call = message("tools/call", {"name": "wait_for_a_vapi_call", "arguments": {"id": ID}})
    async with hosted(upstream=upstream, scope=FULL) as server, asyncio.timeout(10):
        asking = asyncio.create_task(post(server.mcp_url, call))
        await upstream.entered.wait()
        server.drain.begin()
        answer = (await asking).json()["result"]
    assert "Not over after" in answer["content"][1]["text"]
