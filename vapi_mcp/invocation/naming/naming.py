"""Puts the names of saved objects beside their ids."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias, cast

from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.naming.asking import refuse_names
from vapi_mcp.invocation.naming.known_names import KnownNames
from vapi_mcp.invocation.naming.lookup import with_ids_of_names
from vapi_mcp.invocation.naming.places import can_be_read, distinct_ids, ids_at, listed_in, name_of
from vapi_mcp.invocation.naming.reading import read_quietly
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

# A name is a help and no condition, so few requests are made and none holds up an answer for long.
_MOST_READ = 5
_MOST_LISTED = 200
_PATIENCE = 1.5

# Ids by the key that holds them.
_Ids: TypeAlias = Mapping[str, Sequence[str]]
# The key of a name, and the names by id, by the key of the id.
_Names: TypeAlias = Mapping[str, tuple[str, Mapping[str, str]]]


class Naming:
    """Names what the ids of items stand for, where a tool in scope reads it."""

    def __init__(self, registry: Registry, known: KnownNames | None = None) -> None:
        self._registry = registry
        self._known = known or KnownNames()

    async def asked(
        self, call: Call, control: Mapping[str, Any], now: datetime
    ) -> Mapping[str, Any]:
        """Return what is asked of a list with the ids of the names that its conditions give.

        Raises:
            InvalidArguments: A name stands for no id, or for too many.
        """
        asked = await with_ids_of_names(call, control, self._registry, now)
        refuse_names(call.tool, asked, self._registry)
        return asked

    async def named(self, call: Call, items: Sequence[Any]) -> Sequence[Any]:
        """Return the items with the names beside the ids; as they are where none is found."""
        with explaining("the names beside ids"):
            names = call.tool.spec.contents.names
            ids = {key: found for key in names if (found := distinct_ids(items, key, names[key]))}
            if not ids:
                return items
            await self._read(call, ids)
            known = self._of(call, ids)
            return [_with_names(item, known) for item in items] if known else items
        return items

    async def told(self, call: Call, item: Any, keys: Sequence[str]) -> str | None:
        """Return what the ids at some keys of one object stand for, in their order."""
        rules = call.tool.spec.contents.own_names
        ids = {key: found for key in keys if (found := distinct_ids([item], key, rules[key]))}
        await self._read(call, ids)
        names = {
            key: _names_at(item, key, known) for key, (_, known) in self._of(call, ids).items()
        }
        told = [f"{key}: {_listed(found)}" for key, found in names.items() if found]
        return f"The names of ids, in their order: {'; '.join(told)}." if told else None

    async def _read(self, call: Call, ids: _Ids) -> None:
        """Read the names that are not known: a few one by one, else by a list of each kind."""
        account = call.account.realm
        unknown = {
            key: missing
            for key, found in ids.items()
            if (missing := [each for each in found if self._is_unknown(account, key, each)])
        }
        if not unknown:
            return
        are_few = sum(map(len, unknown.values())) <= _MOST_READ
        await asyncio.gather(*self._requests(call, unknown, are_few=are_few))

    def _is_unknown(self, account: str, key: str, id_: str) -> bool:
        return (account, key, id_) not in self._known and can_be_read(id_)

    def _requests(self, call: Call, unknown: _Ids, *, are_few: bool) -> Iterator[Awaitable[None]]:
        names, in_scope = call.tool.spec.contents.names, _by_name(self._registry, call)
        for key, ids in unknown.items():
            reader, lister = in_scope.get(names[key].reader), in_scope.get(names[key].lister)
            is_listed = lister is not None and len(ids) > 1 and not are_few
            if lister and (is_listed or not reader):
                yield self._list(call, key, ids, lister.operation.path)
            elif reader and are_few:
                for each in ids:
                    yield self._get(call, key, each, reader.operation.path)
            elif reader:
                yield self._get(call, key, ids[0], reader.operation.path)

    async def _get(self, call: Call, key: str, named: str, path: str) -> None:
        request = UpstreamRequest("GET", path.replace("{id}", named), deadline=_PATIENCE)
        found = await read_quietly(request, call)
        self._keep(call, key, named, found)

    async def _list(self, call: Call, key: str, ids: Sequence[str], path: str) -> None:
        query = (("limit", str(_MOST_LISTED)),)
        found = await read_quietly(UpstreamRequest("GET", path, query, deadline=_PATIENCE), call)
        listed = listed_in(found) or []
        for each in listed:
            if isinstance(each, dict) and isinstance(named := each.get("id"), str):
                self._keep(call, key, named, each)
        # Others may stand further down a long list; they are read one by one when they are few.
        for named in ids if len(listed) < _MOST_LISTED else ():
            if (call.account.realm, key, named) not in self._known:
                self._keep(call, key, named, None)

    def _keep(self, call: Call, key: str, named: str, found: Any) -> None:
        name = name_of(found, call.tool.spec.contents.names[key])
        self._known.keep((call.account.realm, key, named), name)

    def _of(self, call: Call, ids: _Ids) -> _Names:
        rules, account, known = call.tool.spec.contents.names, call.account.realm, self._known
        found = {
            key: {each: name for each in ids[key] if (name := known[account, key, each])}
            for key in ids
        }
        return {key: (rules[key].beside, each) for key, each in found.items() if each}


def _listed(names: Any) -> str:
    return names if isinstance(names, str) else ", ".join(each or "(no name)" for each in names)


def _by_name(registry: Registry, call: Call) -> Mapping[str, Tool]:
    return {tool.name: tool for tool in registry.in_scope(call.grant.scope)}


def _with_names(item: Any, names: _Names) -> Any:
    """Return an item with each name behind its id, and names of lists at its end."""
    if not isinstance(item, dict):
        return item
    given = cast("dict[str, Any]", item)
    found = {
        key: (beside, name)
        for key, (beside, known) in names.items()
        if beside not in given and (name := _names_at(given, key, known))
    }
    if not found:
        return given
    shown = dict[str, Any]()
    for key, value in given.items():
        shown[key] = value
        if key in found:
            beside, name = found[key]
            shown[beside] = name
    return shown | dict(found.values())


def _names_at(item: Any, key: str, known: Mapping[str, str]) -> str | list[str | None] | None:
    ids = ids_at(item, key)
    if isinstance(ids, str):
        return known.get(ids)
    return [known.get(each or "") for each in ids] if ids else None
