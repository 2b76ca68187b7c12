"""The full schema of any part of a tool's arguments, asked for by path.

A path names properties from the outside in, as `assistant.model.messages`. Where a part may be
one of several things, brackets choose: `assistant.model[openai].model`. Items of an array are
`[]`, which may be left out: `customers.number` and `customers[].number` are one. Where a choice is
left out, a property may come from any member that has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.json_paths import parse_schema_path
from vapi_mcp.registry.arguments import united
from vapi_mcp.registry.bounds import SCHEMA_PATH
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.facts.outline import choices, outline
from vapi_mcp.specs.facts.unions import labelled_members
from vapi_mcp.specs.nearness import near_names

# 1,000 tokens as a rule, 1,750 where it is all names of models.
_MOST_BYTES = 3_500
_MOST_NAMED = 40


def describe_part(tool: Tool, path: str, facts: Facts) -> dict[str, Any]:
    """Return the schema of a part of a tool's arguments; of all of them when the path is empty.

    Raises:
        InvalidArguments: There is no such part; near misses are named.
    """
    drawn = outline(
        facts, part_schema(tool, path, facts), path, words=tool.spec.words, most=_MOST_BYTES
    )
    if path:
        return {**drawn, **_examples(tool, path)}
    known = list(dict.fromkeys(each.path for each in tool.spec.examples))
    return {**drawn, **_choices(tool, facts), **({"examples_at": known} if known else {})}


def part_schema(tool: Tool, path: str, facts: Facts) -> Schema:
    """Return the schema of a part of a tool's arguments; of all of them when the path is empty.

    Raises:
        InvalidArguments: There is no such part; near misses are named.
    """
    steps = _steps(path)
    schema = _arguments(tool)
    if steps and steps[0][1] and tool.operation.body is not None:
        schema = tool.operation.body.schema
    for name, choice in steps:
        schema = (
            _property(facts, schema, name, path) if name else _chosen(facts, schema, choice, path)
        )
    return schema


def names_in(schema: Schema, facts: Facts) -> set[str]:
    """Return the properties that an object of a schema may have, in its arrays too."""
    return {n for each in _objects_in(facts, schema) for n in each.get("properties", {})}


def _arguments(tool: Tool) -> Schema:
    arguments = tool.arguments.values()
    return {
        "type": "object",
        "properties": {argument.name: argument.schema for argument in arguments},
        "required": [argument.name for argument in arguments if argument.required],
    }


def _examples(tool: Tool, path: str) -> dict[str, Any]:
    """Return examples of a part, those of the choice that the path makes where it makes one."""
    steps = _steps(path)
    keys = ".".join(name for name, _ in steps if name)
    label = next((choice for name, choice in reversed(steps) if not name and choice), None)
    chosen = {"type": label, "provider": label} if label else None
    about = [each for each in tool.spec.examples if each.is_about(keys)]
    found = [shown for each in about for shown in (each.pair(chosen) if chosen else each.all())]
    return {"examples": found} if found else {}


def _choices(tool: Tool, facts: Facts) -> dict[str, Any]:
    """Return the paths that choose one of several bodies, where an operation takes several."""
    body = tool.operation.body
    labels = labelled_members(facts, body.schema) if body else {}
    return choices(labels, "") if len(labels) > 1 else {}


def _steps(path: str) -> list[tuple[str, str | None]]:
    steps = None if SCHEMA_PATH.objection(path) else parse_schema_path(path)
    if steps is None:
        raise InvalidArguments(
            f"{path[:80]!r} is not a path; write names and choices, as in model[openai].messages"
        )
    return steps


def _property(facts: Facts, schema: Schema, name: str, path: str) -> Schema:
    """Return what a property has to be, whichever member of a union it belongs to."""
    objects = _objects_in(facts, schema)
    found = [each["properties"][name] for each in objects if name in each.get("properties", {})]
    if not found:
        others = [each.get("additionalProperties") for each in objects]
        found = [each for each in others if isinstance(each, Mapping)]
    if not found:
        raise _missing(name, path, names_in(schema, facts))
    return united(found)


def _objects_in(facts: Facts, schema: Schema) -> list[Schema]:
    """Return the objects a schema allows, in its arrays too."""
    found: list[Schema] = []
    for member in facts.variants(schema):
        found += _objects_in(facts, member["items"]) if "items" in member else [member]
    return found


def _chosen(facts: Facts, schema: Schema, choice: str | None, path: str) -> Schema:
    """Return the items of an array, or the member of a union that a label names."""
    members = labelled_members(facts, schema)
    if choice and choice in members:
        return members[choice]
    items = [member["items"] for member in members.values() if "items" in member]
    if items and (not choice or choice.isdigit()):
        return united(items)
    if items and len(members) == 1:
        return _chosen(facts, items[0], choice, path)
    raise _missing(choice or "[]", path, members if len(members) > 1 else ())


def _missing(step: str, path: str, known: Iterable[str]) -> InvalidArguments:
    known = sorted(known)
    near = near_names(step, known, most=3)
    if near:
        advice = f"did you mean {' or '.join(near)}?"
    elif known:
        advice = f"use one of {', '.join(known[:_MOST_NAMED])}"
    else:
        advice = "no part is known there"
    return InvalidArguments(f"{path[:80]!r} is wrong at {step[:80]!r}; {advice}")
