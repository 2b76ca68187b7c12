"""Every tool again, found and called through the three of discovery."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.support.e2e.connecting import HTTP, Connection, Way, command, connected
from tests.support.e2e.scenario import tell_everything
from tests.support.e2e.story import Answer

NAMES = ["search_tools", "get_tool_schema", "call_tool"]


class Searching:
    """A client that looks every tool up by its name before it calls it for the first time."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: set[str] = set()

    async def call(self, name: str, /, **arguments: Any) -> Answer:
        if name not in self._known:
            found = await self._connection.call("search_tools", query=name, limit=1)
            assert found.json["tools"][0]["name"] == name
            told = await self._connection.call("get_tool_schema", tool_names=[name])
            assert told.json["tools"][0]["inputSchema"]["type"] == "object"
            self._known.add(name)
        return await self._connection.call("call_tool", tool_name=name, arguments=arguments)


@pytest.fixture(scope="module")
def demo() -> Generator[dict[str, Any]]:
    """The summary of a demo that runs for as long as this module's tests."""
    no_limit = {"VAPI_MCP_SERVER_CALLS_PER_MINUTE": "0"}
    with command(["demo", "--port", "0", "--json"], **no_limit) as (_, line):
        yield orjson.loads(line)


@pytest.mark.parametrize("way", HTTP)
async def test_all_86_tools_work_through_call_tool_over_http(
    way: Way, demo: dict[str, Any]
) -> None:
    server = next(each for each in demo["servers"] if each["name"] == "discovery")
    url = server["sse_url"] if way == "legacy SSE" else server["url"]
    async with connected(way, url) as connection:
        assert await connection.tool_names() == NAMES
        await tell_everything(Searching(connection).call)


async def test_all_86_tools_work_through_call_tool_over_stdio_in_both_eras(tmp_path: Path) -> None:
    local = tmp_path / "notes.md"
    local.write_text("# Opening hours\n\nFrom seven.\n")

    async def tell(way: Way) -> None:
        async with connected(way, "", "--exposure", "discovery") as connection:
            assert await connection.tool_names() == NAMES
            await tell_everything(Searching(connection).call, path=local)

    await asyncio.gather(tell("modern stdio"), tell("legacy stdio"))
