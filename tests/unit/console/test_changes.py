"""Changes in the console: the list, one change, and taking it back at the simulated Vapi."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.support.app import hosted
from tests.support.console import Browser, signed_in, signed_in_at
from tests.support.e2e.gallery import Gallery, gallery
from tests.support.records import NOW
from tests.unit.store.test_object_changes import change
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.console.changes.differences import Difference, differences_of
from vapi_mcp.invocation.writes.undo.change import ChangeFilter, ObjectChange

UPDATE = "update_a_vapi_assistant_by_id"
DELETE = "delete_a_vapi_assistant_by_id"
GET = "get_single_vapi_assistant_by_id"
HOSTILE = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}"


@asynccontextmanager
async def console(**token: Any) -> AsyncGenerator[tuple[Gallery, Browser]]:
    """Serve the console over the sandbox, with a browser that has signed in."""
    async with gallery() as server, signed_in_at(server.running.url, server, **token) as browser:
        yield server, browser


async def ada(server: Gallery) -> str:
    """Create an assistant and return its id."""
    return (await server.call("create_a_vapi_assistant", name="Ada", firstMessage="Hello."))["id"]


async def newest(server: Gallery) -> ObjectChange:
    listed = await server.store.list_changes(ChangeFilter(), Window(1))
    return listed.items[0]


def text(page: str) -> str:
    """Return the words of a page, as people read them."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def listed(page: str) -> list[str]:
    return re.findall(r'href="/console/changes/(vapi-change-\w+)"', page)


async def test_an_update_is_shown_by_path_with_who_made_it_and_its_row_of_the_log() -> None:
    async with console() as (server, browser):
        await server.call(UPDATE, id=await ada(server), name="Otto")
        made = await newest(server)
        page = (await browser.get(f"/changes/{made.id}")).text
        wanted = LogFilter(tool_name=UPDATE)
        row = (await server.store.list_entries(wanted, Window(1))).items[0]
        entry = (await browser.get(f"/activity/{row.id}")).text
    assert "Path Before After name changed Ada Otto" in text(page)
    assert f'href="/console/activity/{row.id}"' in page
    assert f'href="/console/changes/{made.id}"' in entry
    assert "All others stay as they are." in page


async def test_a_restore_gives_the_former_values_and_leads_to_the_new_change() -> None:
    async with console() as (server, browser):
        await server.call(UPDATE, id=(made_id := await ada(server)), name="Otto")
        made = await newest(server)
        answer = await browser.send(f"/changes/{made.id}/restore")
        again = await newest(server)
        page = (await browser.get(f"/changes/{made.id}", done="change-restored")).text
        name = (await server.call(GET, id=made_id))["name"]
        undone = (await browser.get(f"/changes/{again.id}")).text
    assert answer.headers["location"] == f"/console/changes/{made.id}?done=change-restored"
    assert name == "Ada"
    assert "The change is taken back." in page
    assert f'It was taken back by <a href="/console/changes/{again.id}">' in page
    assert f'Takes back</dt><dd><a href="/console/changes/{made.id}">' in undone


async def test_an_object_that_changed_since_is_restored_by_the_second_button_only() -> None:
    async with console() as (server, browser):
        made_id = await ada(server)
        await server.call(UPDATE, id=made_id, name="Otto")
        made = await newest(server)
        await server.call(UPDATE, id=made_id, name="Mila")
        refused = await browser.send(f"/changes/{made.id}/restore")
        kept = (await server.call(GET, id=made_id))["name"]
        forced = await browser.send(f"/changes/{made.id}/restore", {"force": "yes"})
        name = (await server.call(GET, id=made_id))["name"]
    assert refused.status_code == 409
    assert "The object changed since, in name. Nothing was sent." in text(refused.text)
    assert re.findall(r"<button [^>]*data-sure[^>]*>([^<]+)", refused.text) == [
        "Restore all the same"
    ]
    assert 'name="force" value="yes"' in refused.text
    assert (kept, forced.status_code, name) == ("Mila", 303, "Ada")


