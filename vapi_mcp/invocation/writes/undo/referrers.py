"""The objects that still name one that is gone, as far as one list of each kind tells."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import ToolError
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.registry.registry import Registry

# Where objects of a path may be named: in these lists.
_LISTS: Mapping[str, Sequence[str]] = {
    "/assistant": ("/squad", "/phone-number"),
    "/squad": ("/phone-number",),
    "/tool": ("/assistant",),
    "/structured-output": ("/assistant",),
    "/observability/scorecard": ("/assistant",),
}
_PATIENCE = 5.0
_MOST_TOLD = 20


@dataclass(frozen=True, slots=True)
class Referrer:
    """An object that names another: the noun of its path, and its id."""

    kind: str
    id: str


async def referrers_of(
    object_id: str, path: str, registry: Registry, upstream: Upstream, grant: Grant
) -> tuple[Referrer, ...]:
    """Return who names an object that was at a path; a list that fails or is hidden tells none."""
    readable = {tool.operation.key for tool in registry.in_scope(grant.scope)}
    lists = [each for each in _LISTS.get(path, ()) if f"GET {each}" in readable]
    found = await asyncio.gather(*(_listed(each, upstream, grant) for each in lists))
    named = [
        Referrer(place.removeprefix("/"), each["id"])
        for place, items in zip(lists, found, strict=True)
        for each in items
        if isinstance(each.get("id"), str) and object_id.encode() in orjson.dumps(each)
    ]
    return tuple(named[:_MOST_TOLD])


async def _listed(path: str, upstream: Upstream, grant: Grant) -> list[dict[str, Any]]:
    request = UpstreamRequest("GET", path, deadline=_PATIENCE)
    try:
        items = orjson.loads((await upstream.send(request, grant.account)).body)
    except (ToolError, orjson.JSONDecodeError):
        return []
    if not isinstance(items, list):
        return []
    known = cast("list[Any]", items)
    return [cast("dict[str, Any]", each) for each in known if isinstance(each, dict)]
