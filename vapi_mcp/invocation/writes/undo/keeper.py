"""The keeper of changes: the record of an update or a deletion, and where it goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from secrets import token_hex
from typing import Any, cast

from vapi_mcp.accounts.clock import Clock, utc_now
from vapi_mcp.errors import ConfigurationError, StoreError
from vapi_mcp.invocation.explaining import explained
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.invocation.preflight.saved_object import read_before
from vapi_mcp.invocation.result import ToolResult
from vapi_mcp.invocation.writes.changes.answer import reads_state_before
from vapi_mcp.invocation.writes.undo.change import (
    PREFIX,
    Effect,
    ObjectChange,
    OpenChanges,
    State,
)
from vapi_mcp.invocation.writes.undo.contents import bounded
from vapi_mcp.invocation.writes.write import Write
from vapi_mcp.rfc3339 import write_moment

_CHANGES = frozenset({"update", "delete"})


@dataclass(frozen=True, slots=True)
class KeptChange:
    """What became of the record of a change: its id where it is kept, and what an answer says."""

    id: str | None = None
    note: str | None = None

    def beside(self, result: ToolResult) -> ToolResult:
        """Return an answer that names the change."""
        return replace(result, notes=(*result.notes, self.note)) if self.note else result

    def named_in(self, outcome: Outcome) -> Outcome:
        """Return an outcome that names the change for the audit log."""
        return replace(outcome, change_id=self.id) if self.id else outcome


class ChangeKeeper:
    """Keeps each change for so many days; none where `days` is 0."""

    def __init__(self, open_changes: OpenChanges, days: int, clock: Clock = utc_now) -> None:
        self._open = open_changes
        self._keep = timedelta(days=days)
        self._clock = clock

    async def draft(self, write: Write) -> ObjectChange | None:
        """Return the record of what a write is about to change, with the object as it is now.

        None where it changes no saved object. A read that fails holds nothing up.
        """
        effect, object_id = write.tool.spec.effect, _target(write)
        if not self._keep:
            return None
        if effect == "create" and write.call.restores:
            return replace(self._blank(write, ""), kept="whole")
        if effect not in _CHANGES or object_id is None:
            return None
        change = self._blank(write, object_id)
        if change.effect == "delete" and is_conversation(write):
            return replace(change, kept="withheld")
        before = await _state_before(write)
        return change if before is None else replace(change, kept="whole", before=before)

    async def add(self, change: ObjectChange, restored_by: str) -> KeptChange:
        """Keep a change; a store that fails is told of, since the write itself is done."""
        kept = explained("a change", lambda: bounded(change), None)
        if kept is None:
            return KeptChange()
        try:
            await (await self._open()).add_change(kept)
        except (StoreError, ConfigurationError) as error:
            return KeptChange(note=f"change: not kept, so it cannot be taken back ({error})")
        return KeptChange(kept.id, _told(kept, restored_by))

    def _blank(self, write: Write, object_id: str) -> ObjectChange:
        now, grant, spec = self._clock(), write.grant, write.tool.spec
        return ObjectChange(
            id=f"{PREFIX}{token_hex(10)}",
            created_at=now,
            expires_at=now + self._keep,
            tenant_id=grant.account.tenant_id,
            account_id=grant.account.id,
            server_id=grant.server.id,
            tool=spec.name,
            effect=cast("Effect", spec.effect),
            resource=spec.resource,
            object_id=object_id,
            kept="unread",
            actor=grant.api_token and grant.api_token.id,
            token_name=grant.api_token and grant.api_token.name,
            restores=write.call.restores,
            place=dict(write.completed.path),
        )


def is_conversation(write: Write) -> bool:
    """Return whether an object holds what people said: no copy of it outlives its deletion."""
    reader = write.tool.spec.reader
    return reader is not None and reader.has_transcript


async def _state_before(write: Write) -> State | None:
    # Where the answer needs it as well, it was read for that, or could not be.
    if write.completed.saved is not None or reads_state_before(write):
        return write.completed.saved
    return await read_before(write.tool, write.completed, write.call.upstream, write.call.account)


def _told(change: ObjectChange, restored_by: str) -> str:
    if change.effect == "create":
        return f"change: {change.id}"
    if change.before is None:
        return f"change: {change.id}, not restorable"
    until = write_moment(change.expires_at, "seconds")
    return f"change: {change.id}, restorable until {until} by {restored_by}"


def _target(write: Write) -> str | None:
    """Return the id of what a write changes; of several, the first."""
    named, ids = write.completed.path.get("id"), write.body.get("ids")
    if isinstance(ids, list) and ids:
        return str(cast("list[Any]", ids)[0])
    return named
