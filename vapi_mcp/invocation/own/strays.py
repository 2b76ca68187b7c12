"""Arguments that a tool of our own does not have: nobody would take them."""

from __future__ import annotations

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.registry.tool import Tool

_LONGEST = 80


def refuse_strays(tool: Tool, checked: Checked) -> None:
    """Let a call pass that has no argument but those of its tool.

    Raises:
        InvalidArguments: It has others.
    """
    known = {argument.upstream for argument in tool.arguments.values()}
    given = [*checked.query, *(checked.body or {})]
    strays = [name[:_LONGEST] for name in given if name not in known]
    if strays:
        raise InvalidArguments(
            f"{tool.name}: it has no argument {', '.join(strays)}. Nothing was sent.",
            details=[{"argument": name, "problem": "is not known"} for name in strays],
        )
