"""What the result of a tool brings along for its view, beside the answer."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.artifacts.file import WantedArtifact
from vapi_mcp.invocation.artifacts.links import MediaLinks
from vapi_mcp.invocation.caller import Caller
from vapi_mcp.invocation.charts.chart import charts_of
from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.finding.values import duration_of
from vapi_mcp.invocation.json_reading import read_json
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.invocation.playback.playback import playback_of
from vapi_mcp.invocation.playback.recording import recording_of
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.protocol.apps.views import CALL_PLAYER, view_of
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

# Where the data stands in the `_meta` of a result.
KEY = "vapi-mcp/view"

_PATIENCE = 5.0
# Bytes: larger answers are read in a thread.
_LARGE = 16 * 1024


class ViewData:
    """Makes the data of views. What goes wrong with it never harms the answer itself.

    links: makes links to this server; without it there is no sound and no link to the console.
    """

    def __init__(
        self, registry: Registry, upstream: Upstream, links: MediaLinks | None = None
    ) -> None:
        self._registry = registry
        self._upstream = upstream
        self.links = links

    async def of(self, outcome: Outcome, grant: Grant, caller: Caller) -> dict[str, Any] | None:
        """Return the `_meta` of a finished call's result; None where there is nothing to show."""
        view = view_of(outcome.tool.spec)
        if view is None or grant.server.config.tool_exposure != "all":
            return None
        with explaining("a view"):
            if view is CALL_PLAYER:
                return await self._player(outcome, grant, caller)
            charts = charts_of(await _json(outcome.result.body))
            return {KEY: {"charts": charts}} if charts else None
        return None

    async def _player(
        self, outcome: Outcome, grant: Grant, caller: Caller
    ) -> dict[str, Any] | None:
        call_id = outcome.arguments.get("id")
        if not isinstance(call_id, str):
            return None
        if outcome.tool.spec.output.kind == "artifact":
            call, recording = await asyncio.gather(
                self._call(call_id, grant), self._recording(outcome.tool, call_id, grant, caller)
            )
        else:
            call, tool = await _json(outcome.result.body), self._recorder(grant)
            has_sound = tool is not None and isinstance(call, dict) and bool(duration_of(call))
            recording = tool and has_sound and await self._recording(tool, call_id, grant, caller)
        shown = playback_of(call if isinstance(call, dict) else {}, recording or None)
        return {KEY: {**shown, **self._console(call_id, grant, caller)}}

    async def _call(self, call_id: str, grant: Grant) -> Any:
        """Return a call, if the server has a tool that reads it."""
        readers = (tool for tool in self._in_scope(grant) if tool.spec.output.kind != "artifact")
        if next(readers, None) is None:
            return None
        request = UpstreamRequest("GET", f"/call/{quote(call_id, safe='')}", deadline=_PATIENCE)
        try:
            response = await self._upstream.send(request, grant.account)
        except ToolError:
            return None
        return await _json(response.body) if response.status == HTTPStatus.OK else None

    async def _recording(
        self, tool: Tool, call_id: str, grant: Grant, caller: Caller
    ) -> dict[str, Any] | None:
        if self.links is None:
            return None
        checked = Checked({"id": call_id}, {}, None, {})
        wanted = WantedArtifact(tool, checked, grant, caller)
        return await recording_of(wanted, self._upstream, self.links)

    def _recorder(self, grant: Grant) -> Tool | None:
        """Return the tool that stands for the sound of a call: the first of those in scope."""
        found = (tool for tool in self._in_scope(grant) if tool.spec.output.holds == "audio")
        return next(found, None)

    def _in_scope(self, grant: Grant) -> list[Tool]:
        tools = self._registry.in_scope(grant.scope)
        return [tool for tool in tools if CALL_PLAYER.shows(tool.spec)]

    def _console(self, call_id: str, grant: Grant, caller: Caller) -> dict[str, str]:
        """Return the link to the call's page in the console."""
        if caller.origin is None or self.links is None:
            return {}
        named = f"{quote(grant.account.id, safe='')}/{quote(call_id, safe='')}"
        return {"console": f"{self.links.base(caller.origin)}/console/calls/{named}"}


async def _json(body: bytes | None) -> Any:
    """Return what an answer holds; None where it is no JSON."""
    if body is None:
        return None
    try:
        read = read_json(body) if len(body) <= _LARGE else await asyncio.to_thread(read_json, body)
    except ValueError:
        return None
    return read.value
