"""Every tool, through the real commands, by the official client, over every transport."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any

import mcp
import orjson
import pytest
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from tests.support.e2e.connecting import HTTP, MODERN, Connection, Way, command, connected
from tests.support.e2e.scenario import assert_all_listed, tell_everything, tell_the_rest
from tests.support.registry import ALL_NAMES


@pytest.fixture(scope="module")
def demo() -> Generator[dict[str, Any]]:
    """The summary of a demo that runs for as long as this module's tests."""
    with command(["demo", "--port", "0", "--json"]) as (_, line):
        yield orjson.loads(line)


@pytest.mark.parametrize("way", HTTP)
async def test_all_86_tools_work_over_http(way: Way, demo: dict[str, Any]) -> None:
    everything = demo["servers"][0]
    url = everything["sse_url"] if way == "legacy SSE" else everything["url"]
    async with connected(way, url) as connection:
        assert_all_listed(await connection.tool_names())
        await tell_everything(connection.call)


async def test_all_86_tools_work_over_stdio_in_both_eras_at_once(tmp_path: Path) -> None:
    local = tmp_path / "notes.md"
    local.write_text("# Opening hours\n\nFrom seven.\n")

    async def tell(way: Way) -> None:
        async with connected(way) as connection:
            assert_all_listed(await connection.tool_names())
            await tell_everything(connection.call, path=local)

    await asyncio.gather(tell("modern stdio"), tell("legacy stdio"))


async def test_all_other_tools_work_on_a_server_of_the_full_catalogue(demo: dict[str, Any]) -> None:
    full = next(server for server in demo["servers"] if server["name"] == "full")
    async with connected("modern HTTP", full["url"]) as connection:
        assert_all_listed(await connection.tool_names(), ALL_NAMES)
        await tell_the_rest(connection.call)


async def test_all_other_tools_work_over_stdio_with_the_full_catalogue() -> None:
    async with connected("modern stdio", "", "--catalogue", "full") as connection:
        assert_all_listed(await connection.tool_names(), ALL_NAMES)
        await tell_the_rest(connection.call)


async def test_server_token_as_a_bearer_opens_the_same_server(demo: dict[str, Any]) -> None:
    base, _, token = demo["servers"][0]["url"].rpartition("/")
    http = create_mcp_http_client(headers={"Authorization": f"Bearer {token}"})
    async with http, mcp.Client(streamable_http_client(base, http_client=http)) as client:
        assert client.protocol_version == MODERN
        connection = Connection(client)
        assert_all_listed(await connection.tool_names())
        answer = await connection.call("list_all_vapi_assistants", limit=1)
    assert answer.json["result_count"] == 1
