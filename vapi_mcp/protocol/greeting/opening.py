"""Answers to a client's first messages, before the SDK's server is loaded.

They are the SDK's own, byte for byte. What is unusual in any way is left to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from vapi_mcp.accounts.records import Grant
from vapi_mcp.protocol.apps.announcement import offering_views
from vapi_mcp.protocol.apps.views import views_in
from vapi_mcp.protocol.events.offering import offering_events
from vapi_mcp.protocol.greeting.handshake import (
    HANDSHAKES,
    MODERN,
    SERVER_KEY,
    Client,
    client_in,
    client_of,
    is_envelope,
    is_handshake,
)
from vapi_mcp.protocol.greeting.instructions import instructions_for
from vapi_mcp.protocol.greeting.server_info import FRESH_MS, SERVER_INFO
from vapi_mcp.protocol.greeting.tool_list import tool_list
from vapi_mcp.protocol.json_rpc import Message
from vapi_mcp.protocol.tasks.announcement import has_tasks, offering_tasks
from vapi_mcp.registry.registry import Registry

INITIALIZED = "notifications/initialized"

_CAPABILITIES = {
    "completions": {},
    "prompts": {"listChanged": False},
    "resources": {"listChanged": False, "subscribe": False},
    "tools": {"listChanged": False},
}
META = {SERVER_KEY: SERVER_INFO}


class Opening:
    """Answers the handshake, discoveries and lists of tools of one client.

    client: who shook hands, if one did.
    """

    def __init__(self, registry: Registry, grant: Grant) -> None:
        self._registry = registry
        self._grant = grant
        self._lists: dict[tuple[bool, bool], bytes] = {}
        self.client: Client | None = None

    def greeting(self, message: Message) -> bytes | None:
        """Return the result of a first handshake or a discovery before it; None of all else."""
        params = message.params
        if self.client is not None:
            return None
        if message.method == "initialize" and is_handshake(params):
            self.client = client_of(params)
            version, shows = params["protocolVersion"], self.client.shows_views
            hello = shaken_hands(self._registry, self._grant, version, shows_views=shows)
            return orjson.dumps(hello)
        if message.method == "server/discover" and is_envelope(params):
            client = client_in(params)
            shows = client is not None and client.shows_views
            return orjson.dumps(discovered(self._registry, self._grant, shows_views=shows))
        return None

    def tools(self, *, is_modern: bool, shows_views: bool = False) -> bytes:
        """Return the result of `tools/list`; shows_views: the client shows views."""
        key = is_modern, shows_views
        if key not in self._lists:
            result = listed(
                self._registry, self._grant, is_modern=is_modern, shows_views=shows_views
            )
            self._lists[key] = orjson.dumps(result)
        return self._lists[key]


def shaken_hands(
    registry: Registry, grant: Grant, version: str, *, shows_views: bool = False
) -> Mapping[str, Any]:
    """Return the result of `initialize` for a version that a client proposes.

    shows_views: the client shows views.
    """
    return {
        "capabilities": _capabilities(registry, grant, shows_views=shows_views),
        "protocolVersion": version if version in HANDSHAKES else HANDSHAKES[-1],
        "serverInfo": _in_order(SERVER_INFO),
        "instructions": _instructions(registry, grant),
    }


def discovered(
    registry: Registry, grant: Grant, *, shows_views: bool = False, has_events: bool = False
) -> Mapping[str, Any]:
    """Return the result of `server/discover`.

    shows_views: the client shows views. has_events: the grant may hear of events.
    """
    capabilities = _discovered_capabilities(registry, grant, shows_views=shows_views)
    return {
        "cacheScope": "private",
        "capabilities": offering_events(capabilities) if has_events else capabilities,
        "resultType": "complete",
        "supportedVersions": [MODERN],
        "ttlMs": FRESH_MS,
        "_meta": META,
        "instructions": _instructions(registry, grant),
    }


def listed(
    registry: Registry, grant: Grant, *, is_modern: bool, shows_views: bool = False
) -> Mapping[str, Any]:
    """Return the result of `tools/list`; shows_views: the client shows views."""
    shown = tool_list(registry, grant, shows_views=shows_views)
    tools = [_as_written(each, sorts_schema=not is_modern) for each in shown]
    if not is_modern:
        return {"tools": tools}
    return {
        "cacheScope": "private",
        "resultType": "complete",
        "tools": tools,
        "ttlMs": FRESH_MS,
        "_meta": META,
    }


def _capabilities(registry: Registry, grant: Grant, *, shows_views: bool) -> Mapping[str, Any]:
    has_views = shows_views and views_in(registry, grant)
    return offering_views(_CAPABILITIES) if has_views else _CAPABILITIES


def _discovered_capabilities(
    registry: Registry, grant: Grant, *, shows_views: bool
) -> Mapping[str, Any]:
    known = _capabilities(registry, grant, shows_views=shows_views)
    return offering_tasks(known) if has_tasks(registry, grant) else known


def _instructions(registry: Registry, grant: Grant) -> str:
    return instructions_for(registry, grant.scope, grant.server.config)


def _as_written(definition: Mapping[str, Any], *, sorts_schema: bool) -> Mapping[str, Any]:
    """Return a tool with its keys in the order of the SDK's models."""
    schema = definition["inputSchema"]
    return _in_order(
        {
            **definition,
            "annotations": _in_order(definition["annotations"]),
            "inputSchema": _in_order(schema) if sorts_schema else schema,
        }
    )


def _in_order(members: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(sorted(members.items()))
