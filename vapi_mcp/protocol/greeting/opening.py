"""Answers to a client's first messages, before the SDK's server is loaded.

They are the SDK's own, byte for byte. What is unusual in any way is left to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from vapi_mcp.accounts.records import Grant
from vapi_mcp.protocol.greeting.handshake import (
    HANDSHAKES,
    MODERN,
    SERVER_KEY,
    is_envelope,
    is_handshake,
)
from vapi_mcp.protocol.greeting.instructions import instructions_for
from vapi_mcp.protocol.greeting.server_info import FRESH_MS, SERVER_INFO
from vapi_mcp.protocol.greeting.tool_list import tool_list
from vapi_mcp.protocol.json_rpc import Message
from vapi_mcp.registry.registry import Registry

INITIALIZED = "notifications/initialized"

_CAPABILITIES = {
    "completions": {},
    "prompts": {"listChanged": False},
    "resources": {"listChanged": False, "subscribe": False},
    "tools": {"listChanged": False},
}
_META = {SERVER_KEY: SERVER_INFO}


class Opening:
    """What a client asks first: the handshake or a discovery, then the list of tools.

    `is_over` after the list, and so as soon as a client may call something.
    """

    def __init__(self, registry: Registry, grant: Grant) -> None:
        self._registry = registry
        self._grant = grant
        self._has_shaken_hands = False
        self.is_over = False

    def answer(self, message: Message) -> str | None:
        """Return the line that answers a request, or None where the SDK's server has to."""
        result = self._result(message)
        if result is None:
            return None
        answer = {"jsonrpc": "2.0", "id": message.id, "result": result}
        return orjson.dumps(answer).decode() + "\n"

    def _result(self, message: Message) -> Mapping[str, Any] | None:
        params = message.params
        match message.method:
            case "initialize" if not self._has_shaken_hands and is_handshake(params):
                return self._shake_hands(params["protocolVersion"])
            case "ping" if self._has_shaken_hands and not params:
                return {}
            case "tools/list" if self._has_shaken_hands and not params:
                return self._listed(is_modern=False)
            case "server/discover" if not self._has_shaken_hands and is_envelope(params):
                return discovered(self._registry, self._grant)
            case "tools/list" if not self._has_shaken_hands and is_envelope(params):
                return self._listed(is_modern=True)
            case _:
                return None

    def _shake_hands(self, version: str) -> Mapping[str, Any]:
        self._has_shaken_hands = True
        return shaken_hands(self._registry, self._grant, version)

    def _listed(self, *, is_modern: bool) -> Mapping[str, Any]:
        self.is_over = True
        return listed(self._registry, self._grant, is_modern=is_modern)


def shaken_hands(registry: Registry, grant: Grant, version: str) -> Mapping[str, Any]:
    """Return the result of `initialize` for a version that a client proposes."""
    return {
        "capabilities": _CAPABILITIES,
        "protocolVersion": version if version in HANDSHAKES else HANDSHAKES[-1],
        "serverInfo": _in_order(SERVER_INFO),
        "instructions": _instructions(registry, grant),
    }


def discovered(registry: Registry, grant: Grant) -> Mapping[str, Any]:
    """Return the result of `server/discover`."""
    return {
        "cacheScope": "private",
        "capabilities": _CAPABILITIES,
        "resultType": "complete",
        "supportedVersions": [MODERN],
        "ttlMs": FRESH_MS,
        "_meta": _META,
        "instructions": _instructions(registry, grant),
    }


def listed(registry: Registry, grant: Grant, *, is_modern: bool) -> Mapping[str, Any]:
    """Return the result of `tools/list`."""
    shown = tool_list(registry, grant)
    tools = [_as_written(each, sorts_schema=not is_modern) for each in shown]
    if not is_modern:
        return {"tools": tools}
    return {
        "cacheScope": "private",
        "resultType": "complete",
        "tools": tools,
        "ttlMs": FRESH_MS,
        "_meta": _META,
    }


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
