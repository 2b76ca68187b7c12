"""The call that shows whether a write was done, for whoever cannot know."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from vapi_mcp.invocation.writes.write import Write
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

# Clocks differ, and what was sent late may be done later still.
_BEFORE, _AFTER = timedelta(minutes=1), timedelta(minutes=5)
_LISTED_AT: Mapping[str, str] = {"/chat/responses": "/chat"}


def settling_call(
    registry: Registry, write: Write, since: datetime, until: datetime
) -> dict[str, Any] | None:
    """Return the tool and arguments that show what a write between two moments made.

    None where no tool in the grant's scope shows it.
    """
    path = write.tool.operation.path
    wanted = f"GET {_LISTED_AT.get(path, path)}"
    for tool in registry.in_scope(write.grant.scope):
        if tool.operation.key == wanted and tool.spec.output.kind == "list":
            return {"tool": tool.name, "arguments": _filters(tool, write, since, until)}
        if tool.operation.key == "GET /call/{id}" and write.body.get("callIds"):
            shown = {"id": write.body["callIds"][0], "fields": ["artifact.structuredOutputs"]}
            return {"tool": tool.name, "arguments": shown}
    return None


def _filters(tool: Tool, write: Write, since: datetime, until: datetime) -> dict[str, Any]:
    """Return what narrows a list down to what the write may have made."""
    known = {**write.body, **write.checked.query, **write.checked.path}
    dates = {"createdAtGe": _text(since - _BEFORE), "createdAtLe": _text(until + _AFTER)}
    same = {
        argument.name: known[argument.upstream]
        for argument in tool.arguments.values()
        if argument.place != "control" and isinstance(known.get(argument.upstream), str)
    }
    return {name: value for name, value in (same | dates).items() if name in tool.arguments}


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
