"""Large arguments are looked through beside the event loop, so that nobody else waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import islice
from typing import Any

from vapi_mcp.invocation.arguments import check_arguments
from vapi_mcp.invocation.checked import Checked
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts import Facts

# About 25 ms of looking through them.
_MANY = 1_000


async def checked_aside(tool: Tool, arguments: Mapping[str, Any], facts: Facts) -> Checked:
    """Return the arguments of a call in their places and types, as `check_arguments` does.

    Raises:
        InvalidArguments: It names every problem at once, with what would be right.
    """
    if not has_many_values(arguments):
        return check_arguments(tool, arguments, facts)
    return await asyncio.to_thread(check_arguments, tool, arguments, facts)


def has_many_values(arguments: Mapping[str, Any], most: int = _MANY) -> bool:
    """Say whether arguments hold more values than `most`, at any depth; it counts no further."""
    waiting: list[Any] = [arguments]
    count = 0
    while waiting:
        value = waiting.pop()
        inner = value.values() if isinstance(value, Mapping) else value
        found = list(islice(inner, most + 1 - count))
        count += len(found)
        if count > most:
            return True
        waiting += (each for each in found if isinstance(each, dict | list))
    return False
