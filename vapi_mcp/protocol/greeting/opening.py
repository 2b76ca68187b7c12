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
    Client,
    client_of,
    is_envelope,
    is_handshake,
)
from vapi_mcp.protocol.greeting.instructions import instructions_for
from vapi_mcp.protocol.greeting.server_info import DESCRIPTION, FRESH_MS, NAME, TITLE, VERSION
from vapi_mcp.protocol.greeting.tool_list import tool_list
from vapi_mcp.protocol.json_rpc import Message
from vapi_mcp.registry.registry import Registry

_CAPABILITIES = {
    "completions": {},
    "prompts": {"listChanged": False},
    "resources": {"listChanged": False, "subscribe": False},
    "tools": {"listChanged": False},
}
_SERVER = {"name": NAME, "title": TITLE, "version": VERSION, "description": DESCRIPTION}
META = {"io.modelcontextprotocol/serverInfo": _SERVER}


class Opening:
    """Answers the handshake, discoveries and lists of tools of one client.

    client: who shook hands, if one did.
    """

    def __init__(self, registry: Registry, grant: Grant) -> None:
        self._registry = registry
        self._grant = grant
        self._lists: dict[bool, bytes] = {}
        self.client: Client | None = None

    def greeting(self, message: Message) -> bytes | None:
        """Return the result of a first handshake or a discovery before it; None of all else."""
        if self.client is not None:
            return None
        if message.method == "initialize" and is_handshake(message.params):
            self.client = client_of(message.params)
            return orjson.dumps(self._handshake(message.params["protocolVersion"]))
        if message.method == "server/discover" and is_envelope(message.params):
            return orjson.dumps(self._discovered())
        return None

    def tools(self, *, is_modern: bool) -> bytes:
        """Return the result of `tools/list`."""
        if is_modern not in self._lists:
            listed = self._modern_list() if is_modern else {"tools": self._tools(sorts_schema=True)}
            self._lists[is_modern] = orjson.dumps(listed)
        return self._lists[is_modern]

    def _handshake(self, version: str) -> Mapping[str, Any]:
        return {
            "capabilities": _CAPABILITIES,
            "protocolVersion": version if version in HANDSHAKES else HANDSHAKES[-1],
            "serverInfo": _in_order(_SERVER),
            "instructions": self._instructions(),
        }

    def _discovered(self) -> Mapping[str, Any]:
        return {
            "cacheScope": "private",
            "capabilities": _CAPABILITIES,
            "resultType": "complete",
            "supportedVersions": [MODERN],
            "ttlMs": FRESH_MS,
            "_meta": META,
            "instructions": self._instructions(),
        }

    def _modern_list(self) -> Mapping[str, Any]:
        return {
            "cacheScope": "private",
            "resultType": "complete",
            "tools": self._tools(sorts_schema=False),
            "ttlMs": FRESH_MS,
            "_meta": META,
        }

    def _tools(self, *, sorts_schema: bool) -> list[Mapping[str, Any]]:
        listed = tool_list(self._registry, self._grant)
        return [_as_written(each, sorts_schema=sorts_schema) for each in listed]

    def _instructions(self) -> str:
        return instructions_for(self._registry, self._grant.scope, self._grant.server.config)


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
