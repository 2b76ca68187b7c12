"""The tools of the suite that tell their client something before they answer, and its schemas."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from pydantic import Field

_MIRRORED = Field(json_schema_extra={"x-mcp-header": "Region"})
# The whole vocabulary that the suite looks for in a list of tools.
_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def add_notifying(server: MCPServer[Any]) -> None:
    """Add them to a server, under the names that the suite asks for."""
    _add_logging(server)
    _add_changes(server)
    _add_schemas(server)

    @server.tool()
    async def test_tool_with_progress(ctx: Context) -> str:
        for step in (0, 50, 100):
            await ctx.report_progress(step, 100, f"Completed step {step} of 100")
        return "Done"

    @server.tool()
    async def test_reconnection() -> str:
        return "No stream was closed: nothing here can be resumed."


def _add_logging(server: MCPServer[Any]) -> None:
    async def tell(ctx: Context) -> str:
        for text in ("Tool execution started", "Tool processing data", "Tool execution completed"):
            await ctx.info(text)  # pyright: ignore[reportDeprecated] - the suite asks for it
        return "Tool with logging executed successfully"

    for name in ("test_tool_with_logging", "test_logging_tool"):
        server.add_tool(tell, name=name)


def _add_changes(server: MCPServer[Any]) -> None:
    @server.tool()
    async def test_trigger_tool_change(ctx: Context) -> str:
        await ctx.notify_tools_changed()
        return "tool list changed"

    @server.tool()
    async def test_trigger_prompt_change(ctx: Context) -> str:
        await ctx.notify_prompts_changed()
        return "prompt list changed"


def _add_schemas(server: MCPServer[Any]) -> None:
    @server.tool()
    def test_x_mcp_header(region: Annotated[str, _MIRRORED] = "<none>") -> str:
        return f"region={region}"

    @server.tool()
    def json_schema_2020_12_tool() -> str:
        return "json_schema_2020_12_tool"

    # A signature cannot say all of this.
    tools = server._tool_manager  # pyright: ignore[reportPrivateUsage] - a fixture looks inside
    found = tools.get_tool("json_schema_2020_12_tool")
    assert found is not None
    found.parameters = _SCHEMA
