"""What Vapi's validation objects to, led back to the arguments of the tool."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.left_out.clearing import CLEAR
from vapi_mcp.invocation.arguments.renamed import strange_part
from vapi_mcp.invocation.result import clipped
from vapi_mcp.json_paths import (
    MISSING,
    below,
    child,
    first_step,
    parse_place,
    with_brackets,
    without_brackets,
)
from vapi_mcp.registry.schema_paths import part_schema
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts
from vapi_mcp.specs.facts.outline import glimpse

_MOST, _LONGEST = 5, 300
# "model.messages.0.property foo should not exist", "each value in customers must be an object".
_UNKNOWN = re.compile(r"(?:(?P<at>[\w.\[\]-]+)\.)?property (?P<name>\S+) should not exist")
_WRONG = re.compile(
    r"(?:each value in )?(?P<at>[A-Za-z_][\w.\[\]-]*) (?=must |should |is not |has )(?P<rule>.+)"
)


def explained(
    tool: Tool, messages: Iterable[Any], arguments: Mapping[str, Any], facts: Facts
) -> list[dict[str, Any]]:
    """Return for each complaint the argument it is about, what is wrong and what would be right.

    Complaints that name no argument of the tool, or a property that was not sent, are left to speak
    for themselves. What an object has is said once, however many of its properties are unknown.
    """
    found: dict[str, dict[str, Any]] = {}
    listed: set[str] = set()
    for message in messages:
        detail = _explained(tool, str(message), arguments, facts, listed)
        if detail and detail["argument"] not in found:
            found[detail["argument"]] = detail
        if len(found) == _MOST:
            break
    return list(found.values())


def _explained(
    tool: Tool, message: str, arguments: Mapping[str, Any], facts: Facts, listed: set[str]
) -> dict[str, Any] | None:
    if unknown := _UNKNOWN.match(message):
        parent, name = _as_argument(tool, unknown["at"] or ""), unknown["name"]
        place = below(parent, name)
        if not _may_be_sent(arguments, place):
            return None
        return {"argument": place, "problem": _strange(tool, parent, name, facts, listed)}
    if not (wrong := _WRONG.match(message)):
        return None
    place = _as_argument(tool, wrong["at"])
    try:
        schema = part_schema(tool, place, facts)
    except InvalidArguments:
        return None
    problem = clipped(wrong["rule"], _LONGEST)
    return {"argument": place, "problem": problem, "schema": glimpse(facts, schema, place)}


def _strange(tool: Tool, parent: str, name: str, facts: Facts, listed: set[str]) -> str:
    """Return what is wrong with an unknown property; `listed` are the objects told whole."""
    told = strange_part(tool, parent, name, facts, with_known=False)
    kind = without_brackets(parent)
    if kind in listed:
        return told
    whole = strange_part(tool, parent, name, facts)
    if whole != told:
        listed.add(kind)
    return whole


def _may_be_sent(arguments: Mapping[str, Any], place: str) -> bool:
    """Return whether a place may have been in the request; not where another object was given.

    A merged object holds what was saved as well, and a text may have been read as an object.
    """
    first, *rest = parse_place(place)
    if first in (arguments.get(CLEAR) or ()):
        return True
    is_merged = arguments.get("nested") == "merge"
    value: Any = arguments
    for step in (first,) if is_merged else (first, *rest):
        value = child(value, step)
        if value is None or isinstance(value, str):
            break
    return value is not None and value is not MISSING


def _as_argument(tool: Tool, at: str) -> str:
    """Return Vapi's way of writing a place as ours: brackets for indexes, the tool's own names."""
    first, rest = first_step(with_brackets(at))
    return f"{_own_name(tool.arguments.values(), first)}{rest}"


def _own_name(arguments: Iterable[Any], upstream: str) -> str:
    return next((each.name for each in arguments if each.upstream == upstream), upstream)
