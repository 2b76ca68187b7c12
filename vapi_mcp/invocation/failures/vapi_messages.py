"""What Vapi's validation objects to, led back to the arguments of the tool."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.arguments.renamed import strange_part
from vapi_mcp.invocation.result import clipped
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
_INDEX = re.compile(r"\.(\d+)(?=\.|$)")


def explained(tool: Tool, messages: Sequence[Any], facts: Facts) -> list[dict[str, Any]]:
    """Return for each complaint the argument it is about, what is wrong and what would be right.

    Complaints that name no argument of the tool are left to speak for themselves.
    """
    found: dict[str, dict[str, Any]] = {}
    for message in messages:
        detail = _explained(tool, str(message), facts)
        if detail and detail["argument"] not in found:
            found[detail["argument"]] = detail
    return list(found.values())[:_MOST]


def _explained(tool: Tool, message: str, facts: Facts) -> dict[str, Any] | None:
    if unknown := _UNKNOWN.match(message):
        parent, name = _as_argument(tool, unknown["at"] or ""), unknown["name"]
        return {
            "argument": f"{parent}.{name}".lstrip("."),
            "problem": strange_part(tool, parent, name, facts),
        }
    if not (wrong := _WRONG.match(message)):
        return None
    place = _as_argument(tool, wrong["at"])
    try:
        schema = part_schema(tool, place, facts)
    except InvalidArguments:
        return None
    problem = clipped(wrong["rule"], _LONGEST)
    return {"argument": place, "problem": problem, "schema": glimpse(facts, schema, place)}


def _as_argument(tool: Tool, at: str) -> str:
    """Return Vapi's way of writing a place as ours: brackets for indexes, the tool's own names."""
    place = _INDEX.sub(r"[\1]", at)
    first, dot, rest = place.partition(".")
    return f"{_own_name(tool.arguments.values(), first)}{dot}{rest}"


def _own_name(arguments: Iterable[Any], upstream: str) -> str:
    return next((each.name for each in arguments if each.upstream == upstream), upstream)
