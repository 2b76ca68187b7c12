"""Conditions on names: the ids of what has such a name take their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from vapi_mcp.errors import InvalidArguments
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.finding.conditions import MOST, read_criterion
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.naming.asking import spellings
from vapi_mcp.invocation.naming.places import listed_in, name_of, named_values
from vapi_mcp.invocation.naming.reading import read_quietly
from vapi_mcp.json_paths import parse_keys
from vapi_mcp.registry.registry import Registry
from vapi_mcp.specs.nearness import near_names
from vapi_mcp.specs.tools.contents import NamedId

_MOST_LISTED = 200
_MOST_NEAR = 5
_MOST_SHOWN = 80
# Conditions that hold of names and of their ids alike.
_ABOUT_IDS = (None, "null", "!null")
_PATIENCE = 5.0


async def with_ids_of_names(
    call: Call, control: Mapping[str, Any], registry: Registry, now: datetime
) -> Mapping[str, Any]:
    """Return what is asked of a list with conditions on ids for those on names.

    A condition stays as it is where it stands for too many ids, or where no list in scope tells.

    Raises:
        InvalidArguments: Nothing has such a name; it names those that come near.
    """
    where = control.get("where")
    if not isinstance(where, Mapping):
        return control
    asked = dict(cast("Mapping[str, Any]", where))
    for key, rule in call.tool.spec.contents.names.items():
        written = _written(call, key, rule, asked)
        is_there = written in asked and call.tool.answer.has(parse_keys(key))
        if not is_there or key in asked:
            continue
        if written == rule.beside and asked[written] in _ABOUT_IDS:
            asked[key] = asked.pop(written)
        elif (listed := await _listed(call, rule, registry)) is not None and (
            ids := _ids(listed, rule, written, asked[written], now)
        ):
            del asked[written]
            asked[key] = ids
    return {**control, "where": asked}


def _written(call: Call, key: str, rule: NamedId, asked: Mapping[str, Any]) -> str:
    """Return what conditions call the name that goes with an id."""
    others = [name for name, named in spellings(call.tool).items() if named == key]
    whole = key.removesuffix("Id")
    # No text equals an object.
    if isinstance(asked.get(whole), str) and asked[whole] not in _ABOUT_IDS:
        others.append(whole)
    return next((name for name in others if name in asked), rule.beside)


def _ids(
    listed: Sequence[dict[str, Any]], rule: NamedId, written: str, wanted: Any, now: datetime
) -> list[str]:
    """Return conditions on the ids of what has such a name, none where it is too many."""
    is_contrary = isinstance(wanted, str) and wanted.startswith("!")
    criterion = read_criterion(written, wanted[1:] if is_contrary else wanted, now)
    found = [each["id"] for each in listed if criterion.is_met_by(named_values(each, rule))]
    # A part of an item may have the name itself; only what stands beside ids has to be found.
    if not found and "." not in written:
        raise _unknown(written, wanted, [name for each in listed if (name := name_of(each, rule))])
    ids = [f"!{each}" for each in found] if is_contrary else found
    return ids if len(ids) <= MOST else []


async def _listed(call: Call, rule: NamedId, registry: Registry) -> list[dict[str, Any]] | None:
    """Return all that may have the name, None where that cannot be told."""
    lister = next((t for t in registry.in_scope(call.grant.scope) if t.name == rule.lister), None)
    if lister is None:
        return None
    query = (("limit", str(_MOST_LISTED)),)
    request = UpstreamRequest("GET", lister.operation.path, query, deadline=_PATIENCE)
    listed = listed_in(await read_quietly(request, call))
    if listed is None or len(listed) >= _MOST_LISTED:
        return None
    return [each for each in listed if isinstance(each, dict) and isinstance(each.get("id"), str)]


def _unknown(written: str, wanted: Any, names: Sequence[str]) -> InvalidArguments:
    asked = str(wanted).strip("!*~= ").casefold()
    known = {name.casefold(): name for name in names}
    near = [known[each] for each in known if asked and asked in each]
    near += [known[each] for each in near_names(asked, known, most=_MOST_NEAR)]
    shown = list(dict.fromkeys(near or names))[:_MOST_NEAR]
    told = f"{'near ones are' if near else 'there are'} {', '.join(shown)}" if shown else "none has"
    return InvalidArguments(
        f"where: nothing has the {written} {str(wanted)[:_MOST_SHOWN]!r}; {told}. No item was read."
    )
