"""The restorer: takes a change back through the pipeline of all writes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from vapi_mcp.accounts.records import Grant
from vapi_mcp.errors import NeedsForce, StoreError, WriteHeld
from vapi_mcp.invocation.caller import NOBODY, Caller
from vapi_mcp.invocation.failures.upstream_errors import failure
from vapi_mcp.invocation.invoker import Invoker
from vapi_mcp.invocation.json_reading import read_json
from vapi_mcp.invocation.messages import UpstreamRequest
from vapi_mcp.invocation.outcome import Outcome
from vapi_mcp.invocation.ports import Upstream
from vapi_mcp.invocation.request import path_of
from vapi_mcp.invocation.writes.undo.change import ObjectChange, OpenChanges, State
from vapi_mcp.invocation.writes.undo.contents import changed_names, inner_state
from vapi_mcp.invocation.writes.undo.former_state import (
    Restoration,
    not_restorable,
    repeated_creation,
    repeated_update,
    settable,
    state_before,
)
from vapi_mcp.invocation.writes.undo.referrers import Referrer, referrers_of
from vapi_mcp.registry.registry import Registry
from vapi_mcp.registry.tool import Tool

_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class Restored:
    """How a restore ended: the outcome of its call, and who still names a deleted object.

    object_id: of the object that has the former state now; None unless it has.
    """

    outcome: Outcome
    object_id: str | None = None
    referrers: tuple[Referrer, ...] = ()


class Restorer:
    """Takes changes back, each by one call of a tool.

    options: arguments that say how to treat that call, such as `dry_run`.
    """

    def __init__(
        self, registry: Registry, invoker: Invoker, upstream: Upstream, open_changes: OpenChanges
    ) -> None:
        self._registry = registry
        self._invoker = invoker
        self._upstream = upstream
        self._open = open_changes

    async def restore(
        self,
        change: ObjectChange,
        grant: Grant,
        caller: Caller = NOBODY,
        *,
        force: bool = False,
        options: Mapping[str, Any] | None = None,
    ) -> Restored:
        """Give an object the state before a change, or make a deleted one again.

        force: also where the object changed since, or was restored before.

        Raises:
            ToolError: The state is not kept, the object changed since, or the call that restores
                it is refused or fails.
        """
        state_before(change)
        if change.restored_by and not force:
            raise NeedsForce(
                f"This change was taken back by {change.restored_by}.",
                "To restore it once more, say force.",
            )
        tool = self._registry.tools.get(change.tool)
        if tool is None:
            raise not_restorable(f"this version has no {change.tool}")
        now = inner_state(change.place, await self._read(tool, change, grant))
        change = replace(
            change,
            before=inner_state(change.place, change.before),
            after=inner_state(change.place, change.after),
        )
        if change.effect == "delete":
            restoration = self._creation(change, now, force=force)
        else:
            restoration = self._update(change, now, force=force)
        if restoration.tool.spec not in grant.scope:
            raise not_restorable(f"that takes {restoration.tool.name}, which is not allowed here")
        call = partial(self._invoker.invoke, grant=grant, caller=caller, restores=change.id)
        arguments = {**restoration.arguments, **(options or {})}
        return await self._finished(change, await call(restoration.tool, arguments), grant)

    def _update(self, change: ObjectChange, now: State | None, *, force: bool) -> Restoration:
        if now is None:
            raise not_restorable("the object was deleted since")
        if change.after is None and not changed_names(state_before(change), now):
            raise not_restorable("the object has its former state")
        if not force:
            self._refuse_changed(change, now)
        return repeated_update(change, now, self._registry)

    def _creation(self, change: ObjectChange, now: State | None, *, force: bool) -> Restoration:
        if now is not None:
            raise not_restorable("the object is still there")
        made = repeated_creation(change, self._registry)
        if force or "idempotency_key" not in made.tool.arguments:
            return made
        # Two restores at once make one object.
        return replace(made, arguments={**made.arguments, "idempotency_key": change.id})

    async def _finished(self, change: ObjectChange, outcome: Outcome, grant: Grant) -> Restored:
        if outcome.kind not in ("sent", "replayed"):
            return Restored(outcome)
        by = outcome.change_id or next(iter(outcome.upstream_ids), "a call")
        with suppress(StoreError):  # logged; another restore finds the object changed
            await (await self._open()).note_restored(change.id, by)
        if change.effect == "update":
            return Restored(outcome, change.object_id)
        naming = await self.referrers(change, grant)
        return Restored(outcome, next(iter(outcome.upstream_ids), None), naming)

    async def referrers(self, change: ObjectChange, grant: Grant) -> tuple[Referrer, ...]:
        """Return who names the object of a deletion, as far as lists tell."""
        tool = self._registry.tools[change.tool]
        path = tool.operation.path.removesuffix("/{id}")
        return await referrers_of(change.object_id, path, self._registry, self._upstream, grant)

    def _refuse_changed(self, change: ObjectChange, now: State) -> None:
        """Refuse to overwrite what others did since a change; what Vapi sets itself is not theirs.

        Raises:
            WriteHeld: The object is another than the change left it.
        """
        after, tool = change.after, self._registry.tools[change.tool]
        if after is None:
            raise NeedsForce(
                "The answer to this change was lost, so it is not known what it did.",
                "To restore the former state anyway, pass force.",
            )
        names = settable(tool, changed_names(after, now), self._registry)
        if change.kept == "changed":
            known = after.keys() | (change.before or {}).keys()
            names = [name for name in names if name in known]
        if names:
            told = ", ".join(names[:_MOST_NAMED])
            raise NeedsForce(
                f"The object changed since, in {told}.",
                "To give what this change changed its former values anyway, pass force.",
            )

    async def _read(self, tool: Tool, change: ObjectChange, grant: Grant) -> State | None:
        """Return the object as it is now; None where there is none.

        Raises:
            ToolError: It could not be read.
        """
        request = UpstreamRequest("GET", path_of(tool, change.place))
        response = await self._upstream.send(request, grant.account)
        if response.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return None
        if response.status != HTTPStatus.OK:
            raise failure(tool, response, grant.account)
        try:
            value = read_json(response.body).value
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise WriteHeld(
                "The object could not be read, so it is not known what would be lost. Nothing was "
                "sent.",
                status=HTTPStatus.CONFLICT,
            )
        return cast("State", value)
