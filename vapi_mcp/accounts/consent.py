"""The consent to writes that a server's owner wants, as far as a tool's definition shows it."""

from __future__ import annotations

from typing import Any

from vapi_mcp.accounts.records import ServerConfig
from vapi_mcp.registry.tool import Tool

CODE = "confirmation_code"


def is_confirmed(tool: Tool, config: ServerConfig) -> bool:
    """Return whether a tool waits for its user's consent on a server."""
    match config.confirm:
        case "none":
            return False
        case "all_writes":
            return tool.spec.effect != "read"
        case tag:
            return tag in tool.spec.tags and tool.spec.effect != "read"


def takes_code(tool: Tool, config: ServerConfig) -> bool:
    """Return whether a server takes a confirmation code for a tool."""
    return config.confirm_by != "question" and is_confirmed(tool, config)


def with_code(tool: Tool) -> dict[str, Any]:
    """Return a tool's definition with the argument that brings a confirmation's code."""
    schema = tool.input_schema
    code = {"type": "string", "description": tool.spec.words[CODE]}
    shown = {**schema, "properties": {**schema["properties"], CODE: code}}
    return {**tool.definition(), "inputSchema": shown}
