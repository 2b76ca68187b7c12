"""Arguments under the API's own names, where ours differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vapi_mcp.registry.tool import Tool


def under_our_names(tool: Tool, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return arguments by the names a tool publishes; the API's own names are taken too.

    Where both are given, ours counts if the other says the same or nothing; else both stay.
    """
    renamed = {a.upstream: a.name for a in tool.arguments.values() if a.upstream != a.name}
    found = dict(arguments)
    for upstream in renamed.keys() & arguments.keys() - tool.arguments.keys():
        ours, value = renamed[upstream], arguments[upstream]
        if found.get(ours) is None:
            found[ours] = found.pop(upstream)
        elif value is None or value == found[ours]:
            del found[upstream]
    return found
