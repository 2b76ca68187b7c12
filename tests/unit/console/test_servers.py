"""The servers of the console, over the app."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.app import ACCOUNT, Hosted, hosted, modern, post
from tests.support.console import signed_in
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.accounts.policy_record import Policy
from vapi_mcp.accounts.records import Account, Server, ServerConfig
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.clients.table import CLIENTS
from vapi_mcp.console.frame.forms import Form
from vapi_mcp.console.servers import editing
from vapi_mcp.console.servers.config_form import config_of
from vapi_mcp.security.credential import Credential

NEW = {"account": ACCOUNT.id, "name": "Support agent", "inline_media": "yes"}
FIRST = f"/servers/{ACCOUNT.id}/server-0"
FOUND = "Connected: &lt;b&gt;Claude 1.4, 86 tools"
EARLIER = datetime(2026, 1, 1, tzinfo=UTC)
_URL = re.compile(r'data-copy="(http://[^"]+/mcp/vms_\w+)"')


async def newest(server: Hosted) -> Server:
    return (await server.store.list_servers(ACCOUNT.id, Window(), datetime.now(UTC))).items[0]


async def status_of(url: str) -> int:
    return (await post(url, modern("tools/list"))).status_code


def url_in(page: httpx.Response) -> str:
    found = _URL.search(page.text)
    assert found, page.text
    return found[1]


async def test_a_server_is_made_as_the_form_says_and_its_url_works() -> None:
    form = {
        **NEW,
        "methods": ["read", "update"],
        "tags": ["calls"],
        "tool.create_a_vapi_call": "in",
        "tool.list_all_vapi_pcaps": "out",
        "expires": "7d",
        "tool_exposure": "all",
        "confirm": "spending",
        "confirm_by": "code",
        "max_result_tokens": "900",
        "policy.allowed_prefixes": "+49\n+1415",
        "policy.calling_hours.from": "09:00",
        "policy.calling_hours.to": "17:00",
        "policy.calling_hours.days": ["mon", "fri"],
        "policy.calls_per_day": "20",
        "policy.max_spend_per_day": "2.5",
        "policy.time_zone": "Europe/Berlin",
    }
    async with signed_in() as (server, browser):
        page = await browser.send("/servers/new", form)
        made = await newest(server)
        status = await status_of(url_in(page))
    rules = {
        "allowed_prefixes": ["+49", "+1415"],
        "calling_hours": {"from": "09:00", "to": "17:00", "days": ["mon", "fri"]},
        "calls_per_day": 20,
        "max_spend_per_day": 2.5,
    }
    assert (page.status_code, status, made.name) == (200, 200, "Support agent")
    assert page.headers["cache-control"] == "no-store"
    assert made.config == ServerConfig(
        methods=("read", "update"),
        tags=("calls",),
        tools=("create_a_vapi_call",),
        exclude_tools=("list_all_vapi_pcaps",),
        confirm="spending",
        confirm_by="code",
        max_result_tokens=900,
        policy=Policy(time_zone="Europe/Berlin", **rules),
    )
    ends = made.expires_at or datetime.max.replace(tzinfo=UTC)
    assert timedelta() <= made.created_at + timedelta(days=7) - ends < timedelta(minutes=1)


async def test_the_page_of_a_new_url_tells_how_to_connect_each_client() -> None:
    async with signed_in() as (_, browser):
        page = await browser.send("/servers/new", NEW)
    assert all(f'id="client-{name}"' in page.text for name in CLIENTS)
    assert f"claude mcp add --transport http vapi {url_in(page)}" in page.text
    assert "data:image/svg+xml" in page.text


async def test_a_guarded_server_says_where_the_api_token_goes() -> None:
    async with signed_in() as (_, browser):
        page = await browser.send("/servers/new", {**NEW, "require_api_token_auth": "yes"})
    assert "X-Api-Token" in page.text
    assert "your-api-token" in page.text
    assert "choose OAuth" in page.text


async def test_where_oauth_is_off_a_client_without_headers_is_told_so() -> None:
    async with hosted(oauth="off") as server, signed_in(server) as (_, browser):
        page = await browser.send("/servers/new", {**NEW, "require_api_token_auth": "yes"})
    assert "ChatGPT sends no headers" in page.text


async def test_wrong_values_make_no_server_and_stand_beside_their_fields() -> None:
    form = {**NEW, "max_result_tokens": "1", "policy.calls_per_day": "many", "expires": "never"}
    async with signed_in() as (server, browser):
        page = await browser.send("/servers/new", form)
        kept = await newest(server)
    assert (page.status_code, kept.id) == (400, "server-0")
    assert 'value="Support agent"' in page.text
    assert 'value="many"' in page.text
    assert page.text.count('class="wrong"') == 2


async def test_a_date_that_is_none_is_told_with_what_else_is_wrong() -> None:
    async with signed_in() as (_, browser):
        page = await browser.send(
            "/servers/new", {**NEW, "expires": "date", "policy.calls_per_day": "x"}
        )
    assert (page.status_code, page.text.count('class="wrong"')) == (400, 2)
    assert "give a date and a time in UTC" in page.text


async def test_an_edit_keeps_the_url_and_what_the_form_does_not_say() -> None:
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    async with hosted() as server:
        await server.store.update_server(
            ACCOUNT.id, "server-0", lambda kept: replace(kept, expires_at=ends)
        )
        async with signed_in(server) as (_, browser):
            form = {"name": "Renamed", "expires": "keep", "methods": "read", "inline_media": "yes"}
            answer = await browser.send(f"{FIRST}/edit", form)
            kept = await newest(server)
            status = await status_of(server.mcp_url)
    assert answer.headers["location"] == f"/console{FIRST}?done=server-changed"
    assert (kept.name, kept.expires_at, status) == ("Renamed", ends, 200)
    assert kept.config == ServerConfig(methods=("read",))


async def test_an_edit_keeps_keys_of_the_config_that_the_form_does_not_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def without_notes(form: Form) -> dict[str, Any]:
        return {name: value for name, value in config_of(form).items() if name != "notes"}

    monkeypatch.setattr(editing, "config_of", without_notes)
    config = ServerConfig(notes="none")
    async with hosted() as server:
        await server.store.update_server(
            ACCOUNT.id, "server-0", lambda kept: replace(kept, config=config)
        )
        async with signed_in(server) as (_, browser):
            form = {"name": "first", "expires": "keep", "inline_media": "yes"}
            await browser.send(f"{FIRST}/edit", form)
            kept = await newest(server)
    assert kept.config == config


async def test_the_form_of_a_server_holds_its_config() -> None:
    config = ServerConfig(
        methods=("read",),
        tags=("calls",),
        exclude_tools=("list_all_vapi_pcaps",),
        confirm="all_writes",
        policy=Policy(calls_per_day=7, allowed_prefixes=["+49", "+44"]),
    )
    async with hosted() as server:
        await server.store.update_server(
            ACCOUNT.id, "server-0", lambda kept: replace(kept, config=config)
        )
        async with signed_in(server) as (_, browser):
            page = await browser.get(f"{FIRST}/edit")
    for part in (
        'id="methods-read" name="methods" type="checkbox" value="read" checked',
        'id="tags-calls" name="tags" type="checkbox" value="calls" checked',
        '<option value="all_writes" selected>',
        '<option value="out" selected>never</option>',
        'value="7" inputmode="decimal"',
        ">+49\n+44</textarea>",
    ):
        assert part in page.text


async def test_a_preview_shows_the_tools_their_tokens_and_what_they_could_do() -> None:
    async with signed_in() as (server, browser):
        calls = await browser.send("/servers/preview", {"tags": "calls"})
        reads = await browser.send("/servers/preview", {"tags": "calls", "methods": "read"})
        nothing = await browser.send("/servers/preview", {"tags": "fish"})
        kept = await newest(server)
    assert ("<b>12</b>" in calls.text, "can ring people" in calls.text) == (True, True)
    assert "Nothing can ring" in reads.text
    assert "no tool has the tag &#39;fish&#39;" in nothing.text
    assert kept.id == "server-0"


async def test_somebody_who_may_only_read_gets_a_preview_but_makes_nothing() -> None:
    async with signed_in(read_only=True) as (_, browser):
        preview = await browser.send("/servers/preview", {"methods": "read"})
        refused = await browser.send("/servers/new", NEW)
        page = await browser.get(FIRST)
    assert (preview.status_code, refused.status_code) == (200, 403)
    assert ("/rotate" in page.text, "may only read" in page.text) == (False, True)


async def test_the_list_has_the_servers_of_all_accounts_or_of_one() -> None:
    other = Account("other", "Other", Credential("k"), "http://upstream.invalid")
    async with signed_in() as (server, browser):
        await server.store.add_account(other)
        await server.store.add_server(Server("theirs", "<i>Theirs</i>", "other"), "hash")
        listed = await browser.get("/servers")
        of_one = await browser.get("/servers", account="other")
    assert ("first" in listed.text, "&lt;i&gt;Theirs" in listed.text) == (True, True)
    assert (f"{FIRST}" in of_one.text, "&lt;i&gt;Theirs" in of_one.text) == (False, True)


async def test_many_servers_come_in_pages() -> None:
    async with signed_in() as (server, browser):
        for number in range(30):
            await server.store.add_server(
                Server(f"s{number}", f"name-{number:02}", ACCOUNT.id), f"{number}"
            )
        page = await browser.get("/servers")
        link = re.search(r'href="(\?after=[^"]+)"', page.text)
        assert link
        rest = await browser.client.get(f"/console/servers{link[1]}")
    shown = [set(re.findall(r"name-\d\d|>first<", each.text)) for each in (page, rest)]
    assert [len(names) for names in shown] == [25, 6]
    assert not shown[0] & shown[1]


def request_of(client: str | None = None) -> LogEntry:
    return LogEntry(
        log_type="mcp",
        status=200,
        server_id="server-0",
        account_id=ACCOUNT.id,
        mcp_method="tools/list",
        client_name=client,
        client_version=client and "1.4",
    )


async def test_a_server_has_its_config_in_words_and_its_last_requests() -> None:
    async with signed_in() as (server, browser):
        entry = request_of("<i>Claude")
        await server.store.add_entries([entry])
        page = await browser.get(FIRST)
    for part in ("at most 8,000 tokens", f"/console/activity/{entry.id}", "&lt;i&gt;Claude 1.4"):
        assert part in page.text


async def test_a_rotation_shows_a_new_url_and_ends_the_old_one() -> None:
    async with signed_in() as (server, browser):
        page = await browser.send(f"{FIRST}/rotate")
        statuses = [await status_of(server.mcp_url), await status_of(url_in(page))]
    assert statuses == [401, 200]


@pytest.mark.parametrize(("form", "epoch"), [({"keep_links": "yes"}, 0), ({}, 1)])
async def test_a_rotation_keeps_links_to_recordings_if_asked(
    form: dict[str, str], epoch: int
) -> None:
    async with signed_in() as (server, browser):
        await browser.send(f"{FIRST}/rotate", form)
        kept = await newest(server)
    assert kept.links_epoch == epoch


async def test_a_deleted_server_is_gone_at_once() -> None:
    async with signed_in() as (server, browser):
        answer = await browser.send(f"{FIRST}/delete")
        status = await status_of(server.mcp_url)
    assert answer.headers["location"] == "/console/servers?done=server-deleted"
    assert status == 401


async def test_the_line_waits_until_a_client_has_asked() -> None:
    async with signed_in() as (server, browser):
        path, since = f"{FIRST}/waiting", datetime.now(UTC).isoformat()
        await server.store.add_entries([replace(request_of("Old"), created_at=EARLIER)])
        shown = [(await browser.get(path, since=since)).text]
        for entry in (request_of(), request_of("<b>Claude"), request_of("Cursor")):
            await server.store.add_entries([entry])
            shown.append((await browser.get(path, since=since)).text)
        wrong = await browser.get(path, since="soon")
    words = ("Waiting for the first request", "Connected: A client, 86 tools", *(FOUND, FOUND))
    assert [part in text for part, text in zip(words, shown, strict=True)] == [True] * 4
    assert ["data-live-end" in text for text in shown] == [False, True, True, True]
    assert wrong.status_code == 400


async def test_servers_of_another_tenant_are_not_there() -> None:
    async with signed_in(tenant_id="theirs") as (_, browser):
        paths = (FIRST, f"{FIRST}/edit", f"{FIRST}/waiting", f"{FIRST}/rotate")
        shown = [(await browser.get(path)).status_code for path in paths[:3]]
        changed = (await browser.send(paths[3])).status_code
        listed = await browser.get("/servers")
    assert (shown, changed) == ([404, 404, 404], 404)
    assert "A server needs an account" in listed.text
