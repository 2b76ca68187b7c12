"""Names that nothing takes: what was meant, where it is now, or that Vapi sets it itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.registry.parts import names_in, part_schema
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.checking import Finding, Path, dotted
from vapi_mcp.specs.facts import Facts
from vapi_mcp.specs.nearness import near_names

_FEW = 20


def is_stamp(tool: Tool, name: str, facts: Facts) -> bool:
    """Say whether a name is one that an object brings along when it is sent back.

    It is left out of what is sent, except where people would be called: who sends a call back as
    it was read may not mean to dial again.
    """
    has_body = tool.operation.body is not None
    return has_body and tool.spec.effect != "act" and name in facts.moved.stamps


def strange_argument(tool: Tool, name: str, facts: Facts) -> str:
    """Return what is wrong with an argument that a tool does not have, and what would be right."""
    if name == "page" and "next_cursor" in tool.arguments:
        return "is not an argument; pass next_cursor of the answer before"
    if moved := facts.moved.property(name, tool.arguments):
        return moved.told()
    near = near_names(name, tool.arguments)
    if name in facts.moved.stamps or (not near and name in _answered(tool, facts)):
        return f"is set by Vapi; {tool.name} cannot set it"
    shown = ", ".join(list(tool.input_schema["properties"])[:_FEW])
    advice = f"did you mean {' or '.join(near)}?" if near else f"known are {shown}"
    return f"is not an argument of {tool.name}; {advice}"


def strange_part(tool: Tool, parent: str, name: str, facts: Facts) -> str:
    """Return what is wrong with a property that Vapi does not know below `parent`."""
    if not parent:
        return strange_argument(tool, name, facts)
    try:
        known = names_in(part_schema(tool, parent, facts), facts)
    except InvalidArguments:
        known = set[str]()
    if moved := facts.moved.property(name, known):
        return moved.told(parent)
    near = [each for each in near_names(name, known) if each != name]
    if near:
        return f"is unknown to Vapi; did you mean {' or '.join(near)}?"
    known_here = f"; {parent} has {', '.join(sorted(known - {name})[:_FEW])}" if known else ""
    return f"is unknown to Vapi{known_here}"


def moved_to(finding: Finding, facts: Facts) -> str | None:
    """Return where an unknown property is now, None if it was never anything."""
    if finding.rule != "unknown":
        return None
    moved = facts.moved.property(str(finding.path[-1]), finding.expected)
    return moved.told(dotted(finding.path[:-1])) if moved else None


def without(value: Any, path: Path) -> Any:
    """Return a copy of a value without the property at a path."""
    copied: Any = value.copy()
    if len(path) == 1:
        del copied[path[0]]
    else:
        copied[path[0]] = without(value[path[0]], path[1:])
    return copied


def _answered(tool: Tool, facts: Facts) -> Iterable[str]:
    """Return what Vapi answers after a write: some of it can be read and not written."""
    if tool.operation.body is None:
        return ()
    answers = [schema for schema in tool.operation.answers.values() if schema]
    variants = [variant for schema in answers for variant in facts.variants(schema)]
    return {name for variant in variants for name in variant.get("properties", ())}
