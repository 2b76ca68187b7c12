"""All pages of the console in a real browser."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.support.browser import browsing, page_of
from tests.support.console import api_token
from tests.support.e2e.gallery import Gallery, call_with, gallery
from tests.unit.store.test_object_changes import change
from vapi_mcp.accounts.records import Server
from vapi_mcp.audit.entry import LogEntry
from vapi_mcp.invocation.writes.undo.change import ObjectChange

HOSTILE = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}"
# What a page may weigh with all its files, in bytes.
_MOST = 100_000
_SERIOUS = {"serious", "critical"}
# Shifts of the layout after the first paint, as browsers add them up.
_SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput) sum += each.value;
  }).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
})"""


@asynccontextmanager
async def console() -> AsyncGenerator[tuple[Gallery, Browser]]:
    """Serve an installation where every name is hostile."""
    async with gallery() as server, browsing() as browser:
        store = server.store
        await store.update_account(server.account.id, lambda kept: replace(kept, name=HOSTILE))
        await store.add_server(Server("server-2", HOSTILE, server.account.id), "no token")
        entry = LogEntry(
            log_type="mcp",
            status=200,
            id="hostile",
            account_id=server.account.id,
            server_id="server-2",
            tool_name="list_all_vapi_calls",
            client_name=HOSTILE,
            message=HOSTILE,
            arguments={HOSTILE: HOSTILE},
            change_id="vapi-change-hostile",
        )
        await store.add_entries([entry])
        await store.add_change(hostile_change(server.account.id))
        yield server, browser


def hostile_change(account_id: str) -> ObjectChange:
    now = datetime.now(UTC)
    return change(
        "hostile",
        created_at=now,
        expires_at=now + timedelta(days=1),
        account_id=account_id,
        server_id="server-2",
        token_name=HOSTILE,
        object_id=HOSTILE,
        before={"name": HOSTILE, HOSTILE: HOSTILE, "firstMessage": "w" * 400},
        after={"name": HOSTILE[1:], "firstMessage": "v" * 400, "list": [HOSTILE]},
    )


@asynccontextmanager
async def signed_in(
    server: Gallery, browser: Browser, *, width: int = 1440, dark: bool = False, **token: Any
) -> AsyncGenerator[tuple[Page, list[str]]]:
    """Yield a page that has signed in, and what goes wrong on the pages it opens."""
    problems: list[str] = []
    async with page_of(browser, width=width, dark=dark) as page:
        page.on("pageerror", lambda error: problems.append(f"{page.url}: {error}"))
        page.on("dialog", lambda dialog: problems.append(f"{page.url}: {dialog.message}"))
        page.on(
            "console",
            lambda m: problems.append(f"{page.url}: {m.text}") if m.type == "error" else None,
        )
        await page.goto(f"{server.running.url}/console/sign-in")
        await page.fill("#token", await api_token(server, **{"name": HOSTILE, **token}))
        await page.click("button.main")
        await page.wait_for_url("**/console")
        yield page, problems


async def pages_from(page: Page) -> list[str]:
    """Return the paths of all pages that links lead to, one of each shape."""
    seen, found, waiting = set[str](), list[str](), ["/console"]
    while waiting:
        path = waiting.pop(0)
        shape = shape_of(path)
        if shape in seen:
            continue
        seen.add(shape)
        answer = await page.goto(path if path.startswith("http") else _absolute(page, path))
        assert answer is not None
        assert answer.status == 200, path
        found.append(path)
        links = await page.eval_on_selector_all(
            "a[href]", "all => all.map(a => a.getAttribute('href'))"
        )
        waiting += [link for link in links if link.startswith("/console") and "/export" not in link]
    return found


def shape_of(path: str) -> str:
    """Return what a path has in common with others like it."""
    bare = path.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    ids = r"/(account-1|server-\d|token-\w+|vapi-change-\w+|hostile|[0-9a-f-]{36})(?=/|$)"
    shaped = re.sub(ids, "/*", bare)
    return re.sub(r"/tools/\w+", "/tools/*", shaped)


def _absolute(page: Page, path: str) -> str:
    return re.sub(r"(https?://[^/]+).*", r"\1", page.url) + path


async def test_every_page_opens_and_hostile_names_stay_text() -> None:
    async with console() as (server, browser):
        for token in ({}, {"read_only": True}):
            async with signed_in(server, browser, **token) as (page, problems):
                paths = await pages_from(page)
                assert problems == []
                assert len(paths) >= 12, paths
                assert "/console/changes/vapi-change-hostile" in paths


async def test_no_page_has_serious_faults_for_people_with_aids() -> None:
    async with console() as (server, browser):
        for dark in (False, True):
            async with signed_in(server, browser, dark=dark) as (page, _):
                paths = await pages_from(page)
                paths.append(f"/console/calls/account-1/{call_with('mono-recording')}")
                faults: list[str] = []
                for path in paths:
                    await page.goto(_absolute(page, path))
                    found = await Axe().run(page)
                    faults += [
                        f"{path}: {each['id']}: {each['nodes'][0]['html'][:120]}"
                        for each in found.response["violations"]
                        if each["impact"] in _SERIOUS
                    ]
                assert faults == []


async def test_pages_are_light_and_stay_where_they_are_painted() -> None:
    async with console() as (server, browser), signed_in(server, browser) as (page, _):
        for path in await pages_from(page):
            weight = 0

            async def weigh(response: Any) -> None:
                nonlocal weight
                if "/recording" not in response.url:
                    weight += len(await response.body())

            page.on("response", weigh)
            await page.goto(_absolute(page, path))
            await page.wait_for_load_state("networkidle")
            page.remove_listener("response", weigh)
            assert weight < _MOST, path
            assert await page.evaluate(_SHIFT) < 0.1, path


async def test_no_page_is_wider_than_a_phone() -> None:
    async with console() as (server, browser), signed_in(server, browser, width=360) as (page, _):
        for path in [
            *await pages_from(page),
            f"/console/calls/account-1/{call_with('mono-recording')}",
        ]:
            await page.goto(_absolute(page, path))
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, path


async def test_a_part_that_cannot_be_loaded_says_so() -> None:
    async with console() as (server, browser), signed_in(server, browser) as (page, _):
        await page.route("**/activity/spending*", lambda route: route.fulfill(status=503))
        await page.goto(_absolute(page, "/console/activity/charts"))
        await expect(page.locator(".loaded")).to_contain_text("could not be loaded")


async def test_json_that_is_no_object_breaks_no_form() -> None:
    async with console() as (server, browser), signed_in(server, browser) as (page, problems):
        await page.goto(_absolute(page, "/console/tools/list_all_vapi_calls"))
        for text in ("null", "5", "[1]"):
            await page.fill("#arguments", text)
            await expect(page.locator("#wrong")).to_contain_text("no arguments yet")
        await page.locator("[data-argument]").first.fill("7")
        await expect(page.locator("#arguments")).to_have_value('{\n  "id": "7"\n}')
        assert problems == []
