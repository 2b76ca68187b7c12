"""The call that brings a former state back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vapi_mcp.errors import WriteHeld
from vapi_mcp.invocation.arguments.left_out.clearing import CLEAR, cleared
from vapi_mcp.invocation.arguments.unknown import strays_in
from vapi_mcp.invocation.preflight.nested_update import is_altered
from vapi_mcp.invocation.writes.undo.change import ObjectChange, State
from vapi_mcp.invocation.writes.undo.contents import changed_names
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

_JSON = "application/json"
_UNSENT = " Nothing was sent."
_REASONS: Mapping[str, str] = {
    "unread": "the object could not be read before it was changed",
    "withheld": "it was a conversation, and no copy of one is kept",
    "oversized": "the object was too large to be kept",
}


@dataclass(frozen=True, slots=True)
class Restoration:
    """The tool and the arguments that bring a former state back."""

    tool: Tool
    arguments: Mapping[str, Any]


def state_before(change: ObjectChange) -> State:
    """Return the object as it was before a change.

    Raises:
        WriteHeld: It is not kept, or there was none.
    """
    if change.effect == "create":
        raise not_restorable("it made an object again; delete that one instead")
    if change.before is None:
        raise not_restorable(_REASONS.get(change.kept, "the object is not kept"))
    return change.before


def repeated_update(change: ObjectChange, now: State, registry: Registry) -> Restoration:
    """Return the update that gives what a change changed its former values; absent is emptied.

    Where the change's outcome is unknown, that is what differs from the object now.

    Raises:
        WriteHeld: Nothing of that can be set.
    """
    before, tool = state_before(change), _tool_of(change, registry)
    arguments: dict[str, Any] = dict(change.place)
    empty: list[str] = []
    for name in settable(tool, changed_names(before, change.after or now), registry):
        value = before.get(name)
        # What could not be read exactly may be missing from the object before.
        _refuse_altered(name, value if value is not None else (change.after or now).get(name))
        if value is not None:
            arguments[name] = value
        elif not cleared(tool, [name], (), registry.facts).problems:
            empty.append(name)
    if empty:
        arguments[CLEAR] = empty
    if arguments.keys() == change.place.keys():
        raise not_restorable("nothing of it can be set")
    if "nested" in tool.arguments:
        arguments["nested"] = "replace"
    return Restoration(tool, arguments)


def repeated_creation(change: ObjectChange, registry: Registry) -> Restoration:
    """Return the call that makes a deleted object again.

    Raises:
        WriteHeld: Doing it again would cost money, reach people, or take a file.
    """
    before, tool = state_before(change), _tool_of(change, registry)
    path = tool.operation.path.removesuffix("/{id}")
    makers = [t for t in registry.tools.values() if t.operation.key == f"POST {path}"]
    if not makers:
        raise not_restorable("no tool creates such objects")
    if not _is_harmless(makers[0]):
        raise not_restorable(
            f"creating it again costs money, reaches people or needs its file: use "
            f"{makers[0].name} for that"
        )
    own = {name: value for name, value in change.place.items() if name != "id"}
    given = {n: v for n, v in before.items() if v is not None and n != "id"}
    for name, value in given.items():
        _refuse_altered(name, value)
    return Restoration(makers[0], {**given, **own})


def obstacle(change: ObjectChange, registry: Registry) -> str | None:
    """Return why a change can never be taken back, as far as it says itself; None if it may be."""
    try:
        if change.effect == "delete":
            repeated_creation(change, registry)
        elif change.after is None:
            state_before(change)
        else:
            repeated_update(change, {}, registry)
    except WriteHeld as error:
        return error.message.removesuffix(_UNSENT)
    return None


def settable(tool: Tool, names: Iterable[str], registry: Registry) -> list[str]:
    """Return those properties that a caller of an update may set; the others Vapi sets itself."""
    given = dict.fromkeys(names, ...)
    own = set(strays_in(tool, given, registry.facts).left_out)
    return [name for name in given if name not in own]


def not_restorable(why: str) -> WriteHeld:
    """Return the refusal to take a change back that cannot be."""
    return WriteHeld(f"This change cannot be taken back: {why}.{_UNSENT}", status=409)


def _tool_of(change: ObjectChange, registry: Registry) -> Tool:
    tool = registry.tools.get(change.tool)
    if tool is None:
        raise not_restorable(f"this version has no {change.tool}")
    return tool


def _is_harmless(tool: Tool) -> bool:
    body = tool.operation.body
    is_plain = body is not None and body.content_type == _JSON
    return is_plain and tool.spec.effect == "create" and "spending" not in tool.spec.tags


def _refuse_altered(name: str, value: Any) -> None:
    if is_altered(value):
        raise not_restorable(f"the kept {name} holds text that could not be read exactly")
