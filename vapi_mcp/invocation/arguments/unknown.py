"""Arguments that a tool does not have: sent on, left out, or refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vapi_mcp.invocation.arguments.renamed import (
    answered,
    answers_of,
    is_stamp,
    nearest,
    strange_argument,
)
from vapi_mcp.json_paths import first_step
from vapi_mcp.registry.arguments import FILE_SOURCES
from vapi_mcp.registry.tool import Tool
from vapi_mcp.specs.facts.facts import Facts, Schema
from vapi_mcp.specs.facts.validation import Violation, choose_variant
from vapi_mcp.specs.nearness import near_names

# Ours: Vapi has no use for them, and who writes one means what it does here.
_OWN = frozenset({"nested", "clear", "dry_run", "idempotency_key", "confirmation_code"})
_OWN_READING = frozenset({"fields", "next_cursor", "limit", "save_to", "inline"})
# How near a name has to be to one of ours to be taken for it.
_NEAR = 0.85
# Of more, no more is told than that they are none.
_MOST_ADVISED = 8


@dataclass(slots=True)
class UnknownArguments:
    """Unknown arguments by what becomes of them; `objections` follow the names that are sent."""

    sent: dict[str, Any] = field(default_factory=dict[str, Any])
    objections: dict[str, str] = field(default_factory=dict[str, str])
    left_out: list[str] = field(default_factory=list[str])
    refused: dict[str, str] = field(default_factory=dict[str, str])


def strays_in(tool: Tool, arguments: Mapping[str, Any], facts: Facts) -> UnknownArguments:
    """Sort the arguments that a tool does not have.

    What a body can carry is sent and Vapi decides; what Vapi sets itself is left out. Refused is
    what has no place to go, what means an argument of ours, what Vapi ignores, and on a tool that
    reaches people whatever may change whom it reaches.
    """
    strays = UnknownArguments(
        left_out=[n for n, v in arguments.items() if _is_only_read(tool, n, v, facts)]
    )
    for name in sorted(arguments.keys() - tool.arguments.keys()):
        if arguments[name] is None:
            continue
        if problem := _wall(tool, name, facts, len(strays.refused)):
            strays.refused[name] = problem
        elif _is_left_out(tool, name, facts):
            strays.left_out.append(name)
        else:
            strays.sent[name] = arguments[name]
            strays.objections[name] = _objection(tool, name, facts, len(strays.sent))
    return strays


def foreign_names(tool: Tool, body: Mapping[str, Any], facts: Facts) -> list[str]:
    """Return what another kind of the same object has, and this one has only when it is read.

    A number that Vapi gave out shows its digits, which only an imported number may set.
    """
    schema = tool.operation.body.schema if tool.operation.body else {}
    tag = (facts.resolve(schema).get("discriminator") or {}).get("propertyName")
    if tool.spec.effect != "update" or tag not in body:
        return []
    meant = choose_variant(facts, schema, body)
    if isinstance(meant, Violation):
        return []
    known = meant["properties"]
    foreign = body.keys() & tool.arguments.keys() & set(answered(tool, facts)) - known.keys()
    return sorted(name for name in foreign if not facts.moved.takes(name, known))


def takes_strays(tool: Tool) -> bool:
    """Return whether a tool has a body that can carry what is unknown here.

    A deletion's body names more to delete, so nothing goes into it unseen.
    """
    return tool.operation.body is not None and tool.spec.effect != "delete"


def _wall(tool: Tool, name: str, facts: Facts, count: int) -> str | None:
    if count >= _MOST_ADVISED and not takes_strays(tool):
        return "is not an argument"
    moved = facts.moved.property(name, tool.arguments)
    if not takes_strays(tool) and not is_stamp(tool, name, facts):
        return strange_argument(tool, name, facts, with_known=not count)
    if moved and moved.refused:
        return moved.told()
    is_form = "base64" in tool.arguments
    if name in _OWN | _OWN_READING or (is_form and name in FILE_SOURCES):
        return f"is not an argument of {tool.name}"
    return _path_or_name(tool, name)


def _path_or_name(tool: Tool, name: str) -> str | None:
    if tool.spec.effect == "act" and name == "id":
        return f"is set by Vapi; {tool.name} cannot set it; the call would reach people again"
    outer, inner = first_step(name)
    if inner and outer in tool.arguments:
        return f"is a path; write an object instead, with {inner[1:][:40]} inside {outer}"
    if ours := next((a.name for a in tool.arguments.values() if a.upstream == name), None):
        return f"means the same as {ours}, which has another value; give only one of them"
    meant = _meant(name, _guarded_names(tool))
    return f"is not an argument of {tool.name}; did you mean {meant}?" if meant else None


def _guarded_names(tool: Tool) -> Iterable[str]:
    """Return the arguments that a misspelt name must not pass by."""
    is_act = tool.spec.effect == "act"
    return [a.name for a in tool.arguments.values() if is_act or a.place != "body"]


def _meant(name: str, names: Iterable[str]) -> str | None:
    plain = {_plain(each): each for each in names}
    near = near_names(_plain(name), plain, most=1, cutoff=_NEAR)
    return plain[near[0]] if near else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_left_out(tool: Tool, name: str, facts: Facts) -> bool:
    if is_stamp(tool, name, facts):
        return True
    moved, known = facts.moved, tool.arguments
    if moved.property(name, known) or moved.takes(name, known):
        return False
    return name in answered(tool, facts)


def _is_only_read(tool: Tool, name: str, value: Any, facts: Facts) -> bool:
    """Return whether an update brings along a state that can be read and not set."""
    argument = tool.arguments.get(name)
    if tool.spec.effect != "update" or argument is None or not isinstance(value, str):
        return False
    settable = _values(argument.schema, facts)
    shown = [each[name] for each in answers_of(tool, facts) if name in each]
    readable = [each for schema in shown for each in _values(schema, facts)]
    return bool(settable) and value not in settable and value in readable


def _values(schema: Schema, facts: Facts) -> list[Any]:
    return [value for each in facts.variants(schema) for value in each.get("enum", ())]


def _objection(tool: Tool, name: str, facts: Facts, count: int) -> str:
    if moved := facts.moved.property(name, tool.arguments):
        return moved.told()
    bodies = [a.name for a in tool.arguments.values() if a.place == "body"]
    return f"is not documented{nearest(name, bodies, count)}"
