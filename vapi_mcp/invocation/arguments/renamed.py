"""Names that nothing takes: what was meant, where it is now, or that Vapi sets it itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.registry.schema_paths import names_in, part_schema
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.facts.renamed import MovedProperty
from vapi_mcp.specs.facts.validation import Violation
from vapi_mcp.specs.nearness import near_names

_FEW = 20
_MOST_ADVISED = 8


def is_stamp(tool: Tool, name: str, facts: Facts) -> bool:
    """Return whether a name is one that an object brings along when it is sent back."""
    return tool.operation.body is not None and name in facts.moved.stamps


def strange_argument(tool: Tool, name: str, facts: Facts, *, with_known: bool = True) -> str:
    """Return what is wrong with an argument that a tool does not have, and what would be right."""
    if name == "page" and "next_cursor" in tool.arguments:
        return "is not an argument; pass the next_cursor of the previous answer"
    if moved := facts.moved.property(name, tool.arguments):
        return moved.told()
    if name in tool.arguments:
        return "cannot be combined with the other arguments"
    near = _near(name, tool.arguments)
    if name in facts.moved.stamps or (not near and name in answered(tool, facts)):
        return f"is set by Vapi; {tool.name} cannot set it"
    told = f"is not an argument of {tool.name}"
    if near:
        return f"{told}; did you mean {near}?"
    shown = ", ".join(list(tool.input_schema["properties"])[:_FEW])
    return f"{told}; it takes {shown}" if with_known else told


def strange_part(
    tool: Tool, parent: str, name: str, facts: Facts, *, with_known: bool = True
) -> str:
    """Return what is wrong with a property that Vapi does not know below `parent`."""
    if not parent:
        return strange_argument(tool, name, facts, with_known=with_known)
    try:
        known = names_in(part_schema(tool, parent, facts), facts)
    except InvalidArguments:
        known = set[str]()
    if moved := facts.moved.property(name, known):
        return moved.told(parent)
    if name in known:
        return f"cannot be combined with the other keys in {parent}"
    if near := _near(name, known):
        return f"is unknown to Vapi; did you mean {near}?"
    told = "is unknown to Vapi"
    shown = ", ".join(sorted(known)[:_FEW])
    return f"{told}; {parent} has {shown}" if shown and with_known else told


def moved_from(finding: Violation, facts: Facts) -> MovedProperty | None:
    """Return where an unknown property went, None if it was never anything."""
    if finding.rule != "unknown":
        return None
    return facts.moved.property(str(finding.path[-1]), finding.expected)


def nearest(name: str, known: Iterable[str], count: int = 0) -> str:
    """Return the name that was probably meant as advice, or nothing; only for the first few."""
    near = None if count > _MOST_ADVISED else _near(name, known)
    return f" (did you mean {near}?)" if near else ""


def _near(name: str, known: Iterable[str]) -> str | None:
    return next(iter(near_names(name, known, most=1)), None)


def answered(tool: Tool, facts: Facts) -> Iterable[str]:
    """Return what Vapi answers after a write: some of it can be read and not written."""
    return {name for properties in answers_of(tool, facts) for name in properties}


def answers_of(tool: Tool, facts: Facts) -> list[Mapping[str, Schema]]:
    """Return the properties of each object that a write may answer with."""
    if tool.operation.body is None:
        return []
    answers = [schema for schema in tool.operation.answers.values() if schema]
    variants = [variant for schema in answers for variant in facts.variants(schema)]
    return [variant.get("properties", {}) for variant in variants]
