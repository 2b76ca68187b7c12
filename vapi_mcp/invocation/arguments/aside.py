"""Work on large arguments in a thread, so that no other request waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, ParamSpec, TypeVar

from vapi_mcp.invocation.arguments.check import check_arguments
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.arguments.plain import plainly_checked
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.request import build_request
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts

_P = ParamSpec("_P")
_T = TypeVar("_T")

# About 25 ms of looking through them.
_MANY = 1_000
# Only files are so long.
_LONG = 256 * 1024


async def checked_aside(tool: Tool, arguments: Mapping[str, Any], facts: Facts) -> Checked:
    """Return the arguments of a call in their places and types, as `check_arguments` does.

    Raises:
        InvalidArguments: It names every problem at once, with what would be right.
    """
    if (plain := plainly_checked(tool, arguments)) is not None:
        return plain
    if not has_many_values(arguments) and not _has_long_text(arguments):
        return check_arguments(tool, arguments, facts)
    return await asyncio.to_thread(check_arguments, tool, arguments, facts)


async def built_aside(tool: Tool, checked: Checked) -> UpstreamRequest:
    """Return the one request a call stands for, as `build_request` does.

    Raises:
        InvalidArguments: As of `build_request`.
    """
    if not _has_long_text(checked.control):
        return build_request(tool, checked)
    return await asyncio.to_thread(build_request, tool, checked)


async def aside(
    values: Mapping[str, Any], work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs
) -> _T:
    """Return what some work on values gives, which a thread does where they are many."""
    if not has_many_values(values):
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


def _has_long_text(arguments: Mapping[str, Any]) -> bool:
    return any(isinstance(text, str) and len(text) > _LONG for text in arguments.values())


def has_many_values(arguments: Mapping[str, Any], most: int = _MANY) -> bool:
    """Return whether arguments hold more values than `most`, at any depth; it counts no further."""
    waiting: list[Any] = [arguments]
    count = 0
    while waiting:
        value = waiting.pop()
        inner = value if isinstance(value, list) else value.values()
        found = list(islice(inner, most + 1 - count))
        count += len(found)
        if count > most:
            return True
        waiting += (each for each in found if isinstance(each, dict | list))
    return False
