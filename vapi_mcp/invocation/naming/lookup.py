"""Conditions on names: the ids of what has such a name take their place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.finding.conditions import MOST, read_criterion
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.naming.asking import spellings
from vapi_mcp.invocation.naming.places import named_values
from vapi_mcp.invocation.naming.reading import read_quietly
from vapi_mcp.registry.registry import Registry
from vapi_mcp.specs.tools.contents import NamedId

_MOST_LISTED = 200
_PATIENCE = 5.0


async def with_ids_of_names(
    call: Call, control: Mapping[str, Any], registry: Registry, now: datetime
) -> Mapping[str, Any]:
    """Return what is asked of a list with conditions on ids for those on names.

    A condition stays as it is where it stands for no id, for too many, or where no list in scope
    tells.
    """
    where = control.get("where")
    if not isinstance(where, Mapping):
        return control
    asked = dict(cast("Mapping[str, Any]", where))
    for key, rule in call.tool.spec.contents.names.items():
        written = _written(call, key, rule, asked)
        wanted = asked.get(written)
        # The contrary of a name also holds where there is no id.
        if not isinstance(wanted, str) or wanted.startswith("!") or key in asked:
            continue
        ids = await _ids(call, rule, wanted, registry, now)
        if 0 < len(ids) <= MOST:
            del asked[written]
            asked[key] = ids
    return {**control, "where": asked}


def _written(call: Call, key: str, rule: NamedId, asked: Mapping[str, Any]) -> str:
    """Return what conditions call the name that goes with an id."""
    others = (name for name, named in spellings(call.tool).items() if named == key)
    return next((name for name in others if name in asked), rule.beside)


async def _ids(
    call: Call, rule: NamedId, wanted: str, registry: Registry, now: datetime
) -> list[str]:
    """Return the ids of the objects with such a name, none where that is not certain."""
    lister = next((t for t in registry.in_scope(call.grant.scope) if t.name == rule.lister), None)
    if lister is None:
        return []
    criterion = read_criterion(rule.beside, wanted, now)
    query = (("limit", str(_MOST_LISTED)),)
    request = UpstreamRequest("GET", lister.operation.path, query, deadline=_PATIENCE)
    found = await read_quietly(request, call)
    listed = cast("list[Any]", found) if isinstance(found, list) else []
    if len(listed) >= _MOST_LISTED:
        return []
    return [
        each["id"]
        for each in listed
        if isinstance(each, dict)
        and isinstance(each.get("id"), str)
        and criterion.is_met_by(named_values(each, rule))
    ]
