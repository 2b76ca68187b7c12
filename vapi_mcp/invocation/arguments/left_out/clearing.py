"""`clear`: the properties that an update empties, by name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from vapi_mcp.invocation.arguments.notes import RiskNote
from vapi_mcp.invocation.arguments.unknown import UnknownArguments, strays_in
from vapi_mcp.json_paths import first_step
from vapi_mcp.registry.arguments import Argument
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.nearness import near_names

CLEAR = "clear"

_FEW = 20
_NAME = re.compile(r"[A-Za-z_]\w{0,79}")
_LONGEST_NEAR = 80


@dataclass(slots=True)
class Cleared:
    """The nulls that empty properties, by upstream name; and what is in the way.

    objections: what Vapi may object to, by the names that its document lacks.
    """

    nulls: dict[str, None] = field(default_factory=dict[str, None])
    objections: dict[str, str] = field(default_factory=dict[str, str])
    problems: list[str] = field(default_factory=list[str])


def cleared(tool: Tool, names: Collection[str], given: Collection[str], facts: Facts) -> Cleared:
    """Return what becomes of the properties that are to be emptied.

    A name that an update passes on with a value is passed on to be emptied too.

    given: the arguments that have a value.
    """
    properties = {a.name: a for a in tool.arguments.values() if a.place == "body"}
    ours = {a.upstream: a.name for a in properties.values()}
    found = Cleared()
    for said in dict.fromkeys(names):
        name = ours.get(said, said)
        strays = strays_in(tool, {name: ...}, facts)
        if name in strays.left_out:
            found.problems.append(f"cannot name {name[:_LONGEST_NEAR]}: Vapi sets it")
        elif name not in properties and not _is_passed_on(tool, name, strays, properties, facts):
            found.problems.append(_unknown(said, properties))
        elif name in properties and _is_required(tool, properties[name], facts):
            found.problems.append(f"cannot name {name}: Vapi requires it. Send a new value instead")
        elif name in given:
            found.problems.append(
                f"names {name}, but {name} also has a value; give only one of the two"
            )
        else:
            found.nulls[properties[name].upstream if name in properties else name] = None
            found.objections |= strays.objections
    return found


def _is_passed_on(
    tool: Tool, name: str, strays: UnknownArguments, properties: Collection[str], facts: Facts
) -> bool:
    """Return whether Vapi decides on a name that its document lacks; not if another is meant."""
    known = facts.moved
    if known.property(name, tool.arguments) or known.takes(name, tool.arguments):
        return name in strays.sent
    is_name = bool(_NAME.fullmatch(name)) and name in strays.sent
    return is_name and not near_names(name, properties, most=1)


def warnings(tool: Tool, nulls: Collection[str]) -> list[str]:
    """Return what else an emptied property means."""
    if tool.spec.recipients == "campaign" and "schedulePlan" in nulls:
        return [
            RiskNote("Without schedulePlan, a campaign that has not started yet dials at once.")
        ]
    return []


def _is_required(tool: Tool, argument: Argument, facts: Facts) -> bool:
    """Return whether the API's document requires a property, of an update or of what is created."""
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
    top = first_step(said)[0]
    if top != said and top in properties:
        return (
            f"takes whole properties only: {top}, not {said[:_LONGEST_NEAR]!r}. To remove a part, "
            f'send {top} without that part and nested: "replace"'
        )
    near = near_names(said, properties, most=1)
    advice = (
        f"did you mean {near[0]}?" if near else f"it takes {', '.join(list(properties)[:_FEW])}"
    )
    return f"names {said[:_LONGEST_NEAR]!r}, which is not a property here; {advice}"
