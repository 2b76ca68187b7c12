"""The bytes of recordings and captures in answers, as far as a tool's definition offers them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vapi_mcp.registry.tool import Tool


def gives_media(tool: Tool) -> bool:
    """Return whether a tool can put the bytes of a recording or a capture into its answer."""
    return tool.spec.output.kind == "artifact" and tool.spec.output.holds != "log"


def without_inline(tool: Tool) -> dict[str, Any]:
    """Return a tool's definition where recordings are links only."""
    schema = tool.input_schema
    shown = {name: each for name, each in schema["properties"].items() if name != "inline"}
    return {**tool.definition(), "inputSchema": {**schema, "properties": shown}}


def linking(tool: Tool) -> Tool:
    """Return a tool as it is where recordings are links only: it has no `inline`."""
    arguments = {name: each for name, each in tool.arguments.items() if name != "inline"}
    schema = without_inline(tool)["inputSchema"]
    return replace(tool, arguments=arguments, input_schema=schema)
