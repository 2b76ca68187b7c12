"""A person signs in with a real browser: the pages work without a script, and the answer passes.

Chromium holds `form-action` against the redirect that answers a form, so a policy without the
client's address would stop it.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright

from tests.support.app import hosted
from tests.support.oauth import GUARDED, guard, pkce
from tests.support.oauth_client import callback
from vapi_mcp.accounts.pagination import Window

_BROWSER = shutil.which("chromium")
_ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

pytestmark = pytest.mark.skipif(_BROWSER is None, reason="there is no Chromium on this machine")


@asynccontextmanager
async def _browser(width: int = 1280) -> AsyncGenerator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=_BROWSER, args=list(_ARGUMENTS))
        try:
            yield await browser.new_page(viewport={"width": width, "height": 900})
        finally:
            await browser.close()


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_person_signs_in_and_the_client_gets_its_code(width: int) -> None:
    async with hosted() as server, callback() as (back, told), _browser(width) as page:
        token = await guard(server)
        async with httpx.AsyncClient(trust_env=False) as http:
            metadata = {"redirect_uris": [back], "client_name": "App"}
            client = (await http.post(f"{server.url}/register", json=metadata)).json()
        asked = {
            "response_type": "code",
            "client_id": client["client_id"],
            "redirect_uri": back,
            "code_challenge": pkce()[1],
            "code_challenge_method": "S256",
            "state": "s",
        }
        await page.goto(f"{server.url}/authorize?{urlencode(asked)}")
        found = [await _problems(page)]
        await page.get_by_label("API token").fill(token)
        await page.get_by_role("button", name="Sign in").click()
        found.append(await _problems(page))
        await page.get_by_label("Read only").check()
        await page.get_by_role("button", name="Allow").click()
        await page.get_by_role("heading", name="Signed in").wait_for()
        answer = await told
        grants = await server.store.list_oauth_grants(Window())
    assert answer.keys() == {"code", "state", "iss"}
    assert found == [[], []]
    assert [(grant.server_id, grant.is_read_only) for grant in grants.items] == [(GUARDED.id, True)]


async def _problems(page: Page) -> list[str]:
    """Return what axe finds, and whether a page is wider than its window."""
    results = await Axe().run(page)
    wide = await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    broken = [each["id"] for each in results.response["violations"]]
    return [*broken, *(["wider than its window"] if wide else [])]
