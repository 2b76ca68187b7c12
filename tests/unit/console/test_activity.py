"""The activity: filters in the URL, pages, entries, exports."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from tests.support.app import Hosted, hosted
from tests.support.console import Browser, signed_in
from vapi_mcp.audit.entry import LogEntry

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def entry(number: int, **values: Any) -> LogEntry:
    given: dict[str, Any] = {
        "log_type": "mcp",
        "status": 429 if number % 10 == 0 else 200,
        "id": f"entry-{number:03}",
        "created_at": NOW + timedelta(minutes=number),
        "account_id": "account-1",
        "server_id": "server-0",
        "mcp_method": "tools/call",
        "tool_name": "list_all_vapi_calls",
        "client_name": "Claude",
        **values,
    }
    return LogEntry(**given)


@asynccontextmanager
async def logged(*entries: LogEntry, **token: Any) -> AsyncGenerator[tuple[Hosted, Browser]]:
    async with hosted() as server, signed_in(server, **token) as (_, browser):
        await server.store.add_entries(entries)
        yield server, browser


def ids(page: str) -> list[str]:
    return re.findall(r"/activity/(entry-\d+)", page)


async def test_pages_keep_the_filter_and_lose_no_entry() -> None:
    entries = [entry(number) for number in range(130)]
    async with logged(*entries) as (_, browser):
        found: list[str] = []
        path = "/console/activity?tool_name=list_all_vapi_calls"
        while path:
            page = (await browser.client.get(path)).text
            found += ids(page)
            links = re.findall(r'href="(\?[^"]+)" rel="next"', page)
            assert all("tool_name=list_all_vapi_calls" in link for link in links)
            path = f"/console/activity{links[0].replace('&amp;', '&')}" if links else ""
        assert found == [each.id for each in reversed(entries)]


async def test_each_link_of_a_filtered_page_carries_the_filter() -> None:
    async with logged(*(entry(number) for number in range(30))) as (_, browser):
        page = (await browser.get("/activity", http_status_code="429")).text
        assert ids(page) == ["entry-020", "entry-010", "entry-000"]
        links = re.findall(r'href="(/console/activity/[^"]*)"', page)
        assert links
        assert all(link.endswith("?http_status_code=429") for link in links)
        middle = (await browser.get("/activity/entry-010", http_status_code="429")).text
        assert 'rel="prev" href="/console/activity/entry-020?http_status_code=429"' in middle
        assert 'rel="next" href="/console/activity/entry-000?http_status_code=429"' in middle


async def test_an_export_is_what_the_filter_on_screen_wants() -> None:
    async with logged(*(entry(number) for number in range(30))) as (_, browser):
        answer = await browser.get("/activity/export", http_status_code="429")
        assert answer.headers["content-type"] == "application/x-ndjson"
        lines = [orjson.loads(line) for line in answer.content.splitlines()]
        assert [each["id"] for each in lines] == ["entry-020", "entry-010", "entry-000"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({"http_status_code": "x"}, "an HTTP status such as 429"),
        ({"created_at_gte": "yesterday"}, "date and time"),
        ({"colour": "red"}, "there is no filter colour"),
    ],
)
async def test_a_wrong_filter_shows_nothing_and_says_what_is_wrong(
    query: dict[str, str], told: str
) -> None:
    async with logged(entry(1)) as (_, browser):
        page = (await browser.get("/activity", **query)).text
        assert told in page
        assert ids(page) == []
        assert (await browser.get("/activity/export", **query)).status_code == 400


async def test_a_period_counts_back_from_now() -> None:
    fresh = entry(2, created_at=datetime.now(UTC) - timedelta(minutes=5))
    async with logged(entry(1), fresh) as (_, browser):
        assert ids((await browser.get("/activity", last="1h")).text) == ["entry-002"]
        assert ids((await browser.get("/activity/rows", last="1h")).text) == ["entry-002"]


async def test_an_entry_shows_its_arguments_and_leads_to_its_call() -> None:
    told = entry(
        1,
        resource="calls",
        upstream_ids=("call-1",),
        arguments={"limit": 5},
        message="fine",
        cost=0.25,
    )
    async with logged(told) as (_, browser):
        page = (await browser.get("/activity/entry-001")).text
        assert "&#34;limit&#34;: 5" in page
        assert 'href="/console/calls/account-1/call-1"' in page
        assert "$0.25" in page


async def test_a_tenant_s_person_sees_the_tenant_s_entries_only() -> None:
    ours, theirs = entry(1, tenant_id="acme"), entry(2, tenant_id="other")
    async with logged(
        ours, theirs, replace(ours, id="entry-003", tenant_id=None), tenant_id="acme"
    ) as (
        _,
        browser,
    ):
        assert ids((await browser.get("/activity")).text) == ["entry-001"]
        assert (await browser.get("/activity/entry-002")).status_code == 404
        export = (await browser.get("/activity/export")).text
        assert ("entry-001" in export, "entry-002" in export) == (True, False)


async def test_what_clients_say_is_text() -> None:
    hostile = entry(1, client_name="<script>alert(1)</script>", message='"><img src=x>')
    async with logged(hostile) as (_, browser):
        for path in ("/activity", "/activity/entry-001", "/activity/rows", ""):
            page = (await browser.get(path)).text
            assert "<script>alert" not in page
            assert "<img src=x" not in page


async def test_empty_fields_of_the_form_leave_the_url() -> None:
    async with logged(entry(1)) as (_, browser):
        answer = await browser.get("/activity", log_type="", tool_name="x", last="24h", outcome="")
        assert answer.headers["location"] == "/console/activity?tool_name=x&last=24h"
