"""Destinations inside a squad that name no member of it: the handover would fail in the call."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, TypeAlias, cast

import orjson

from vapi_mcp.accounts.records import Account
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.arguments.checked import Checked
from vapi_mcp.invocation.arguments.notes import DanglingNote, listed
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.result import clipped
from vapi_mcp.json_paths import Path, format_place
from vapi_mcp.registry.tool import Tool

Object: TypeAlias = Mapping[str, Any]

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
# The reads are a help and no condition, so they are few and may not hold up the write for long.
_MOST_READ = 12
_PATIENCE = 5.0
_LONGEST_NAME = 80


async def note_dangling(
    tool: Tool, checked: Checked, upstream: Upstream, account: Account
) -> Checked:
    """Add a note where a destination of a squad names no member of it.

    Saved members are read for their names, only if a destination is not among those that are
    known. Where one cannot be read, nothing is said.
    """
    members = _members(tool, checked.body or {})
    wanted = [(place, name) for place, name in _destinations(members) if name]
    names = {name for each in members if (name := _own_name(each))}
    if all(name in names for _, name in wanted):
        return checked
    ids = list({each["assistantId"] for each in members if _is_nameless(each)})
    saved = await _saved_names(ids, upstream, account) if len(ids) <= _MOST_READ else None
    if saved is None:
        return checked
    lost = [(place, name) for place, name in wanted if name not in names | saved]
    notes = [_note(lost, names | saved)] if lost else []
    return replace(checked, notes=(*notes, *checked.notes))


def _note(lost: list[tuple[str, str]], names: set[str]) -> DanglingNote:
    told = listed(f"{place} ({clipped(name, _LONGEST_NAME)!r})" for place, name in lost)
    verb = "hands" if len(lost) == 1 else "hand"
    known = listed(sorted(names)) if names else "none has a name"
    return DanglingNote(
        f"{told} {verb} over to a name that no member of the squad has, so the call would "
        f"not be handed over. Names of members: {known}."
    )


def _members(tool: Tool, body: Object) -> list[Object]:
    squad = body if tool.spec.resource == "squads" else body.get("squad")
    return _objects(_part(squad).get("members"))


def _destinations(members: list[Object]) -> Iterator[tuple[str, str]]:
    """Yield the names that members hand over to, with their places."""
    for index, member in enumerate(members):
        within = ("members", index)
        key = "assistantDestinations"
        yield from _named(member.get(key), (*within, key))
        model = _part(_part(member.get("assistant")).get("model"))
        for number, tool in enumerate(_objects(model.get("tools"))):
            at = (*within, "assistant", "model", "tools", number, "destinations")
            yield from _named(tool.get("destinations"), at)


def _named(destinations: Any, path: Path) -> Iterator[tuple[str, str]]:
    for index, each in enumerate(_objects(destinations)):
        name = each.get("assistantName")
        brings_its_own = each.get("assistantId") or each.get("assistant")
        if each.get("type") == "assistant" and isinstance(name, str) and not brings_its_own:
            yield format_place((*path, index)), name


def _own_name(member: Object) -> str | None:
    """Return the name that a member states itself."""
    parts = (_part(member.get("assistantOverrides")), _part(member.get("assistant")))
    return next((name for each in parts if isinstance(name := each.get("name"), str)), None)


def _is_nameless(member: Object) -> bool:
    named = member.get("assistantId")
    return isinstance(named, str) and bool(_ID.fullmatch(named)) and _own_name(member) is None


async def _saved_names(ids: list[str], upstream: Upstream, account: Account) -> set[str] | None:
    read = await asyncio.gather(*(_saved_name(each, upstream, account) for each in ids))
    names = {name for name in read if name is not None}
    return names if None not in read else None


async def _saved_name(assistant_id: str, upstream: Upstream, account: Account) -> str | None:
    """Return the name of a saved assistant, empty if it has none; None if it was not read."""
    request = UpstreamRequest("GET", f"/assistant/{assistant_id}", deadline=_PATIENCE)
    try:
        response = await upstream.send(request, account)
        found = orjson.loads(response.body) if response.status == HTTPStatus.OK else None
    except (ToolError, orjson.JSONDecodeError):
        return None
    return str(_part(found).get("name") or "") if isinstance(found, dict) else None


def _part(value: Any) -> Object:
    return cast("Object", value) if isinstance(value, Mapping) else {}


def _objects(value: Any) -> list[Object]:
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [_part(each) for each in items]
