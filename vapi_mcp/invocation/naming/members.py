"""The names of the members of squads, in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.naming.naming import Naming

NAMES = "memberNames"
_ID, _NAME = "assistantId", "assistantName"


async def with_member_names(naming: Naming, call: Call, items: Sequence[Any]) -> Sequence[Any]:
    """Return squads of a list with the names of their members, null where one is not found."""
    if call.tool.spec.resource != "squads":
        return items
    with explaining("the names of members"):
        saved = [one for item in items for one in _members(item) if isinstance(one.get(_ID), str)]
        named = await naming.named(call, saved) if saved else []
        names = {each[_ID]: each[_NAME] for each in named if _NAME in each}
        return [_with_names(item, names) for item in items] if names else items
    return items


def _with_names(item: Any, names: dict[str, str]) -> Any:
    members = _members(item)
    return {**item, NAMES: [names.get(each.get(_ID, "")) for each in members]} if members else item


def _members(item: Any) -> list[dict[str, Any]]:
    members = item.get("members") if isinstance(item, dict) else None
    found = cast("list[Any]", members) if isinstance(members, list) else []
    return [each for each in found if isinstance(each, dict)]
