"""Use cases of what tools changed at Vapi."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import Account, ApiToken, Upstreams
from vapi_mcp.admin.changes import ChangeLog
from vapi_mcp.admin.ports import Store
from vapi_mcp.admin.tenants import not_found
from vapi_mcp.admin.undo.restores import Restores
from vapi_mcp.audit.entry import LogEntry, LogFilter
from vapi_mcp.invocation.writes.undo.change import ChangeFilter, ObjectChange
from vapi_mcp.invocation.writes.undo.contents import inner_state
from vapi_mcp.invocation.writes.undo.former_state import obstacle
from vapi_mcp.invocation.writes.undo.referrers import Referrer
from vapi_mcp.invocation.writes.undo.restorer import Restorer
from vapi_mcp.invocation.writes.undo.shown import shown_head, shown_states
from vapi_mcp.registry.registry import Registry

# A write and its row are no further apart.
_NEAR = timedelta(minutes=10)


class ObjectChangeUseCases:
    """What an administrator does with changes: look at them, and take them back.

    open_restorer: returns what takes changes back; it is made when it is first needed.
    """

    def __init__(
        self,
        store: Store,
        changes: ChangeLog,
        registry: Registry,
        upstreams: Upstreams,
        open_restorer: Callable[[], Restorer],
    ) -> None:
        self._store = store
        self._registry = registry
        self._restores = Restores(store, changes, upstreams, open_restorer)

    async def list(
        self, actor: ApiToken, wanted: ChangeFilter, window: Window
    ) -> Page[ObjectChange]:
        """Return a page of changes without their objects, of the actor's tenant only."""
        if actor.tenant_id is not None:
            if wanted.tenant_id not in (None, actor.tenant_id):
                return Page(())
            wanted = replace(wanted, tenant_id=actor.tenant_id)
        return await self._store.list_changes(wanted, window)

    async def get(self, actor: ApiToken, change_id: str) -> ObjectChange:
        """Return a change with its objects.

        Raises:
            AdminError: 404, it does not exist for the actor.
        """
        change = await self._store.find_change(change_id)
        if change is None or actor.tenant_id not in (None, change.tenant_id):
            raise not_found("change")
        return change

    async def restore(
        self,
        actor: ApiToken,
        change_id: str,
        *,
        force: bool = False,
        local: Callable[[], Account] | None = None,
    ) -> dict[str, Any]:
        """Take a change back, and return what came of it.

        The policy of the server that made the change holds; its scope does not, and nobody else
        has to agree. local: returns the account of the environment, for a change that was made
        over stdio.

        Raises:
            AdminError: 404, there is no such change or account; 409, it cannot be taken back; 502,
                Vapi refused or did not answer.
        """
        change = await self.get(actor, change_id)
        return await self._restores.restore(actor, change, force=force, local=local)

    async def referrers(self, actor: ApiToken, change: ObjectChange) -> tuple[Referrer, ...]:
        """Return who at Vapi names an object that a change deleted; none of another change.

        Raises:
            AdminError: 404, its account is not here.
        """
        if change.effect != "delete":
            return ()
        return await self._restores.referrers(actor, change)

    def obstacle(self, change: ObjectChange) -> str | None:
        """Return why a change can never be taken back; None if it may be."""
        placed = replace(
            change,
            before=inner_state(change.place, change.before),
            after=inner_state(change.place, change.after),
        )
        return obstacle(placed, self._registry)

    def states(self, change: ObjectChange) -> dict[str, Any]:
        """Return what a change changed by path, and its objects, with stars for secrets."""
        return shown_states(change, self._registry)

    async def wire(self, change: ObjectChange) -> dict[str, Any]:
        """Return a change with its client and its objects as JSON, with stars for secrets."""
        entry = await self.entry_of(change)
        client = {
            "client_name": entry and entry.client_name,
            "client_version": entry and entry.client_version,
        }
        return {**wire_change(change), **client, **self.states(change)}

    async def entry_of(self, change: ObjectChange) -> LogEntry | None:
        """Return the row of the log that a change was made by, if it is still there."""
        # The moments keep the search short, however long the log is.
        wanted = LogFilter(
            account_id=change.account_id,
            change_id=change.id,
            since=change.created_at - _NEAR,
            until=change.created_at + _NEAR,
        )
        rows = (await self._store.list_entries(wanted, Window(1))).items
        return rows[0] if rows else None


def wire_change(change: ObjectChange) -> dict[str, Any]:
    """Return a change without its objects as JSON."""
    return {
        **shown_head(change),
        "tenant_id": change.tenant_id,
        "integrated_account_id": change.account_id,
        "mcp_server_id": change.server_id,
        "token_id": change.actor,
        "token_name": change.token_name,
    }
