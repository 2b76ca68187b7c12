"""What is usual about a request, whatever transport it comes over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vapi_mcp.accounts.records import Grant
from vapi_mcp.protocol.json_rpc import Message
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

_PARAMS: Mapping[str, frozenset[str]] = {
    "ping": frozenset({"_meta"}),
    "tools/list": frozenset({"_meta"}),
    "tools/call": frozenset({"_meta", "name", "arguments"}),
}


def has_usual_params(message: Message) -> bool:
    """Return whether a message is a request that a fast lane knows, with known parameters."""
    params, keys = message.params, _PARAMS.get(message.method or "")
    if message.id is None or keys is None or not params.keys() <= keys:
        return False
    return message.method != "tools/call" or _is_call(params)


def usual_tool(registry: Registry, grant: Grant, name: str, *, can_ask: bool) -> Tool | None:
    """Return a tool whose call has one answer and nothing before it; None for any other.

    can_ask: the client can put a question to its user.
    """
    config, tool = grant.server.config, registry.tools.get(name)
    if config.tool_exposure != "all" or tool is None or tool.spec not in grant.scope:
        return None
    if tool.spec.output.kind == "stream" or (can_ask and config.confirm != "none"):
        return None
    return tool


def _is_call(params: Mapping[str, Any]) -> bool:
    has_arguments = isinstance(params.get("arguments", {}), dict)
    return has_arguments and isinstance(params.get("name"), str)
