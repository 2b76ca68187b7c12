"""Arguments under other names: the API's own, and keys of items for conditions on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from vapi_mcp.json_paths import parse_keys
from vapi_mcp.registry.tool import Tool

_WHERE = "where"


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


def with_conditions(
    tool: Tool, arguments: Mapping[str, Any]
) -> tuple[Mapping[str, Any], str | None]:
    """Return the arguments of a list with keys of its items as conditions, and a note on them.

    As they are where a condition on the same key is there already, or where they are no text,
    number or boolean.
    """
    where = arguments.get(_WHERE) or {}
    if _WHERE not in tool.arguments or not isinstance(where, Mapping):
        return arguments, None
    names = {rule.beside for rule in tool.spec.contents.names.values()}
    keys = [
        name
        for name, value in arguments.items()
        if name not in tool.arguments
        and isinstance(value, str | int | float)
        and (name in names or tool.answer.has(parse_keys(name)))
    ]
    if not keys or not set(keys).isdisjoint(where):
        return arguments, None
    conditions = {**cast("Mapping[str, Any]", where), **{key: arguments[key] for key in keys}}
    others = {name: value for name, value in arguments.items() if name not in keys}
    return {**others, _WHERE: conditions}, f"Taken as conditions of where: {', '.join(keys)}"
