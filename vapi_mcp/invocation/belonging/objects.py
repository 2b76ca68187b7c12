"""Objects by their ids, those that belong alone."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

from vapi_mcp.invocation.belonging.estate import Estate
from vapi_mcp.invocation.belonging.kinds import KNOWN, LINKED, PATHS
from vapi_mcp.invocation.belonging.ports import Reference
from vapi_mcp.invocation.belonging.reading import PATIENCE, Send
from vapi_mcp.invocation.belonging.responses import discreet, not_found, value_of
from vapi_mcp.invocation.json_writing import exact_json
from vapi_mcp.invocation.messages import UpstreamRequest, UpstreamResponse


class Objects:
    """Reads objects, and tells whether they belong. estate: what is known to belong."""

    def __init__(self, send: Send, estate: Estate) -> None:
        self._send = send
        self.estate = estate

    async def read(self, kind: str, request: UpstreamRequest) -> UpstreamResponse:
        """Return the answer to a request for one object; of another's it is that of none."""
        response = await self._read(kind, request)
        if response.status != HTTPStatus.OK or kind not in LINKED:
            return response
        found = value_of(response)
        shown = self.estate.shown(kind, found)
        return response if shown is found else replace(response, body=exact_json(shown))

    async def current(self, kind: str, path: str) -> dict[str, Any] | UpstreamResponse:
        """Return the whole object at a path, or the answer of one that is not there."""
        response = await self._read(kind, UpstreamRequest("GET", path, deadline=PATIENCE))
        if response.status != HTTPStatus.OK:
            return response
        return cast("dict[str, Any]", value_of(response))

    async def objection(self, kind: str, path: str) -> UpstreamResponse | None:
        """Return the answer of an object that is not there; None where it belongs."""
        found = await self.current(kind, path)
        return found if isinstance(found, UpstreamResponse) else None

    async def _read(self, kind: str, request: UpstreamRequest) -> UpstreamResponse:
        response = await self._send(request)
        if response.status != HTTPStatus.OK:
            return discreet(response, self.estate)
        return response if self.estate.belongs(kind, value_of(response)) else not_found()

    async def has(self, reference: Reference) -> bool:
        """Return whether what a reference leads to belongs; what is not known is read."""
        kind, named = reference
        if self.estate.has(reference):
            return True
        if kind in KNOWN or kind not in PATHS:
            return False
        path = f"{PATHS[kind]}/{quote(named, safe='')}"
        return named.strip(".") != "" and await self.objection(kind, path) is None