async def test_a_deletion_names_its_referrers_and_its_restore_the_new_id() -> None:
    async with console() as (server, browser):
        old = await ada(server)
        members = [{"assistantId": old}]
        squad = (await server.call("create_a_vapi_squad", name="s", members=members))["id"]
        await server.call(DELETE, id=old)
        made = await newest(server)
        before = (await browser.get(f"/changes/{made.id}")).text
        naming = (await browser.get(f"/changes/{made.id}/referrers")).text
        await browser.send(f"/changes/{made.id}/restore")
        page = (await browser.get(f"/changes/{made.id}")).text
        new = (await newest(server)).object_id
        again = await browser.send(f"/changes/{made.id}/restore")
        name = (await server.call(GET, id=new))["name"]
    assert "with a new id" in before
    assert f'data-load="/console/changes/{made.id}/referrers"' in before
    assert f"squad <code>{squad}</code>" in naming
    assert new != old
    assert f"The object has the new id <code>{new}</code>." in page
    assert again.status_code == 409
    assert "Restoring it all the same creates another object." in again.text
    assert name == "Ada"


async def test_a_deletion_without_referrers_says_so() -> None:
    async with console() as (server, browser):
        await server.call(DELETE, id=await ada(server))
        page = (await browser.get(f"/changes/{(await newest(server)).id}/referrers")).text
    assert "No assistant, squad or phone number names the old id" in page


async def test_the_filters_of_the_url_choose_the_changes_and_pages_keep_them() -> None:
    every = [
        change(f"{n:03}", created_at=NOW + timedelta(minutes=n), tenant_id=None) for n in range(60)
    ]
    other = change("other", tool=DELETE, effect="delete", after=None, object_id="a2")
    async with signed_in() as (server, browser):
        for each in (*every, other):
            await server.store.add_change(each)
        found: list[str] = []
        path = f"/console/changes?tool_name={UPDATE}"
        while path:
            page = (await browser.client.get(path)).text
            found += listed(page)
            links = re.findall(r'href="(\?[^"]+)" rel="next"', page)
            assert all(f"tool_name={UPDATE}" in link for link in links)
            path = f"/console/changes{links[0].replace('&amp;', '&')}" if links else ""
        by_object = listed((await browser.get("/changes", upstream_id="a2")).text)
        by_tenant = listed((await browser.get("/changes", tenant_id="acme")).text)
        elsewhere = (await browser.get("/changes", mcp_server_id="none")).text
    assert found == [each.id for each in reversed(every)]
    assert by_object == by_tenant == [other.id]
    assert "No change matches" in elsewhere


async def test_a_wrong_filter_says_what_is_wrong_and_empty_fields_leave_the_url() -> None:
    async with signed_in() as (_, browser):
        page = (await browser.get("/changes", colour="red")).text
        answer = await browser.get("/changes", tool_name="", upstream_id="a1")
    assert "there is no filter colour" in page
    assert answer.headers["location"] == "/console/changes?upstream_id=a1"


async def test_the_servers_of_the_chosen_account_are_named() -> None:
    async with console() as (server, browser):
        page = (await browser.get("/changes", integrated_account_id=server.account.id)).text
        gone = (await browser.get("/changes", integrated_account_id="gone")).text
    assert '<option value="server-1">all</option>' in page
    assert '<option value="gone" selected>gone</option>' in gone


async def test_tabs_of_the_activity_carry_the_filters_that_changes_know() -> None:
    async with signed_in() as (_, browser):
        query = {"tool_name": UPDATE, "http_status_code": "200"}
        page = (await browser.get("/activity", **query)).text
    assert f'href="/console/changes?tool_name={UPDATE}"' in page


async def test_a_tenant_s_person_sees_and_restores_the_tenant_s_changes_only() -> None:
    ours, theirs = change("ours"), change("theirs", tenant_id="other")
    async with hosted() as server, signed_in(server, tenant_id="acme") as (_, browser):
        for each in (ours, theirs):
            await server.store.add_change(each)
        page = (await browser.get("/changes")).text
        seen = (await browser.get(f"/changes/{ours.id}")).status_code
        hidden = [
            (await browser.get(f"/changes/{theirs.id}")).status_code,
            (await browser.send(f"/changes/{theirs.id}/restore")).status_code,
            (await browser.get(f"/changes/{theirs.id}/referrers")).status_code,
        ]
    assert listed(page) == [ours.id]
    assert "Tenant</label>" not in page
    assert (seen, hidden) == (200, [404, 404, 404])


