"""The extension of tasks as both sides announce it: only where a tool can become a task."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.app import hosted, modern, post
from vapi_mcp.protocol.tasks.announcement import EXTENSION, announces_tasks
from vapi_mcp.registry.scope import EVERYTHING, FULL, Scope

UI = "io.modelcontextprotocol/ui"
VIEWS = {UI: {"mimeTypes": ["text/html;profile=mcp-app"]}}


@pytest.mark.parametrize(
    ("capabilities", "announced"),
    [
        ({"extensions": {EXTENSION: {}}}, True),
        ({"extensions": {EXTENSION: {}, "other": {}}}, True),
        ({"extensions": {EXTENSION: None}}, False),
        ({"extensions": {"other": {}}}, False),
        ({"extensions": [EXTENSION]}, False),
        ({}, False),
        (None, False),
    ],
)
def test_a_client_takes_tasks_if_it_names_the_extension(capabilities: Any, announced: bool) -> None:
    assert announces_tasks(capabilities) is announced


@pytest.mark.parametrize("is_fast", [True, False])
@pytest.mark.parametrize("views", [{}, VIEWS])
async def test_a_server_offers_tasks_where_a_tool_waits(views: Any, is_fast: bool) -> None:
    asked = modern("server/discover")
    asked["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = {"extensions": views}
    offered = []
    for scope in (FULL, EVERYTHING, Scope(catalogue="full", tags=frozenset({"assistants"}))):
        async with hosted(scope=scope, is_fast=is_fast) as server:
            answer = (await post(server.mcp_url, asked)).json()["result"]
        extensions = answer["capabilities"].get("extensions", {})
        offered.append([name for name in extensions if name in (EXTENSION, UI)])
    assert offered == [[EXTENSION, *views], [*views], []]
