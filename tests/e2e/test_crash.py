"""Kill -9 in the middle of a burst of writes: what was answered is in the audit log."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import httpx
import orjson

from tests.support.app import headers_of, message
from tests.support.e2e.connecting import command
from tests.support.e2e.stack import watched
from tests.support.serving import serving
from vapi_mcp.accounts.pagination import Window
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.security.keyfile import load_keyring
from vapi_mcp.store.sql.sql_store import open_store

ROUNDS, CLIENTS, ANSWERS = 3, 12, 40
TOOL = "create_a_vapi_assistant"
REQUEST = message("tools/call", {"name": TOOL, "arguments": {"name": "Ada"}})


async def test_every_write_that_was_answered_is_in_the_log_after_kill_9(tmp_path: Path) -> None:
    answered = list[str]()
    async with serving(watched()) as vapi, asyncio.timeout(120):
        for _ in range(ROUNDS):
            known = len(answered)
            await _killed_in_a_burst(tmp_path, vapi.url, answered)
            assert len(answered) >= known + ANSWERS
    logged = await _logged(tmp_path)
    assert set(answered) - set(logged) == set()
    assert len(logged) == len(set(logged))
    # Each client had at most one more on the way when its server was killed.
    assert len(logged) - len(answered) <= ROUNDS * CLIENTS


async def _killed_in_a_burst(data_dir: Path, vapi: str, answered: list[str]) -> None:
    """Serve, and be killed while many clients wait, once enough of them have their answers."""
    arguments = ["serve", "--port", "0", "--data-dir", str(data_dir)]
    with command(arguments, VAPI_API_KEY="sandbox-key", VAPI_BASE_URL=vapi) as (process, line):
        enough, most = asyncio.Event(), len(answered) + ANSWERS

        async def write_on() -> None:
            async with httpx.AsyncClient(trust_env=False, headers=headers_of(REQUEST)) as client:
                with suppress(httpx.TransportError):
                    while True:
                        answered.append(await _written(client, line.split()[-1]))
                        if len(answered) >= most:
                            enough.set()

        writers = [asyncio.create_task(write_on()) for _ in range(CLIENTS)]
        await enough.wait()
        process.kill()
        await asyncio.gather(*writers)


async def _written(client: httpx.AsyncClient, url: str) -> str:
    """Make an assistant; return its id."""
    answer = await client.post(url, json=REQUEST)
    result = answer.json()["result"]
    # A second block would be the note that the log could not be written.
    [block] = result["content"]
    return orjson.loads(block["text"])["id"]


async def _logged(data_dir: Path) -> list[str | None]:
    """Open the store as a restart does; return what the rows of writes say was made."""
    ring = load_keyring(None, data_dir, may_make=False)
    async with open_store(data_dir, ring) as store:
        page = await store.list_entries(
            LogFilter(tool_name=TOOL, statuses=(200, 299)), Window(9999)
        )
    return [entry.upstream_id for entry in page.items]
