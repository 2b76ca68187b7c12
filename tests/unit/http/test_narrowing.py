"""A query string on the URL keeps a client to less than its server allows, never to more."""

from __future__ import annotations

from typing import Any

import mcp
import pytest

from tests.support.app import hosted, message, modern, post, registry, send
from tests.support.registry import ALL_NAMES, NAMES
from vapi_mcp.registry.scope import EVERYTHING, Scope, scope_of

READ_ONLY = scope_of(methods=["read"])


def names_in(**words: Any) -> list[str]:
    return [tool.name for tool in registry().in_scope(scope_of(**words))]


@pytest.mark.parametrize("build", [message, modern])
async def test_query_narrows_the_list_and_what_can_be_called(build: Any) -> None:
    call = {"name": "create_a_vapi_assistant", "arguments": {}}
    async with hosted() as server:
        url = f"{server.mcp_url}?methods=read&tags=calls,chats"
        listed = (await post(url, build("tools/list"))).json()["result"]["tools"]
        called = (await post(url, build("tools/call", call))).json()
        unnarrowed = (await post(server.mcp_url, build("tools/list"))).json()["result"]["tools"]
    expected = names_in(methods=["read"], tags=["calls", "chats"])
    assert [tool["name"] for tool in listed] == expected
    assert called["error"]["code"] == -32602
    assert tuple(tool["name"] for tool in unnarrowed) == NAMES


async def test_query_never_widens_what_a_server_exposes() -> None:
    async with hosted(scope=READ_ONLY) as server:
        url = f"{server.mcp_url}?tools=list_all_vapi_calls,create_a_vapi_call&methods=write"
        listed = (await post(url, message("tools/list"))).json()["result"]["tools"]
    assert [tool["name"] for tool in listed] == ["list_all_vapi_calls"]


async def test_repeated_and_unknown_parameters_do_no_harm() -> None:
    async with hosted() as server:
        async with mcp.Client(f"{server.mcp_url}?tags=files&tags=tools&utm_source=x") as client:
            listed = [tool.name for tool in (await client.list_tools()).tools]
    assert listed == names_in(tags=["files", "tools"])


@pytest.mark.parametrize(
    "query",
    ["methods=custom", "tags=nothing", "tools=create_a_vapi_call", "exclude_tools=*&tags=no"],
)
async def test_query_that_leaves_no_tool_is_told(query: str) -> None:
    async with hosted(scope=READ_ONLY) as server:
        response = await post(f"{server.mcp_url}?{query}", message("tools/list"))
    assert response.status_code == 400
    assert "leave no tool of this server" in response.json()["error"]["message"]


FULL_SERVER = Scope(catalogue="full")


async def test_a_server_lists_the_full_catalogue_only_where_its_owner_said_so() -> None:
    async with hosted(scope=FULL_SERVER) as server:
        answers = [
            (await post(f"{server.mcp_url}{query}", message("tools/list"))).json()
            for query in ("", "?catalogue=full", "?catalogue=core", "?tags=boards")
        ]
    every, full, core, boards = (
        tuple(tool["name"] for tool in answer["result"]["tools"]) for answer in answers
    )
    assert every == full == ALL_NAMES
    assert core == NAMES
    assert list(boards) == names_in(tags=["boards"], catalogue="full")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("catalogue=full", "its owner sets config.catalogue to full"),
        ("catalogue=more", "catalogue in the query string of this URL is core or full"),
        ("tags=boards", "leave no tool of this server"),
    ],
)
async def test_a_query_brings_no_tool_of_the_full_catalogue(query: str, told: str) -> None:
    async with hosted() as server:
        response = await post(f"{server.mcp_url}?{query}", message("tools/list"))
    assert response.status_code == 400
    assert told in response.json()["error"]["message"]


async def test_a_server_of_the_core_calls_no_tool_of_the_full_catalogue() -> None:
    call = {"name": "list_all_vapi_reporting_boards", "arguments": {}}
    async with hosted() as server:
        called = (await post(server.mcp_url, message("tools/call", call))).json()
    assert called["error"]["code"] == -32602
    assert "list_all_vapi_reporting_insights" in called["error"]["message"]


async def test_bad_token_is_a_bad_token_whatever_the_query() -> None:
    async with hosted() as server:
        response = await post(f"{server.url}/mcp/nothing?methods=custom", message("tools/list"))
    assert response.status_code == 401


async def test_stream_refuses_a_narrowing_it_could_not_keep() -> None:
    async with hosted() as server:
        response = await send("GET", f"{server.sse_url}?methods=read")
    assert response.status_code == 400
    assert "only /mcp/{token} does" in response.json()["error"]["message"]


def test_narrowing_is_an_intersection() -> None:
    both = READ_ONLY.narrowed(scope_of(tags=["calls"]))
    specs = [tool.spec for tool in registry().in_scope()]
    expected = [s for s in specs if s in READ_ONLY and s in scope_of(tags=["calls"])]
    assert [s for s in specs if s in both] == expected
    assert READ_ONLY.narrowed(EVERYTHING) == READ_ONLY
