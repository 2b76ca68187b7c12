"""A change while its write is under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from vapi_mcp.invocation.explaining import explained, explaining
from vapi_mcp.invocation.json_reading import read_json
from vapi_mcp.invocation.messages import UpstreamResponse
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.invocation.own.restoring import restored_by
from vapi_mcp.invocation.writes.undo.change import ObjectChange
from vapi_mcp.invocation.writes.undo.contents import changed_names, only_changed
from vapi_mcp.invocation.writes.undo.keeper import ChangeKeeper, KeptChange, is_conversation
from vapi_mcp.invocation.writes.write import Write
from vapi_mcp.registry.registry import Registry

# Tokens of the note, rather too many.
_NOTE_COST = 72


@dataclass(frozen=True, slots=True)
class PendingChange:
    """The record of a change that is being made; without a draft nothing is kept.

    restored_by: what takes it back.
    """

    write: Write
    keeper: ChangeKeeper | None = None
    draft: ObjectChange | None = None
    restored_by: str = ""

    @property
    def spared(self) -> Write:
        """The write, whose answer leaves room for the note that names the change."""
        if self.draft is None:
            return self.write
        call = self.write.call
        server, config = call.grant.server, call.grant.server.config
        most = config.max_result_tokens - _NOTE_COST
        narrowed = replace(server, config=replace(config, max_result_tokens=most))
        grant = replace(call.grant, server=narrowed)
        return replace(self.write, call=replace(call, grant=grant))

    async def done(self, response: UpstreamResponse) -> KeptChange:
        """Keep what was changed, unless Vapi's answer shows that nothing was."""
        if self.draft is None or self.draft.effect == "delete":
            return await self._keep(self.draft)
        after = explained("the object after an update", lambda: _state_in(response), None)
        if after is None:
            return await self._keep_unknown()
        if self.draft.effect == "create":
            named = str(after.get("id", ""))
            return await self._keep(replace(self.draft, object_id=named, after=after))
        if self.draft.before is not None and not changed_names(self.draft.before, after):
            return KeptChange()
        change = replace(self.draft, after=after)
        return await self._keep(only_changed(change) if is_conversation(self.write) else change)

    async def uncertain(self, outcome: Outcome) -> Outcome:
        """Keep what may have been changed, and return an outcome that names it."""
        return (await self._keep_unknown()).named_in(outcome)

    async def left(self) -> None:
        """Keep what may have been changed for a client that is gone."""
        await self._keep_unknown()

    async def _keep_unknown(self) -> KeptChange:
        change = self.draft and replace(self.draft, outcome="unknown")
        if change is not None and is_conversation(self.write):
            change = replace(change, kept="withheld", before=None)
        return await self._keep(change)

    async def _keep(self, change: ObjectChange | None) -> KeptChange:
        if self.keeper is None or change is None:
            return KeptChange()
        return await self.keeper.add(change, self.restored_by)


async def begun(keeper: ChangeKeeper | None, write: Write, registry: Registry) -> PendingChange:
    """Return the change that a write is about to make."""
    draft = None
    if keeper is not None:
        with explaining("the object before a change"):
            draft = await keeper.draft(write)
    return PendingChange(write, keeper, draft, restored_by(registry, write.grant.scope))


def _state_in(response: UpstreamResponse) -> Mapping[str, Any] | None:
    value = read_json(response.body).value
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) and value else None
