"""The members of a union, each with a label to ask for it by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vapi_mcp.specs.facts.facts import Facts, Schema


def labelled_members(facts: Facts, schema: Schema) -> Mapping[str, Schema]:
    """Return the resolved members of a union by label; one member, with its type, if it is none.

    A label is the value that tells an object from its siblings (`openai`, where every member has
    its own `provider`), else the name of its schema; what is no object is labelled by its type.
    Where that is not enough, a number follows.
    """
    found = list(_named_members(facts, schema, ""))
    tag = _telling_property(facts, schema, [member for _, member in found])
    labels: dict[str, Schema] = {}
    for name, member in found:
        if member.get("type", "object") != "object":
            label = str(member["type"])
        else:
            values = allowed_values(facts, member, tag)
            label = str(values[0]) if len(values) == 1 else name or "object"
        taken = sum(other == label or other.startswith(f"{label}-") for other in labels)
        labels[f"{label}-{taken + 1}" if label in labels else label] = member
    return labels


def is_union(schema: Schema) -> bool:
    """Return whether a resolved schema offers a choice."""
    return bool(schema.get("oneOf") or schema.get("anyOf"))


def allowed_values(facts: Facts, member: Schema, name: str) -> Sequence[Any]:
    """Return the values that a property of an object may have, if the facts list them."""
    declared = member.get("properties", {}).get(name)
    return facts.resolve(declared).get("enum", ()) if declared else ()


def _named_members(facts: Facts, schema: Schema, name: str) -> Iterator[tuple[str, Schema]]:
    name = schema.get("$ref", name)
    if len(schema.get("allOf", ())) == 1:
        name = schema["allOf"][0].get("$ref", name)
    resolved = facts.resolve(schema)
    if not is_union(resolved):
        yield name, resolved
        return
    for member in resolved.get("oneOf") or resolved["anyOf"]:
        yield from _named_members(facts, member, name)


def _telling_property(facts: Facts, schema: Schema, members: list[Schema]) -> str:
    """Return the property by which the objects of a union are told apart, or nothing."""
    objects = [member for member in members if member.get("properties")]
    declared = facts.resolve(schema).get("discriminator")
    if declared:
        return declared["propertyName"]
    for name in objects[0]["properties"] if len(objects) > 1 else ():
        values = [tuple(allowed_values(facts, member, name)) for member in objects]
        if all(len(each) == 1 for each in values) and len(set(values)) == len(values):
            return name
    return ""
