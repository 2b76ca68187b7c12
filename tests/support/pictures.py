"""Pictures of the console: `make pictures`.

It starts the demo, lets clients make some requests, and photographs pages at three widths in both
themes. `docs/pictures/console/` keeps them.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
from playwright.async_api import Browser, Page

from tests.support.app import message
from tests.support.browser import browsing, page_of

_KEPT = Path(__file__).parent.parent.parent / "docs" / "pictures" / "console"
_WIDTHS = (360, 768, 1440)
_CLIENTS = ("claude-code/2.1", "cursor/1.4", "ChatGPT/1.0")
_READS = (
    "list_all_vapi_calls",
    "list_all_vapi_assistants",
    "list_all_vapi_phone_numbers",
    "list_all_vapi_chats",
)
_QUALITY = 60


@asynccontextmanager
async def _demo() -> AsyncGenerator[Mapping[str, Any]]:
    """Yield what a fresh demo says of itself."""
    words = ("-m", "vapi_mcp", "demo", "--port", "0", "--json")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        yield orjson.loads(await process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


async def _some_requests(demo: Mapping[str, Any]) -> str:
    """Have clients ask for something, and return the id of a call with a recording."""
    chance = random.Random(7)  # noqa: S311 - pictures, not secrets
    servers = {each["name"]: each["url"] for each in demo["servers"]}
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(40):
            called = {"name": chance.choice(_READS), "arguments": {"limit": chance.randint(1, 25)}}
            await _ask(client, servers["everything"], called, chance.choice(_CLIENTS))
        wanted = {"where": {"endedReason": "customer-ended-call", "artifact.recording": "*"}}
        found = {"name": _READS[0], "arguments": {**wanted, "limit": 1, "fields": ["id"]}}
        answer = await _ask(client, servers["everything"], found, _CLIENTS[0])
    listed = orjson.loads(answer["result"]["content"][0]["text"])
    return listed["result"][0]["id"]


async def _ask(
    client: httpx.AsyncClient, url: str, called: Mapping[str, Any], name: str
) -> dict[str, Any]:
    headers = {"User-Agent": name, "Accept": "application/json"}
    answer = await client.post(url, json=message("tools/call", called), headers=headers)
    return answer.json()


async def _photograph(page: Page, url: str, name: str, width: int) -> None:
    await page.goto(url)
    await page.wait_for_load_state("networkidle")
    await page.screenshot(
        path=_KEPT / f"{name}.jpg", type="jpeg", quality=_QUALITY, full_page=width > _WIDTHS[0]
    )


async def _all_pages(browser: Browser, demo: Mapping[str, Any], pages: Mapping[str, str]) -> None:
    console = demo["console_url"]
    for width in _WIDTHS:
        for dark in (False, True):
            async with page_of(browser, width=width, dark=dark) as page:
                await page.goto(f"{console}/sign-in")
                await page.fill("#token", demo["admin_token"])
                await page.click("button.main")
                for name, path in pages.items():
                    theme = "dark" if dark else "light"
                    await _photograph(page, f"{console}{path}", f"{name}-{width}-{theme}", width)


async def take() -> None:
    """Take all pictures anew."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    async with _demo() as demo, browsing() as browser:
        call_id = await _some_requests(demo)
        account, server = demo["account_id"], demo["servers"][0]["id"]
        pages = {
            "overview": "",
            "server": f"/servers/{account}/{server}",
            "new-server": f"/servers/new?account={account}",
            "tool": "/tools/create_a_vapi_call",
            "activity": "/activity",
            "charts": "/activity/charts",
            "call": f"/calls/{account}/{call_id}",
        }
        await _all_pages(browser, demo, pages)


if __name__ == "__main__":
    asyncio.run(take())
