"""How a part of an answer is read later: the tool, and the exact arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.registry.scope import Scope
from vapi_mcp.registry.tool import Tool


@dataclass(frozen=True, slots=True)
class FollowUpCall:
    """A call that answers an object again, whole or in part."""

    tool: str
    arguments: Mapping[str, Any]

    def of_part(self, part: str, **more: Any) -> dict[str, Any]:
        """Return the arguments that read a part; more: other arguments to say with it."""
        said = {name: value for name, value in more.items() if value is not None}
        return {**self.arguments, "part": part, **said}


def reads_again(tool: Tool) -> bool:
    """Return whether a tool gives parts: calling it twice does no more than calling it once."""
    return tool.spec.effect == "read" and tool.spec.output.kind == "object"


def follow_up_of(tool: Tool, checked: Checked, answer: Any, scope: Scope) -> FollowUpCall | None:
    """Return how a tool's own answer is read again; None when it cannot be."""
    if reads_again(tool):
        return FollowUpCall(tool.name, _said(tool, checked))
    if tool.spec.effect == "delete":
        return None
    return follow_up_of_object(tool, checked, answer, scope)


def follow_up_of_object(
    tool: Tool, checked: Checked, found: Any, scope: Scope
) -> FollowUpCall | None:
    """Return how an object of the tool's kind is read, within scope, by the id it has."""
    reader = tool.spec.reader
    known = found.get("id") if isinstance(found, dict) else None
    if reader is None or reader not in scope or not isinstance(known, str):
        return None
    return FollowUpCall(reader.name, {**_said(tool, checked, "path"), "id": known})


def _said(tool: Tool, checked: Checked, *places: str) -> dict[str, Any]:
    """Return arguments by the names a client gives them."""
    values = {"path": checked.path, "query": checked.query, "body": checked.body or {}}
    return {
        argument.name: values[argument.place][argument.upstream]
        for argument in tool.arguments.values()
        if argument.place in (places or tuple(values))
        if argument.upstream in values[argument.place]
    }
