"""From an empty browser to a client that is refused again: by a secret URL, and by OAuth."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import mcp
import pytest
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata
from mcp_types import Implementation
from playwright.async_api import Page, expect
from pydantic import AnyUrl

from tests.support.app import modern, post
from tests.support.browser import browsing, page_of
from tests.support.console import api_token
from tests.support.e2e.gallery import Gallery, call_with, gallery
from tests.support.oauth_client import KeptTokens, callback

_CALL = "get_single_vapi_call_by_id"
_CLAUDE = Implementation(name="Claude", version="1.4")
_IS_PLAYING = "() => !audio.paused && audio.currentTime > 0"


class _SecondSignInError(Exception):
    """The client asks the person to sign in again."""


@asynccontextmanager
async def signed_in() -> AsyncGenerator[tuple[Gallery, Page]]:
    """Yield a server and a page that has signed in; the page had no error at the end."""
    async with gallery() as server, browsing() as browser, page_of(browser) as page:
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        await page.goto(f"{server.running.url}/console")
        await page.fill("#token", await api_token(server))
        await page.click("button.main")
        yield server, page
        assert problems == []


async def test_a_server_is_made_used_watched_and_revoked() -> None:
    call_id = call_with("mono-recording")
    async with signed_in() as (_, page):
        url = await server_made(page, "Support agent")
        async with mcp.Client(url, client_info=_CLAUDE) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            await expect(page.locator(".live")).to_contain_text("Connected: Claude 1.4, 9 tools")
            await page.click("text=Done: to the server")
            await page.click("text=All requests")
            rows = page.locator("main tbody tr")
            await expect(rows.first).to_contain_text("tools/list")
            called = await client.call_tool(_CALL, {"id": call_id})
            await expect(rows.first).to_contain_text(_CALL)  # without a reload
            await rows.first.locator("a").click()
            await page.click(f"main a[href$='/{call_id}']")
            await page.locator("#turns button").nth(1).click()
            await page.wait_for_function(_IS_PLAYING)
            await deleted(page, "Support agent")
            refused = (await post(url, modern("tools/list"))).status_code
            with pytest.raises(mcp.MCPError):
                await client.call_tool(_CALL, {"id": call_id})
    assert (_CALL in tools, called.is_error, refused) == (True, False, 401)


async def server_made(page: Page, name: str, *, guarded: bool = False) -> str:
    """Make a server of the tools that read calls, in the console; return the URL it shows."""
    await page.get_by_role("link", name="Servers", exact=True).click()
    await page.click("text=Create a server")
    await page.fill("#name", name)
    await page.check("#methods-read")
    await page.check("#tags-calls")
    if guarded:
        await page.check("#require_api_token_auth-yes")
    await page.click("text=Create the server")
    await expect(page.locator(".live")).to_contain_text("Waiting for the first request")
    return await page.locator("[data-copy]").first.get_attribute("data-copy") or ""


async def deleted(page: Page, name: str) -> None:
    """Delete a server in the console."""
    await page.get_by_role("link", name="Servers", exact=True).click()
    await page.click(f"main a:text-is('{name}')")
    for words in ("Delete the server", "Delete it for good?"):  # the first click only asks
        await page.get_by_role("button", name=words).click()
    await expect(page.locator("main")).not_to_contain_text(name)


async def test_a_client_signs_in_through_the_console_and_its_access_is_revoked_there() -> None:
    async with signed_in() as (server, page):
        url, kept = f"{server.running.url}/mcp", KeptTokens()
        await server_made(page, "Guarded agent", guarded=True)
        tools, is_refused = list[str](), False
        with pytest.RaisesGroup(_SecondSignInError, flatten_subgroups=True):
            async with client_of(page, url, kept) as session:
                await session.initialize()
                tools = [tool.name for tool in (await session.list_tools()).tools]
                await revoked(page, server, "Desk")
                assert kept.tokens is not None
                bearer = {"Authorization": f"Bearer {kept.tokens.access_token}"}
                async with asyncio.timeout(1):
                    while (await post(url, modern("tools/list"), extra=bearer)).status_code != 401:
                        pass
                is_refused = True
                await session.list_tools()
    assert (len(tools), _CALL in tools, is_refused) == (9, True, True)


@asynccontextmanager
async def client_of(page: Page, url: str, kept: KeptTokens) -> AsyncGenerator[ClientSession]:
    """Yield the official client, which signs in once, on a page of the console's browser."""
    async with callback() as (back, told):

        async def open_page(address: str) -> None:
            if told.done():
                raise _SecondSignInError
            await page.goto(address)
            await page.get_by_role("button", name="Allow").click()
            await expect(page.get_by_role("heading", name="Signed in")).to_be_visible()

        async def called_back() -> AuthorizationCodeResult:
            return AuthorizationCodeResult(**await told)

        metadata = OAuthClientMetadata(client_name="Desk", redirect_uris=[AnyUrl(back)])
        provider = OAuthClientProvider(url, metadata, kept, open_page, called_back)
        async with (
            httpx2.AsyncClient(auth=provider, trust_env=False) as http,
            streamable_http_client(url, http_client=http) as streams,
            ClientSession(*streams[:2]) as session,
        ):
            yield session


async def revoked(page: Page, server: Gallery, client: str) -> None:
    """Revoke the access of a client in the console."""
    await page.goto(f"{server.running.url}/console/access")
    grant = page.locator("tr", has_text=client)
    await expect(grant).to_contain_text("Guarded agent")
    for words in ("Revoke", "Revoke it?"):
        await grant.get_by_role("button", name=words).click()
    await expect(grant).to_have_count(0)
