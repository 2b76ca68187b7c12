"""The ids in a write, and how each is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from vapi_mcp.invocation.request import path_of
from vapi_mcp.invocation.writes.previews.wording import part, parts
from vapi_mcp.invocation.writes.write import Write

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_HYPHEN = re.compile(r"-(\w)")
_OF_CHANGES = frozenset({"update", "delete"})
# The property with an id, what a preview calls the object, and the path it is read at.
_KINDS: Mapping[str, tuple[str, str]] = {
    "assistantId": ("assistant", "/assistant"),
    "squadId": ("squad", "/squad"),
    "workflowId": ("workflow", "/workflow"),
    "phoneNumberId": ("phoneNumber", "/phone-number"),
    "sessionId": ("session", "/session"),
    "evalId": ("eval", "/eval"),
    "structuredOutputId": ("structuredOutput", "/structured-output"),
    "duplicateFromCampaignId": ("campaign", "/campaign"),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """An object that a write names by id.

    kind: what a preview calls it. reader: the operation that reads it. path: where.
    """

    kind: str
    reader: str
    path: str
    id: str


def references_in(write: Write) -> list[Reference]:
    """Return what a write names: what it changes itself, then what it uses."""
    return [*_target(write), *_used(write.body)]


def first_member(squad: Mapping[str, Any]) -> Reference | None:
    """Return the saved assistant that speaks first in a squad."""
    members = parts(squad.get("members"))
    return saved_assistant(members[0]) if members else None


def saved_assistant(member: Mapping[str, Any]) -> Reference | None:
    """Return the saved assistant that a member of a squad is."""
    return next(_named(member, ("assistantId",)), None)


def saved_agents(body: Mapping[str, Any]) -> list[Reference]:
    """Return the saved assistant and the saved squad that speak in a write."""
    return list(_named(body, ("assistantId", "squadId")))


def _target(write: Write) -> Iterator[Reference]:
    template = write.tool.operation.path
    if write.tool.spec.effect not in _OF_CHANGES or not template.endswith("/{id}"):
        return
    noun = [each for each in template.split("/") if "{" not in each][-1]
    kind = _HYPHEN.sub(lambda found: found[1].upper(), noun)
    for named, path in _changed(write):
        yield Reference(kind, f"GET {template}", path, named)


def _changed(write: Write) -> Iterator[tuple[str, str]]:
    """Yield the ids of what a write changes itself, and where each is read."""
    named, ids = write.completed.path.get("id"), write.body.get("ids")
    if not isinstance(ids, list):
        ids = [named] if isinstance(named, str) else []
    for each in cast("list[Any]", ids):
        if isinstance(each, str) and _ID.fullmatch(each):
            place = {**write.completed.path, "id": each}
            yield each, path_of(write.tool, place)


def _used(body: Mapping[str, Any]) -> Iterator[Reference]:
    for each in (
        body,
        part(body.get("transport")),
        part(body.get("target")),
        *parts(body.get("dialPlan")),
    ):
        yield from _named(each, _KINDS)


def _named(value: Mapping[str, Any], names: Iterable[str]) -> Iterator[Reference]:
    for name in names:
        kind, path = _KINDS[name]
        named = value.get(name)
        if isinstance(named, str) and _ID.fullmatch(named):
            yield Reference(kind, f"GET {path}/{{id}}", f"{path}/{named}", named)
