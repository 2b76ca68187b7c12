"""Views, as the official client gets them over every transport of HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import mcp
import pytest
from mcp import ClientSession
from mcp.client.extension import advertise
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent, TextResourceContents

from tests.support.e2e.gallery import Gallery, call_with, gallery
from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.protocol.apps.announcement import EXTENSION, MEDIA_TYPE
from vapi_mcp.protocol.apps.view_data import KEY
from vapi_mcp.protocol.apps.views import CALL_PLAYER, CHART

_SETTINGS = {"mimeTypes": [MEDIA_TYPE]}
_GET = "get_single_vapi_call_by_id"
_routes = pytest.mark.parametrize("route", ["modern", "legacy", "sse"])


@asynccontextmanager
async def connected(
    server: Gallery, route: str, *, shows_views: bool = True
) -> AsyncGenerator[mcp.Client | ClientSession]:
    """Connect a client that shows views, or one that does not."""
    if route == "modern":
        offered = [advertise(EXTENSION, _SETTINGS)] if shows_views else None
        async with mcp.Client(server.url, extensions=offered) as client:
            yield client
        return
    transport = sse_client(server.sse_url) if route == "sse" else streamable_http_client(server.url)
    known = {EXTENSION: _SETTINGS} if shows_views else None
    async with transport as streams, ClientSession(*streams[:2], extensions=known) as session:
        answer = await session.initialize()
        assert shows_views or answer.capabilities.extensions is None
        yield session


async def page_at(client: mcp.Client | ClientSession, uri: str) -> TextResourceContents:
    """Return the page at an address."""
    [content] = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content


def undated(result: CallToolResult) -> list[str]:
    """Return the texts of a result, without links, which differ by the moment."""
    texts = [each.text for each in result.content if isinstance(each, TextContent)]
    return [re.sub(r'https?://[^"]*|(?<=UrlsExpiresAt":")[^"]*', "", text) for text in texts]


@_routes
async def test_a_client_that_shows_views_gets_links_pages_and_data(route: str) -> None:
    async with gallery() as server, connected(server, route) as client:
        tools = {tool.name: tool.meta for tool in (await client.list_tools()).tools}
        page = await page_at(client, CALL_PLAYER.uri)
        chart = await page_at(client, CHART.uri)
        answer = await client.call_tool(_GET, {"id": call_with("mono-recording")})
        listed = await client.list_resources()
        origin = server.running.url

    assert tools[_GET] == CALL_PLAYER.link
    assert tools["create_a_vapi_run"] == CHART.link
    assert tools["list_all_vapi_calls"] is None
    assert (page.mime_type, page.text) == (MEDIA_TYPE, CALL_PLAYER.page)
    assert page.meta == {"ui": {"csp": {"resourceDomains": [origin]}, "prefersBorder": True}}
    assert chart.meta == {"ui": {"prefersBorder": True}}
    data: Any = (answer.meta or {}).get(KEY)
    assert data["turns"]
    assert data["recording"]["url"].startswith(f"{origin}/media/")
    assert listed.resources == []


@_routes
async def test_a_client_that_does_not_say_so_gets_the_same_answer_without_data(route: str) -> None:
    async with gallery() as server:
        async with connected(server, route) as client:
            seen = await client.call_tool(_GET, {"id": call_with("mono-recording")})
        async with connected(server, route, shows_views=False) as client:
            tools = (await client.list_tools()).tools
            plain = await client.call_tool(_GET, {"id": call_with("mono-recording")})

    assert [tool.meta for tool in tools if tool.meta] == []
    assert KEY not in (plain.meta or {})
    assert undated(plain) == undated(seen)


async def test_the_frame_of_the_player_may_load_from_the_public_address_alone() -> None:
    public = "https://vapi.example/behind/a/path"
    async with gallery(public_url=public) as server, connected(server, "legacy") as client:
        page = await page_at(client, CALL_PLAYER.uri)
        answer = await client.call_tool(_GET, {"id": call_with("mono-recording")})

    assert page.meta is not None
    assert page.meta["ui"]["csp"] == {"resourceDomains": ["https://vapi.example"]}
    data = (answer.meta or {})[KEY]
    assert data["recording"]["url"].startswith(f"{public}/media/")
    assert data["console"].startswith(f"{public}/console/calls/")


@pytest.mark.parametrize(
    ("config", "uri"),
    [
        (ServerConfig(tool_exposure="discovery"), CALL_PLAYER.uri),
        (ServerConfig(), "ui://vapi/other/0123456789ab"),
        (ServerConfig(), "ui://vapi/call-player/../chart"),
    ],
)
async def test_a_page_that_stands_for_no_listed_tool_is_not_there(
    config: ServerConfig, uri: str
) -> None:
    async with gallery(config=config) as server, connected(server, "sse") as client:
        with pytest.raises(MCPError, match="there is no"):
            await page_at(client, uri)


async def test_the_page_of_an_older_version_is_the_present_one() -> None:
    async with gallery() as server, connected(server, "legacy") as client:
        page = await page_at(client, "ui://vapi/chart/0123456789ab")

    assert page.text == CHART.page
