"""The saved objects that a write names by id, as far as a preview says what they are."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from vapi_mcp.accounts.records import Account
from vapi_mcp.invocation.call import Call
from vapi_mcp.invocation.explaining import explaining
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.naming.reading import read_quietly
from vapi_mcp.invocation.writes.previews.references import Reference, first_member
from vapi_mcp.invocation.writes.previews.wording import Script, script_of, titled
from vapi_mcp.invocation.writes.variables.prompts import Prompts, prompts_of
from vapi_mcp.registry.registry import Registry

# A look-up is a help and no condition, so they are few and may not hold up a preview for long.
_MOST_READ = 5
_PATIENCE = 3.0
_MINUTE = 60.0
_MOST_KEPT = 1024
_LONGEST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class KnownObject:
    """What a preview says of a saved object.

    title: its name, number or customer; empty where it has none. is_untrusted: an outsider may
    have given it. script: what it says as it stands. begins_with: the saved assistant that
    speaks first in a squad. prompts: which values what it says needs.
    """

    title: str
    is_untrusted: bool = False
    script: Script = field(default_factory=dict[str, str])
    begins_with: Reference | None = None
    prompts: Prompts = field(default_factory=Prompts)


class Lookups:
    """Reads saved objects, each once a minute; only those that a tool in scope reads too."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._kept = OrderedDict[tuple[str, str], tuple[float, KnownObject]]()

    async def known(
        self, references: Iterable[Reference], call: Call, *, with_scripts: bool = False
    ) -> dict[Reference, KnownObject]:
        """Return what is known of the first few references; one that is not read is left out.

        with_scripts: read what a squad's first member says as well, where the squad does not.
        """
        found = await self._all(references, call)
        firsts = (each.begins_with for each in found.values() if "firstMessage" not in each.script)
        members = await self._all(filter(None, firsts), call) if with_scripts else {}
        for each, known in found.items():
            if known.begins_with in members:
                script = script_of(known.script, members[known.begins_with].script)
                found[each] = replace(known, script=script)
        return found

    async def _all(
        self, references: Iterable[Reference], call: Call
    ) -> dict[Reference, KnownObject]:
        readable = {tool.operation.key for tool in self._registry.in_scope(call.grant.scope)}
        wanted = [each for each in dict.fromkeys(references) if each.reader in readable]
        wanted = wanted[:_MOST_READ]
        found = await asyncio.gather(*(self._read(each.path, call) for each in wanted))
        return {each: known for each, known in zip(wanted, found, strict=True) if known}

    async def _read(self, path: str, call: Call) -> KnownObject | None:
        kept = self._kept.get((call.account.realm, path))
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        with explaining("the name of a saved object"):
            found = await read_quietly(UpstreamRequest("GET", path, deadline=_PATIENCE), call)
            if isinstance(found, dict) and found:
                known = _described(cast("dict[str, Any]", found))
                return self._keep(call.account, path, known)
        return None

    def _keep(self, account: Account, path: str, known: KnownObject) -> KnownObject:
        self._kept[account.realm, path] = (time.monotonic() + _MINUTE, known)
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return known


def _described(found: Mapping[str, Any]) -> KnownObject:
    if person := titled(found.get("customer")):
        return KnownObject(person, is_untrusted=True)
    script = {name: text[:_LONGEST_KEPT] for name, text in script_of(found).items()}
    return KnownObject(
        titled(found), script=script, begins_with=first_member(found), prompts=prompts_of(found)
    )