async def test_a_person_who_may_only_read_sees_no_button_and_cannot_restore() -> None:
    async with console(read_only=True) as (server, browser):
        await server.call(UPDATE, id=(made_id := await ada(server)), name="Otto")
        made = await newest(server)
        page = (await browser.get(f"/changes/{made.id}")).text
        refused = await browser.send(f"/changes/{made.id}/restore")
        name = (await server.call(GET, id=made_id))["name"]
    assert "data-sure" not in page
    assert "Your API token may only read, so it cannot restore." in page
    assert (refused.status_code, name) == (403, "Otto")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"kept": "oversized", "before": None, "after": None}, "too large to be kept"),
        ({"effect": "create", "before": None}, "delete that one instead"),
        (
            {
                "tool": "delete_a_vapi_phone_number_by_id",
                "effect": "delete",
                "after": None,
            },
            "creating it again costs money",
        ),
    ],
)
async def test_what_cannot_be_taken_back_has_its_reason_and_no_button(
    values: dict[str, Any], told: str
) -> None:
    async with signed_in() as (server, browser):
        await server.store.add_change(change(**values))
        page = (await browser.get("/changes/vapi-change-one")).text
    assert "This change cannot be taken back: " in page
    assert told in page
    assert "data-sure" not in page


async def test_a_change_over_stdio_names_the_command_that_restores_it() -> None:
    gone = change("two", account_id="local-1", tool=DELETE, effect="delete", after=None)
    async with signed_in() as (server, browser):
        await server.store.add_change(change(account_id="local-1"))
        await server.store.add_change(gone)
        naming = (await browser.get(f"/changes/{gone.id}/referrers")).text
        page = (await browser.get("/changes/vapi-change-one")).text
        refused = await browser.send("/changes/vapi-change-one/restore")
    assert "not of this installation" in page
    assert refused.status_code == 404
    assert "vapi-mcp changes restore" in text(refused.text)
    assert "the account of this change is not here" in naming


async def test_names_and_values_of_objects_are_text() -> None:
    hostile = {"id": HOSTILE, "name": HOSTILE, HOSTILE: HOSTILE}
    given: dict[str, Any] = {"object_id": HOSTILE, "before": hostile, "token_name": HOSTILE}
    update = change(**given, after={**hostile, "name": "Otto", HOSTILE: None})
    gone = change("two", **given, tool=DELETE, effect="delete", after=None)
    async with signed_in() as (server, browser):
        for each in (update, gone):
            await server.store.add_change(each)
        pages = [
            (await browser.get(path)).text
            for path in ("/changes", f"/changes/{update.id}", f"/changes/{gone.id}")
        ]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert HOSTILE in html.unescape(page)


async def test_secrets_are_stars_and_a_large_object_is_cut() -> None:
    server_of = {"server": {"url": "https://x.test", "secret": "hidden-1"}}
    before = {"id": "a1", **server_of, "firstMessage": "word " * 10_000}
    one = change(before=before, after={**before, "server": {"secret": "hidden-2"}})
    async with signed_in() as (server, browser):
        await server.store.add_change(one)
        page = (await browser.get(f"/changes/{one.id}")).text
    assert "hidden-" not in page
    assert "vapi-mcp changes show vapi-change-one --json" in page
    assert len(page) < 100_000


async def test_without_days_the_list_says_how_to_keep_changes() -> None:
    async with hosted(changes_days=0) as server, signed_in(server) as (_, browser):
        assert "VAPI_MCP_CHANGES_DAYS" in (await browser.get("/changes")).text


async def test_a_row_of_the_log_without_a_change_has_no_link_to_one() -> None:
    async with signed_in() as (server, browser):
        entry = LogEntry(log_type="mcp", status=200, id="entry-1", tool_name=UPDATE)
        await server.store.add_entries([entry])
        page = (await browser.get("/activity/entry-1")).text
    assert "/console/changes/" not in page


def test_differences_are_added_removed_or_changed() -> None:
    diff = [
        {"path": "a", "before": None, "after": {"q": 1}},
        {"path": "b", "before": "x", "after": None},
        {"path": "c", "before": 1, "after": 2**70},
        {"path": "d", "added": ["m"], "removed": ["n", "o"]},
        {"path": "e", "added": ["m"], "order": ["m", "n"]},
        {"path": "f", "removed": ["m"]},
    ]
    assert differences_of(diff) == [
        Difference("a", "added", None, '{\n  "q": 1\n}'),
        Difference("b", "removed", "x", None),
        Difference("c", "changed", "1", "1180591620717411303424"),
        Difference("d", "changed", "n, o", "m"),
        Difference("e", "changed", None, "m; in the order m, n"),
        Difference("f", "removed", "m", None),
    ]
