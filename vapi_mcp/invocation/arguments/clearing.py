"""`clear`: the properties that an update empties, by name."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from vapi_mcp.registry.arguments import Argument
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.nearness import near_names

CLEAR = "clear"

_FEW = 20
_LONGEST_NEAR = 80


def cleared(
    tool: Tool, names: Collection[str], given: Collection[str], facts: Facts
) -> tuple[Mapping[str, None], list[str]]:
    """Return the nulls that empty these properties, by upstream name; and what is in the way.

    given: the arguments that have a value.
    """
    properties = {a.name: a for a in tool.arguments.values() if a.place == "body"}
    ours = {a.upstream: a.name for a in properties.values()}
    nulls: dict[str, None] = {}
    problems: list[str] = []
    for said in dict.fromkeys(names):
        name = ours.get(said, said)
        if name not in properties:
            problems.append(_unknown(said, properties))
        elif _is_required(tool, properties[name], facts):
            problems.append(f"cannot take {name}: Vapi requires it. Send a new value instead")
        elif name in given:
            problems.append(f"names {name}, which has a value too; give only one of them")
        else:
            nulls[properties[name].upstream] = None
    return nulls, problems


def warnings(tool: Tool, nulls: Collection[str]) -> list[str]:
    """Return what else an emptied property means."""
    if tool.operation.key == "PATCH /campaign/{id}" and "schedulePlan" in nulls:
        return ["Without schedulePlan, a campaign that has not started yet dials at once."]
    return []


def _is_required(tool: Tool, argument: Argument, facts: Facts) -> bool:
    """Say whether the API's document requires a property, of an update or of what is created."""
    if argument.required:
        return True
    if any(variant.get("nullable") for variant in facts.variants(argument.schema)):
        return False
    bodies = list(_bodies(tool, facts))
    return any(
        all(argument.upstream in each.get("required", ()) for each in facts.variants(body))
        for body in bodies
    )


def _bodies(tool: Tool, facts: Facts) -> Iterator[Schema]:
    creation = facts.operations.get(f"POST {tool.operation.path.removesuffix('/{id}')}")
    for operation in (tool.operation, creation):
        if operation is not None and operation.body is not None:
            yield operation.body.schema


def _unknown(said: str, properties: Collection[str]) -> str:
    top = said.partition(".")[0].partition("[")[0]
    if top != said and top in properties:
        return (
            f"takes whole properties, so {top} and not {said[:_LONGEST_NEAR]!r}; for a part of it, "
            f'send {top} without that part and nested: "replace"'
        )
    near = near_names(said, properties, most=1)
    advice = (
        f"did you mean {near[0]}?" if near else f"it takes {', '.join(list(properties)[:_FEW])}"
    )
    return f"does not know {said[:_LONGEST_NEAR]!r}; {advice}"
