from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from tests.support.admin_api import Stage, failures, staged
from tests.support.stores import Database, Memory
from vapi_mcp.audit.entry import LogEntry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENTRIES = [
    LogEntry(
        log_type="mcp",
        status=status,
        id=f"entry-{number}",
        created_at=NOW + timedelta(minutes=number),
        account_id="an-account",
        server_id=f"server-{number % 2}",
        request_id=str(number),
        mcp_method="tools/call",
        tool_name="list_all_vapi_calls",
        resource="calls",
        method="list",
        client_name="claude",
        client_version="1.0",
        duration=12.5,
        upstream_duration=10.0,
        upstream_id="call-1",
        cost=0.25,
        arguments={"limit": 5},
        message="fine",
    )
    for number, status in enumerate([200, 404, 429, 500, 200])
]


async def _filled(stage: Stage) -> None:
    await stage.log.add_entries(ENTRIES)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [4, 3, 2, 1, 0]),
        ("http_status_code=429", [2]),
        ("http_status_code=4xx", [2, 1]),
        ("mcp_server_id=server-1", [3, 1]),
        ("mcp_server_id=server-1&http_status_code=5xx", [3]),
        ("request_id=3", [3]),
        ("tool_name=list_all_vapi_calls&mcp_method=tools/call&resource=calls", [4, 3, 2, 1, 0]),
        ("method=create", []),
        ("client_name=claude&client_version=1.0", [4, 3, 2, 1, 0]),
        ("client_version=2.0", []),
        ("integrated_account_id=another", []),
        ("created_at_gte=2026-03-01T12:03:00Z", [4, 3]),
        ("created_at_lt=2026-03-01T13:01:00%2B01:00", [0]),
        ("created_at_gte=2026-03-01T12:01:00Z&created_at_lt=2026-03-01T12:03:00Z", [2, 1]),
    ],
)
async def test_the_log_is_filtered(query: str, numbers: list[int]) -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        await _filled(stage)
        found = (await client.get(f"/log?log_type=mcp&{query}")).json()
        exported = await client.get(f"/log/export?log_type=mcp&{query}")
    assert [entry["id"] for entry in found["result"]] == [f"entry-{n}" for n in numbers]
    assert [orjson.loads(line) for line in exported.text.splitlines()] == found["result"]
    assert exported.headers["content-type"] == "application/x-ndjson"


async def test_an_entry_says_all_that_is_known() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        await _filled(stage)
        [entry] = (await client.get("/log?request_id=2")).json()["result"]
    assert entry == {
        "id": "entry-2",
        "log_type": "mcp",
        "created_at": "2026-03-01T12:02:00Z",
        "tenant_id": None,
        "integrated_account_id": "an-account",
        "mcp_server_id": "server-0",
        "request_id": "2",
        "mcp_method": "tools/call",
        "tool_name": "list_all_vapi_calls",
        "resource": "calls",
        "method": "list",
        "client_name": "claude",
        "client_version": "1.0",
        "http_status_code": 429,
        "duration": 12.5,
        "fetch_duration": 10.0,
        "outcome": None,
        "token_id": None,
        "token_name": None,
        "source_address": None,
        "idempotency_key_hash": None,
        "confirmation_code_hash": None,
        "upstream_id": "call-1",
        "upstream_ids": None,
        "cost": 0.25,
        "tokens": None,
        "arguments": {"limit": 5},
        "message": "fine",
        "action": None,
        "actor": None,
        "change_id": None,
    }


async def test_walking_the_log_returns_each_entry_once_both_ways(
    place: Memory | Database,
) -> None:
    query = {"log_type": "mcp", "limit": "2"}
    async with staged(place) as stage, stage.as_admin() as client:
        await _filled(stage)
        pages = [await _page(client, query)]
        while cursor := pages[-1]["next_cursor"]:
            pages.append(await _page(client, {**query, "next_cursor": cursor}))
        back = [pages[-1]]
        while cursor := back[-1]["prev_cursor"]:
            back.append(await _page(client, {**query, "prev_cursor": cursor}))
    assert [page["result_count"] for page in pages] == [2, 2, 1]
    assert _ids(pages) == [f"entry-{n}" for n in (4, 3, 2, 1, 0)]
    assert _ids(back[::-1]) == _ids(pages)


async def test_a_cursor_belongs_to_its_filters() -> None:
    async with staged(Memory()) as stage, stage.as_admin() as client:
        await _filled(stage)
        cursor = (await client.get("/log?log_type=mcp&limit=1")).json()["next_cursor"]
        walks_on = await client.get(f"/log?limit=3&log_type=mcp&next_cursor={cursor}")
        assert len(walks_on.json()["result"]) == 3
        for query in ("", "log_type=admin", "log_type=mcp&http_status_code=4xx"):
            for given in (cursor, cursor[:-2] + "AA", cursor + "A"):
                response = await client.get(f"/log?{query}&next_cursor={given}")
                assert failures(response).keys() == {"next_cursor"}


async def test_an_export_goes_beyond_a_page() -> None:
    many = [LogEntry(log_type="mcp", status=200) for _ in range(1203)]
    async with staged(Memory()) as stage, stage.as_admin() as client:
        await stage.log.add_entries(many)
        lines = (await client.get("/log/export?log_type=mcp")).text.splitlines()
    assert {orjson.loads(line)["id"] for line in lines} == {entry.id for entry in many}
    assert len(lines) == len(many)


async def _page(client: httpx.AsyncClient, query: dict[str, str]) -> dict[str, Any]:
    return (await client.get("/log", params=query)).json()


def _ids(pages: list[dict[str, Any]]) -> list[str]:
    return [entry["id"] for page in pages for entry in page["result"]]
