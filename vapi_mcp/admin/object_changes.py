"""Use cases of what tools changed at Vapi."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from vapi_mcp.accounts.pagination import Page, Window
from vapi_mcp.accounts.records import Account, ApiToken, Grant, Server, Upstreams
from vapi_mcp.admin.changes import ChangeLog
from vapi_mcp.admin.ports import Store
from vapi_mcp.admin.tenants import not_found
from vapi_mcp.audit.entry import LogFilter
from vapi_mcp.errors import AdminError, ToolError, UpstreamFailed, UpstreamRejected
from vapi_mcp.invocation.writes.undo.change import ChangeFilter, ObjectChange
from vapi_mcp.invocation.writes.undo.restorer import Restored, Restorer
from vapi_mcp.invocation.writes.undo.shown import shown_head, shown_states
from vapi_mcp.registry.registry import Registry

# A write and its row are no further apart.
_NEAR = timedelta(minutes=10)
_DONE = frozenset({"sent", "replayed", "unknown"})


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
        self._changes = changes
        self._registry = registry
        self._upstreams = upstreams
        self._open_restorer = open_restorer

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
        account = await self._account(actor, change, local)
        grant = Grant(account, await self._server(change))
        try:
            restored = await self._open_restorer().restore(change, grant, force=force)
            await self._record(actor, change, restored, force=force)
            answer = restored.outcome.result
        except ToolError as error:
            raise _refusal(error) from error
        return {
            "id": change.id,
            "upstream_id": restored.object_id,
            "change_id": restored.outcome.change_id,
            "referrers": [{"kind": each.kind, "id": each.id} for each in restored.referrers],
            "notes": list(answer.notes),
        }

    async def wire(self, change: ObjectChange) -> dict[str, Any]:
        """Return a change with its client and its objects as JSON, with stars for secrets."""
        client = await self._client_of(change)
        return {**wire_change(change), **client, **shown_states(change, self._registry)}

    async def _client_of(self, change: ObjectChange) -> dict[str, str | None]:
        """Return the client that made a change, as its row of the log names it."""
        # The moments keep the search short, however long the log is.
        wanted = LogFilter(
            account_id=change.account_id,
            change_id=change.id,
            since=change.created_at - _NEAR,
            until=change.created_at + _NEAR,
        )
        rows = (await self._store.list_entries(wanted, Window(1))).items
        entry = rows[0] if rows else None
        return {
            "client_name": entry and entry.client_name,
            "client_version": entry and entry.client_version,
        }

    async def _record(
        self, actor: ApiToken, change: ObjectChange, restored: Restored, *, force: bool
    ) -> None:
        if restored.outcome.kind in _DONE:
            await self._changes.record(
                actor,
                "change.restored",
                {"id": change.id, "force": force},
                tenant_id=change.tenant_id,
                account_id=change.account_id,
                server_id=change.server_id,
                change_id=restored.outcome.change_id,
            )

    async def _account(
        self, actor: ApiToken, change: ObjectChange, local: Callable[[], Account] | None
    ) -> Account:
        kept = await self._store.get_account(change.account_id, tenant_id=actor.tenant_id)
        if kept is not None:
            return self._upstreams.located(kept)
        if local is not None and (account := local()).id == change.account_id:
            return account
        raise AdminError(
            "the account of this change is not here; a change over stdio is restored by `vapi-mcp "
            "changes restore` where VAPI_API_KEY is set to the key that it was made with",
            status=HTTPStatus.NOT_FOUND,
        )

    async def _server(self, change: ObjectChange) -> Server:
        """Return the server of a change as an administrator uses it; it may be gone."""
        kept = await self._store.get_server(change.account_id, change.server_id)
        server = kept or Server(change.server_id, "restore", change.account_id)
        everything: tuple[str, ...] = ()
        config = replace(
            server.config,
            methods=everything,
            tags=everything,
            tools=everything,
            exclude_tools=everything,
            confirm="none",
        )
        return replace(server, config=config)


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


def _refusal(error: ToolError) -> AdminError:
    is_vapi = isinstance(error, UpstreamRejected | UpstreamFailed)
    hint = error.extra.get("hint")
    said = f"{error.message} {hint}" if isinstance(hint, str) else error.message
    return AdminError(said, status=HTTPStatus.BAD_GATEWAY if is_vapi else HTTPStatus.CONFLICT)
