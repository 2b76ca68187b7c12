"""Arguments about which there is nothing to say: ids, keys to return, a number of items."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.registry.arguments import LIMIT, Argument
from vapi_mcp.registry.tool import Tool

_MOST = 8
_MOST_FIELDS = 50
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,40}(\.[A-Za-z][A-Za-z0-9_]{0,40}){0,4}|\*")


def plainly_checked(tool: Tool, arguments: Mapping[str, Any]) -> Checked | None:
    """Return the checked arguments of a read, as `check_arguments` does; None: it has to look."""
    if tool.spec.effect != "read" or tool.operation.body is not None or len(arguments) > _MOST:
        return None
    path: dict[str, str] = {}
    control: dict[str, Any] = {}
    for name, value in arguments.items():
        argument = tool.arguments.get(name)
        if argument is None or argument.name != name or not _is_plain(argument, value):
            return None
        (path if argument.place == "path" else control)[argument.upstream] = value
    needed = (each.name for each in tool.arguments.values() if each.required)
    if tool.spec.defaults or any(name not in arguments for name in needed):
        return None
    return Checked(path, {}, None, control)


def _is_plain(argument: Argument, value: Any) -> bool:
    if argument.place == "path":
        return (
            isinstance(value, str)
            and "enum" not in argument.schema
            and bool(_UUID.fullmatch(value))
        )
    if argument.place != "control":
        return False
    match argument.name:
        case "limit":
            return type(value) is int and LIMIT["minimum"] <= value <= LIMIT["maximum"]
        case "fields":
            return _are_plain_fields(value)
        case _:
            return False


def _are_plain_fields(value: Any) -> bool:
    if not isinstance(value, list) or not 0 < len(cast("list[Any]", value)) <= _MOST_FIELDS:
        return False
    return all(
        isinstance(each, str) and _FIELD.fullmatch(each) for each in cast("list[Any]", value)
    )
