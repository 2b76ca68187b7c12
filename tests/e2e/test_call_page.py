"""The page of a call in the console, over the simulated Vapi."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tests.support.console import Browser, signed_in_at
from tests.support.e2e.gallery import Gallery, call_with, gallery, world
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogFilter

_LINK = re.compile(r"account-1/([0-9a-f-]{36})")


@asynccontextmanager
async def console() -> AsyncGenerator[tuple[Gallery, Browser]]:
    async with (
        gallery() as server,
        signed_in_at(server.running.url, server, tenant_id=None) as browser,
    ):
        yield server, browser


def call_in(status: str) -> str:
    calls = world().resources["call"].values()
    return next(call["id"] for call in calls if call.get("status") == status)


async def test_a_call_shows_its_turns_its_cost_and_why_it_ended() -> None:
    call = world().resources["call"][call_with("mono-recording")]
    async with console() as (_, browser):
        page = (await browser.get(f"/calls/account-1/{call['id']}")).text
    spoken = [m for m in call["messages"] if m["role"] in ("bot", "user")]
    assert page.count('data-start="') == len(spoken)
    assert call["endedReason"] in page
    assert "Why it ended" in page
    assert "all</th>" in page
    assert "recording?of=mono" in page


async def test_a_recording_is_sent_in_the_parts_that_a_player_asks_for() -> None:
    call_id = call_with("mono-recording")
    async with console() as (_, browser):
        path = f"/console/calls/account-1/{call_id}/recording?of=mono"
        whole = await browser.client.get(path)
        part = await browser.client.get(path, headers={"Range": "bytes=100-199"})
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"


async def test_the_outline_of_a_recording_is_a_picture() -> None:
    async with console() as (_, browser):
        call_id = call_with("mono-recording")
        picture = await browser.get(f"/calls/account-1/{call_id}/waveform.svg", of="mono")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert 100 < picture.text.count("v") <= 410


async def test_the_log_of_a_call_is_read_line_by_line() -> None:
    async with console() as (_, browser):
        page = (await browser.get(f"/calls/account-1/{call_with('call-logs')}/log")).text
    assert "Call created" in page
    assert 'data-label="Level"' in page


async def test_a_call_that_goes_on_and_one_that_is_not_there_say_so() -> None:
    async with console() as (_, browser):
        running = (await browser.get(f"/calls/account-1/{call_in('in-progress')}")).text
        missing = await browser.get("/calls/account-1/00000000-0000-4000-8000-000000000000")
    assert "This call is in-progress" in running
    assert "A recording is here once the call has ended" in running
    assert missing.status_code == 404
    assert "Not Found" in missing.text


async def test_calls_are_listed_and_found_by_what_was_said() -> None:
    async with console() as (_, browser):
        page = (await browser.get("/calls/account-1")).text
        assert page.count('data-label="Customer"') == 25
        [older] = re.findall(r'rel="next" href="(\?cursor=[^"]+)"', page)
        second = (
            await browser.client.get(f"/console/calls/account-1{older.replace('&amp;', '&')}")
        ).text
        ended = (await browser.get("/calls/account-1", status="scheduled")).text
    first_ids, second_ids = (set(_LINK.findall(each)) for each in (page, second))
    assert len(second_ids) == 25
    assert not first_ids & second_ids
    assert "scheduled" in ended
    assert "customer-ended-call" not in ended


async def test_a_read_in_the_console_is_in_the_log_under_the_person_s_token() -> None:
    call_id = call_with("mono-recording")
    async with console() as (server, browser):
        await browser.get(f"/calls/account-1/{call_id}")
    entries = (await server.store.list_entries(LogFilter(log_type="mcp"), Window())).items
    assert [(e.tool_name, e.client_name, e.token_name, e.upstream_id) for e in entries] == [
        ("get_single_vapi_call_by_id", "console", "Ada", call_id)
    ]


async def test_a_call_of_another_tenant_s_account_is_not_there() -> None:
    async with (
        gallery() as server,
        signed_in_at(server.running.url, server, tenant_id="other") as browser,
    ):
        call_id = call_with("mono-recording")
        for path in ("", f"/{call_id}", f"/{call_id}/recording", f"/{call_id}/waveform.svg"):
            assert (await browser.get(f"/calls/account-1{path}")).status_code == 404, path
