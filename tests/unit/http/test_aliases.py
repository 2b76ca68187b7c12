"""URLs that clients make of ours: they answer as the URL that was given."""

from __future__ import annotations

import logging

import pytest
from mcp import ClientSession
from mcp.client.sse import sse_client

from tests.support.app import hosted, message, post
from tests.support.registry import NAMES


async def test_a_url_with_mcp_appended_answers_as_the_url_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """fast-agent-mcp 0.10.48 appends `/mcp` to every URL that does not end in it."""
    caplog.set_level(logging.INFO, "vapi_mcp.http.middleware.access_log")
    async with hosted() as server:
        plain = await post(server.mcp_url, message("tools/list"))
        alias = await post(f"{server.mcp_url}/mcp", message("tools/list"))
        unknown = await post(f"{server.url}/mcp/unknown/mcp", message("tools/list"))
        assert (alias.status_code, alias.json()) == (200, plain.json())
        assert unknown.status_code == 401
        assert server.token not in caplog.text


async def test_a_url_with_sse_appended_opens_the_legacy_stream() -> None:
    async with (
        hosted() as server,
        sse_client(f"{server.mcp_url}/sse") as streams,
        ClientSession(*streams) as session,
    ):
        await session.initialize()
        assert tuple(tool.name for tool in (await session.list_tools()).tools) == NAMES
