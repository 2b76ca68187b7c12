"""Undocumented properties that everyone writes and Vapi takes: they need no note."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.checking import Finding
from vapi_mcp.specs.facts import Facts, Schema
from vapi_mcp.specs.members import allowed_values


def is_usual(tool: Tool, finding: Finding, given: Mapping[str, Any], facts: Facts) -> bool:
    """Return whether an unknown name is one that such an object usually has.

    given: the arguments of the call; of a body of many kinds, they tell which one is meant. What
    only another kind declares may hold anything in this one.
    """
    if finding.rule != "unknown":
        return False
    if facts.moved.is_usual(str(finding.path[-1]), finding.expected):
        return True
    first = str(finding.path[0])
    return any(
        first not in known and facts.moved.is_usual(first, known)
        for known in (kind.get("properties", {}) for kind in _kinds(tool, given, facts))
    )


def _kinds(tool: Tool, given: Mapping[str, Any], facts: Facts) -> Iterator[Schema]:
    """Yield the kinds of the body that the arguments may mean: all, where no tag tells."""
    schema = tool.operation.body.schema if tool.operation.body else {}
    tag = (facts.resolve(schema).get("discriminator") or {}).get("propertyName", "")
    for kind in facts.variants(schema) if tag else ():
        if given.get(tag) in (None, *allowed_values(facts, kind, tag)):
            yield kind
