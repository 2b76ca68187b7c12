"""From the form of a server to a connected client, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import mcp
import pytest
from axe_playwright_python.async_playwright import Axe
from mcp_types import Implementation
from playwright.async_api import Page, expect

from tests.support.app import ACCOUNT, Hosted, hosted, modern, post
from tests.support.browser import browsing, page_of
from tests.support.console import api_token
from vapi_mcp.accounts.records import Server

_HOSTILE = "\"><script>document.title='ours'</script><img src=x onerror=document.title='ours'>"

_OPEN = "all => { for (const each of all) each.open = true; }"


@asynccontextmanager
async def console(*, width: int = 1440, dark: bool = False) -> AsyncGenerator[tuple[Hosted, Page]]:
    """Yield a server and a page that has signed in; the page had no error at the end."""
    async with (
        hosted() as server,
        browsing() as browser,
        page_of(browser, width=width, dark=dark) as page,
    ):
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        await page.goto(f"{server.url}/console/sign-in?next=/servers")
        await page.fill("#token", await api_token(server))
        await page.click("button.main")
        yield server, page
        assert problems == []


async def tools_at(url: str) -> list[str]:
    info = Implementation(name="Claude", version="1.4")
    async with mcp.Client(url, client_info=info) as client:
        return [tool.name for tool in (await client.list_tools()).tools]


async def test_a_scoped_server_is_made_a_client_connects_and_a_rotation_refuses_it() -> None:
    async with console() as (_, page):
        await page.click("text=Create a server")
        await page.fill("#name", "Support agent")
        await page.check("#methods-read")
        await page.check("#tags-calls")
        await expect(page.locator("#preview .counts dd").first).to_have_text("9")
        await page.click("text=Create the server")
        url = await page.locator("[data-copy]").first.get_attribute("data-copy") or ""
        await expect(page.locator(".live")).to_contain_text("Waiting for the first request")
        tools = await tools_at(url)
        await expect(page.locator(".live")).to_contain_text("Connected: Claude 1.4, 9 tools")
        await page.click("text=Done: to the server")
        await expect(page.locator("main")).to_contain_text("tools/list")
        for _ in range(2):  # the first click only asks
            await page.click("text=/Rotate (the URL|now)/")
        await expect(page.locator("h1")).to_have_text("Support agent: connect a client")
        new = await page.locator("[data-copy]").first.get_attribute("data-copy") or ""
        refused = (await post(url, modern("tools/list"))).status_code
        assert (len(tools), "list_all_vapi_calls" in tools) == (9, True)
        assert (refused, await tools_at(new)) == (401, tools)


async def test_the_instructions_of_a_client_open_with_the_keyboard() -> None:
    async with console() as (_, page):
        await page.goto(page.url.replace("/servers", "/servers/new"))
        await page.fill("#name", "s")
        await page.click("text=Create the server")
        await page.focus("#client-claude-code")
        await page.keyboard.press("ArrowRight")
        panels = page.locator(".panel:visible")
        await expect(panels).to_have_count(1)
        await expect(panels).to_contain_text("claude_desktop_config.json")


_SERVER = f"/servers/{ACCOUNT.id}/hostile"


@pytest.mark.parametrize(
    ("width", "dark", "paths"),
    [
        (1440, False, (f"/accounts/{ACCOUNT.id}", "/servers/new")),
        (360, True, ("/accounts", "/accounts/new", "/servers", _SERVER, f"{_SERVER}/edit")),
    ],
)
async def test_the_pages_of_accounts_and_servers_are_for_everybody(
    width: int, dark: bool, paths: tuple[str, ...]
) -> None:
    async with console(width=width, dark=dark) as (server, page):
        await server.store.add_server(Server("hostile", _HOSTILE, ACCOUNT.id), "hash")
        for path in paths:
            await page.goto(f"{server.url}/console{path}")
            await page.locator("main details").evaluate_all(_OPEN)
            assert await problems_of(page) == (path, [], False)


async def test_the_page_of_a_new_url_is_for_everybody_and_a_hostile_name_is_inert() -> None:
    async with console(width=360) as (_, page):
        await page.goto(page.url.replace("/servers", "/servers/new"))
        await page.fill("#name", _HOSTILE)
        await page.click("text=Create the server")
        await expect(page.locator("h1")).to_contain_text("<script>")
        assert await problems_of(page) == ("/servers/new", [], False)


async def problems_of(page: Page) -> tuple[str, list[str], bool]:
    """Return where a page is, what axe finds serious there, and whether it is too wide."""
    found = await Axe().run(page)
    serious = [
        f"{each['id']}: {each['nodes'][0]['html']}"
        for each in found.response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    is_wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert await page.title() != "ours"
    return page.url.partition("/console")[2], serious, is_wide
