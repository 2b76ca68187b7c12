from __future__ import annotations

import pytest

from tests.support.app import hosted, registry, send
from tests.support.registry import NAMES
from vapi_mcp.registry.scope import scope_of


async def test_preview_shows_what_a_scope_holds_without_a_key() -> None:
    async with hosted() as server:
        everything = (await send("GET", f"{server.url}/tools")).json()
        analytics = (await send("GET", f"{server.url}/tools?methods=create&tags=analytics")).json()
    assert everything["result_count"] == len(everything["result"]) == len(NAMES)
    expected = registry().in_scope(scope_of(methods=["create"], tags=["analytics"]))
    assert [tool["name"] for tool in analytics["result"]] == [tool.name for tool in expected]
    first = expected[0].spec
    assert analytics["result"][0] == {
        "name": first.name,
        "title": first.title,
        "description": first.description,
        "resource": first.resource,
        "method": "create",
        "effect": first.effect,
        "tags": list(first.tags),
    }


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("methods=custom", "methods: no tool matches custom"),
        ("tags=nothing", "tags: no tool matches nothing"),
        ("tools=create_call", "tools: there is no tool named create_call"),
    ],
)
async def test_preview_says_which_part_of_a_scope_matches_nothing(query: str, told: str) -> None:
    async with hosted() as server:
        response = await send("GET", f"{server.url}/tools?{query}")
    assert response.status_code == 400
    assert response.json() == {"statusCode": 400, "error": "Bad Request", "message": told}


async def test_preview_is_only_read() -> None:
    async with hosted() as server:
        response = await send("POST", f"{server.url}/tools")
    assert response.status_code == 405
