"""A client that shows views, in raw messages, and the browser that it shows them in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from playwright.async_api import Browser

from tests.support.app import modern, post
from tests.support.browser import browsing
from tests.support.e2e.gallery import Gallery, gallery, world
from tests.support.view_host import ShownView, shown_view
from vapi_mcp.protocol.apps.announcement import EXTENSION, MEDIA_TYPE
from vapi_mcp.sandbox.media.timing import duration_of

SHOWS_VIEWS = {"extensions": {EXTENSION: {"mimeTypes": [MEDIA_TYPE]}}}
_FEW = 4
_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


def with_views(method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a request of a client that shows views."""
    return modern(method, {**(params or {}), "_meta": {_CAPABILITIES: SHOWS_VIEWS}})


@dataclass(frozen=True, slots=True)
class ViewClient:
    """A client of one server, with a browser."""

    server: Gallery
    browser: Browser

    async def page(self, tool: str) -> dict[str, Any]:
        """Return the page of a tool's view, as `resources/read` has it."""
        listed = await self._ask(with_views("tools/list"))
        views = {each["name"]: each.get("_meta") for each in listed["tools"]}
        uri = views[tool]["ui"]["resourceUri"]
        read = await self._ask(with_views("resources/read", {"uri": uri}), **{"Mcp-Name": uri})
        [content] = read["contents"]
        return content

    async def result(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """Return the result of a call, as the host of a view passes it on."""
        return await self._ask(with_views("tools/call", {"name": tool, "arguments": arguments}))

    @asynccontextmanager
    async def shown(
        self, tool: str, result: Mapping[str, Any], **host: Any
    ) -> AsyncGenerator[ShownView]:
        """Show a result in the view of its tool."""
        async with shown_view(self.browser, await self.page(tool), result, **host) as view:
            yield view

    async def _ask(self, request: Mapping[str, Any], **headers: str) -> dict[str, Any]:
        answer = await post(self.server.url, request, extra=headers)
        return orjson.loads(answer.content)["result"]


@asynccontextmanager
async def view_client() -> AsyncGenerator[ViewClient]:
    """Serve everything over a simulated Vapi, to a client with a browser."""
    async with browsing() as browser, gallery() as server:
        yield ViewClient(server, browser)


@cache
def call_with_tools() -> str:
    """Return the id of a short recorded call in which the assistant called a tool."""
    calls = world().resources["call"].values()
    recorded = [call for call in calls if call.get("artifact", {}).get("recordingUrl")]
    found = [call for call in recorded if len(spoken_in(call)) > _FEW and _has_tools(call)]
    return min(found, key=duration_of)["id"]


def spoken_in(call: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what was said in a call."""
    return [each for each in call["messages"] if each["role"] in ("bot", "user")]


def _has_tools(call: Mapping[str, Any]) -> bool:
    return any(each["role"] == "tool_calls" for each in call["messages"])
