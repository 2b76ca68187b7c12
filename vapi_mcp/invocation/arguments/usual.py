"""Findings that say nothing: names that everyone writes, and bodies of a kind the facts lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vapi_mcp.registry.arguments import Argument
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.facts.unions import allowed_values
from vapi_mcp.specs.facts.validation import Violation, check_value


def telling_findings(
    tool: Tool, argument: Argument, value: Any, given: Mapping[str, Any], facts: Facts
) -> list[Violation]:
    """Return what there is to say about the value of an argument.

    given: the arguments of the call; of a body of many kinds, they tell which one is meant.
    """
    found = check_value(facts, argument.schema, value, (argument.name,))
    if argument.place == "body" and is_of_unknown_kind(tool, given, facts):
        return found if argument.upstream == _tag(tool, facts) else []
    known = [kind.get("properties", {}) for kind in _kinds(tool, given, facts)]
    return [each for each in found if not _is_usual(each, known, facts)]


def is_of_unknown_kind(tool: Tool, given: Mapping[str, Any], facts: Facts) -> bool:
    """Return whether a body is of a kind that the facts lack, so that nothing is known of it.

    A kind of tool that is newer than the document may have any properties.
    """
    is_tagged = given.get(_tag(tool, facts)) is not None
    return is_tagged and not any(True for _ in _kinds(tool, given, facts))


def _is_usual(finding: Violation, kinds: Sequence[Mapping[str, Any]], facts: Facts) -> bool:
    """Return whether an unknown name is one that such an object usually has.

    kinds: what each kind of the body declares; what only another one does may hold anything here.
    """
    if finding.rule != "unknown":
        return False
    if facts.moved.is_usual(str(finding.path[-1]), finding.expected):
        return True
    first = str(finding.path[0])
    return any(first not in known and facts.moved.is_usual(first, known) for known in kinds)


def _kinds(tool: Tool, given: Mapping[str, Any], facts: Facts) -> Iterator[Schema]:
    """Yield the kinds of the body that the arguments may mean: all, where no tag tells."""
    tag = _tag(tool, facts)
    for kind in facts.variants(_body(tool)) if tag else ():
        if given.get(tag) in (None, *allowed_values(facts, kind, tag)):
            yield kind


def _tag(tool: Tool, facts: Facts) -> str:
    """Return the property that tells the kinds of a body apart; empty where it has one kind."""
    return (facts.resolve(_body(tool)).get("discriminator") or {}).get("propertyName", "")


def _body(tool: Tool) -> Schema:
    return tool.operation.body.schema if tool.operation.body else {}
